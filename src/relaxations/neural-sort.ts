import { neuralSortRow, neuralSortRows } from "../algorithms/sorting/neural-sort-rows.ts";
import { checkUtilities } from "../boundary/check-relaxation.ts";
import type { FloatArray, Relaxation } from "../contracts.ts";
import { checkFinite, checkInteger, checkLength, checkRows } from "../core/check.ts";
import { targetOf } from "../core/overlap.ts";
import { checkRoom } from "../core/room.ts";
import {
  checkSortingContext,
  type SortingContext,
  type SortingPermutation,
  sortingPermutation,
} from "../structures/sorting-permutation.ts";

export interface NeuralSort extends Relaxation<SortingContext> {
  readonly structure: SortingPermutation;
  readonly inputShape: readonly [number];
}

/**
 * NeuralSort: a row-stochastic relaxation of the permutation that sorts n scores, largest first.
 *
 * X[i] = softmax_j(((n + 1 − 2i) s_j − Σ_l |s_j − s_l|) / t) for i = 1 … n. Its rows sum to 1 and peak at different
 * columns; its columns do not sum to 1, so that it leaves the polytope of permutations at positive temperatures.
 * Smaller temperature: closer to the permutation, gradients of larger variance. The Jacobian is n² × n.
 *
 * @param n number of scores, the most of a row, as its context may say; utilities have shape [n], X has shape [n, n].
 * @returns the relaxation; O(n²) a row.
 * @throws RangeError for n out of range; its methods for scores that are not finite.
 * @example
 * import { neuralSort } from "hardgrad";
 * const x = new Float64Array(4);
 * neuralSort(2).relax(Float64Array.of(0, Math.log(3)), 1, x);
 * Array.from(x, (p) => p.toFixed(2)); // ["0.25", "0.75", "0.75", "0.25"]
 * @see Grover, Wang, Zweig, Ermon: Stochastic optimization of sorting networks via continuous relaxations (2019), Eq. 5.
 */
export function neuralSort(n: number): NeuralSort {
  const who = "neuralSort";
  checkInteger(who, "n", n, 0);
  checkRoom(who, `a permutation of ${n}`, n * n);
  const structure = sortingPermutation(n);
  const { scores, load, weights, product } = neuralSortRow(n);

  function check(utilities: FloatArray, temperature: number, context: SortingContext | undefined): number {
    const rows = checkRows(who, utilities, n, "utilities");
    checkFinite(who, "utilities", utilities, rows * n);
    checkUtilities(who, n, utilities, temperature);
    checkSortingContext(who, context, rows, n);
    return rows;
  }

  /** Loads a row; returns how many scores it has. */
  function loadRow(utilities: FloatArray, row: number, context: SortingContext | undefined): number {
    const length = context?.lengths?.[row] ?? n;
    scores.set(utilities.subarray(row * n, row * n + length));
    load(length);
    return length;
  }

  return {
    name: who,
    structure,
    inputShape: [n],
    relax(utilities, temperature, out, context): void {
      const rows = check(utilities, temperature, context);
      checkLength(who, "out", out, rows * n * n);
      const target = targetOf(out, context, utilities);
      const done = !context && neuralSortRows(utilities, undefined, n, temperature, target);
      for (let row = 0; row < rows && !done; row++) {
        const length = loadRow(utilities, row, context);
        if (length < n) target.fill(0, row * n * n, (row + 1) * n * n);
        for (let i = 0; i < length; i++) {
          target.set(weights(length, i, temperature).subarray(0, length), (row * n + i) * n);
        }
      }
      if (target !== out) out.set(target);
    },
    vjp(utilities, temperature, cotangent, out, context): void {
      const rows = check(utilities, temperature, context);
      checkFinite(who, "cotangent", cotangent, rows * n * n);
      checkLength(who, "out", out, rows * n);
      const target = targetOf(out, context, utilities, cotangent);
      const done = !context && neuralSortRows(utilities, cotangent, n, temperature, target);
      for (let row = 0; row < rows && !done; row++) {
        const length = loadRow(utilities, row, context);
        target.set(product(length, cotangent, row * n * n, n, temperature), row * n);
      }
      if (target !== out) out.set(target);
    },
  };
}
