import type { FloatArray, Relaxation, Structure } from "../contracts.ts";
import { checkLength, checkPositive, checkRows } from "../core/check.ts";
import { atPart, columns, contextsOf, setColumns, sideBySide } from "./parts.ts";

type Contexts = readonly never[];

/** Relaxations side by side, of the product of their structures. */
export function productRelaxation(
  who: string,
  relaxations: readonly Relaxation<never>[],
  structure: Structure<Contexts>,
): Relaxation<Contexts> {
  const { parts, size, inputSize } = sideBySide(relaxations);

  /** Runs every part on its columns of `from`, and puts what it writes side by side. */
  function side(
    utilities: FloatArray,
    temperature: number,
    out: FloatArray,
    context: Contexts | undefined,
    cotangent?: FloatArray,
  ): void {
    const rows = checkRows(who, utilities, inputSize, "utilities");
    checkPositive(who, "temperature", temperature);
    if (cotangent) checkLength(who, "cotangent", cotangent, rows * size);
    const width = cotangent ? inputSize : size;
    checkLength(who, "out", out, rows * width);
    const result = new Float64Array(rows * width);
    const contexts = contextsOf(who, context, parts.length);
    relaxations.forEach((relaxation, index) => {
      const { offset, length, inputOffset, inputLength } = parts[index]!;
      const own = contexts[index] as never;
      const u = columns(utilities, rows, inputSize, inputOffset, inputLength);
      const found = new Float64Array(rows * (cotangent ? inputLength : length));
      if (inputLength > 0) {
        atPart(who, index, () => {
          if (!cotangent) relaxation.relax(u, temperature, found, own);
          else relaxation.vjp(u, temperature, columns(cotangent, rows, size, offset, length), found, own);
        });
      }
      if (cotangent) setColumns(found, result, rows, width, inputOffset, inputLength);
      else setColumns(found, result, rows, width, offset, length);
    });
    out.set(result);
  }

  /** The sum of one number a row and part. */
  function sum(rows: number, out: FloatArray, of: (index: number, found: Float64Array) => void): void {
    checkLength(who, "out", out, rows);
    const total = new Float64Array(rows);
    relaxations.forEach((_, index) => {
      const found = new Float64Array(rows);
      atPart(who, index, () => of(index, found));
      for (let row = 0; row < rows; row++) total[row] = total[row]! + found[row]!;
    });
    out.set(total);
  }

  return {
    name: who,
    structure,
    ...(relaxations.some(({ inputShape }) => inputShape) && { inputShape: [inputSize] }),
    relax: (utilities, temperature, out, context) => side(utilities, temperature, out, context),
    vjp: (utilities, temperature, cotangent, out, context) =>
      side(utilities, temperature, out, context, cotangent),
    ...(relaxations.every(({ objective }) => objective) && {
      objective(utilities: FloatArray, temperature: number, out: FloatArray, context?: Contexts): void {
        const rows = checkRows(who, utilities, inputSize, "utilities");
        const contexts = contextsOf(who, context, parts.length);
        sum(inputSize === 0 ? out.length : rows, out, (index, found) => {
          const { inputOffset, inputLength } = parts[index]!;
          const u = columns(utilities, found.length, inputSize, inputOffset, inputLength);
          relaxations[index]!.objective!(u, temperature, found, contexts[index] as never);
        });
      },
      // A part without has f = 0 on its states.
      regularizer(x: FloatArray, out: FloatArray): void {
        const rows = checkRows(who, x, size, "x");
        sum(size === 0 ? out.length : rows, out, (index, found) => {
          const { offset, length } = parts[index]!;
          relaxations[index]!.regularizer?.(columns(x, found.length, size, offset, length), found);
        });
      },
    }),
  };
}
