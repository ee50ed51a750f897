import type { FloatArray } from "../contracts.ts";
import { checkFinite, checkInteger, checkRows } from "../core/check.ts";

/**
 * What a loss returns: the value of every row, and the cotangent that `Evaluation.backward` takes. Nothing is averaged
 * over rows: divide both by the number of rows for a mean loss, and remember that λ shrinks with it.
 */
export interface LossAndGradient {
  /** One number a row of z. */
  readonly value: Float64Array;
  /** dL/dz, of z's kind and shape. */
  readonly gradient: FloatArray;
}

/**
 * Checks the arguments that losses and metrics share, finite numbers all, and returns how many rows of z there are for
 * each row of the target, which comes with its name, as `{ y }`: a layer with S samples makes S consecutive rows for
 * one instance.
 */
export function rowsPerTarget(
  who: string,
  z: FloatArray,
  target: Readonly<Record<string, FloatArray>>,
  size: number,
): number {
  checkInteger(who, "size", size, 0);
  const rows = checkRows(who, z, size, "z");
  const [name, values] = Object.entries(target)[0]!;
  const instances = checkRows(who, values, size, name);
  checkFinite(who, "z", z, z.length);
  checkFinite(who, name, values, values.length);
  if (instances === 0 ? rows > 0 : rows % instances !== 0) {
    throw new RangeError(`${who}: z expected a multiple of ${instances} rows, as ${name} has, got ${rows}`);
  }
  return instances === 0 ? 1 : rows / instances;
}
