import type { FloatArray, Relaxation } from "../contracts.ts";
import { checkLength, checkRows } from "../core/check.ts";
import { targetOf } from "../core/overlap.ts";
import { score } from "../core/score.ts";

/** The values that a relaxation with f(x) = Σ_i f(x_i) reaches. Entries that a row does not have are 0, where f is 0. */
export function separableObjective<C>(
  who: string,
  size: number,
  f: (x: number) => number,
  relax: Relaxation<C>["relax"],
): Required<Pick<Relaxation<C>, "objective" | "regularizer">> {
  function sum(x: FloatArray, row: number): number {
    let total = 0;
    for (let i = row * size; i < (row + 1) * size; i++) total += f(x[i]!);
    return total;
  }
  return {
    objective(utilities, temperature, out, context): void {
      checkLength(who, "out", out, size === 0 ? out.length : checkRows(who, utilities, size, "utilities"));
      const x = new Float64Array(utilities.length);
      relax(Float64Array.from(utilities), temperature, x, context);
      const target = targetOf(out, undefined, utilities);
      for (let row = 0; row < out.length; row++) {
        target[row] = score(x, utilities, row * size, size) - temperature * sum(x, row);
      }
      if (target !== out) out.set(target);
    },
    regularizer(x, out): void {
      checkLength(who, "out", out, size === 0 ? out.length : checkRows(who, x, size, "x"));
      const target = targetOf(out, undefined, x);
      for (let row = 0; row < out.length; row++) target[row] = sum(x, row);
      if (target !== out) out.set(target);
    },
  };
}

/** x log x, 0 at 0; Infinity where no point of a hull is. */
export function negativeEntropy(x: number): number {
  if (x > 0) return x * Math.log(x);
  return x === 0 ? 0 : Infinity;
}

/** x² / 2. */
export function halfSquare(x: number): number {
  return (x * x) / 2;
}
