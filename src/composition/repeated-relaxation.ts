import type { FloatArray, Relaxation, Structure } from "../contracts.ts";
import { checkLength, checkRows } from "../core/check.ts";
import { sizeOf } from "../core/shape.ts";
import { atRepetition } from "./parts.ts";

/** A relaxation `times` times over, of the repetition of its structure. */
export function repeatedRelaxation<C>(
  who: string,
  relaxation: Relaxation<C>,
  times: number,
  structure: Structure<C>,
): Relaxation<C> {
  const { inputShape } = relaxation;
  const size = sizeOf(structure.shape);
  const inputSize = times * sizeOf(inputShape ?? relaxation.structure.shape);

  /** The sum over the repetitions of what `run` finds for each. */
  function sum(
    values: FloatArray,
    width: number,
    what: string,
    out: FloatArray,
    run: (found: Float64Array) => void,
  ): void {
    const rows = checkRows(who, values, width, what);
    checkLength(who, "out", out, width === 0 ? out.length : rows);
    const found = new Float64Array(out.length * times);
    atRepetition(who, times, 0, () => run(found));
    for (let row = 0; row < out.length; row++) {
      let total = 0;
      for (let t = 0; t < times; t++) total += found[row * times + t]!;
      out[row] = total;
    }
  }

  const { objective, regularizer } = relaxation;
  return {
    name: who,
    structure,
    ...(inputShape && { inputShape: [times, ...inputShape] }),
    relax(utilities, temperature, out, context): void {
      checkRows(who, utilities, inputSize, "utilities");
      atRepetition(who, times, 0, () => relaxation.relax(utilities, temperature, out, context));
    },
    vjp(utilities, temperature, cotangent, out, context): void {
      checkRows(who, utilities, inputSize, "utilities");
      atRepetition(who, times, 0, () => relaxation.vjp(utilities, temperature, cotangent, out, context));
    },
    ...(objective && {
      objective: (utilities: FloatArray, temperature: number, out: FloatArray, context?: C): void =>
        sum(utilities, inputSize, "utilities", out, (found) =>
          relaxation.objective!(utilities, temperature, found, context),
        ),
    }),
    ...(regularizer && {
      regularizer: (x: FloatArray, out: FloatArray): void =>
        sum(x, size, "x", out, (found) => relaxation.regularizer!(x, found)),
    }),
  };
}
