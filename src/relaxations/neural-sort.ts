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
  const scores = new Float64Array(n);
  /** Σ_l |s_j − s_l|. */
  const spread = new Float64Array(n);
  const weights = new Float64Array(n);
  const ofSpread = new Float64Array(n);
  const gradient = new Float64Array(n);
  /** How many scores the row has. */
  let length = n;

  function check(utilities: FloatArray, temperature: number, context: SortingContext | undefined): number {
    const rows = checkRows(who, utilities, n, "utilities");
    checkFinite(who, "utilities", utilities, rows * n);
    checkUtilities(who, n, utilities, temperature);
    checkSortingContext(who, context, rows, n);
    return rows;
  }

  function load(utilities: FloatArray, row: number, context: SortingContext | undefined): void {
    length = context?.lengths?.[row] ?? n;
    for (let j = 0; j < length; j++) scores[j] = utilities[row * n + j]!;
    for (let j = 0; j < length; j++) {
      let sum = 0;
      for (let l = 0; l < length; l++) sum += Math.abs(scores[j]! - scores[l]!);
      spread[j] = sum;
    }
  }

  /** Row i, counted from 0, into `weights`. */
  function softmax(i: number, t: number): void {
    const slope = length - 1 - 2 * i;
    let max = -Infinity;
    for (let j = 0; j < length; j++) {
      weights[j] = slope * scores[j]! - spread[j]!;
      max = Math.max(max, weights[j]!);
    }
    let total = 0;
    for (let j = 0; j < length; j++) {
      weights[j] = Math.exp((weights[j]! - max) / t);
      total += weights[j]!;
    }
    for (let j = 0; j < length; j++) weights[j] = weights[j]! / total;
  }

  return {
    name: who,
    structure,
    inputShape: [n],
    relax(utilities, temperature, out, context): void {
      const rows = check(utilities, temperature, context);
      checkLength(who, "out", out, rows * n * n);
      const target = targetOf(out, context, utilities);
      for (let row = 0; row < rows; row++) {
        load(utilities, row, context);
        if (length < n) target.fill(0, row * n * n, (row + 1) * n * n);
        for (let i = 0; i < length; i++) {
          softmax(i, temperature);
          for (let j = 0; j < length; j++) target[(row * n + i) * n + j] = weights[j]!;
        }
      }
      if (target !== out) out.set(target);
    },
    vjp(utilities, temperature, cotangent, out, context): void {
      const rows = check(utilities, temperature, context);
      checkFinite(who, "cotangent", cotangent, rows * n * n);
      checkLength(who, "out", out, rows * n);
      const target = targetOf(out, context, utilities, cotangent);
      for (let row = 0; row < rows; row++) {
        load(utilities, row, context);
        gradient.fill(0);
        ofSpread.fill(0);
        for (let i = 0; i < length; i++) {
          softmax(i, temperature);
          const at = (row * n + i) * n;
          let mean = 0;
          for (let j = 0; j < length; j++) mean += weights[j]! * cotangent[at + j]!;
          for (let j = 0; j < length; j++) {
            const ofLogit = (weights[j]! * (cotangent[at + j]! - mean)) / temperature;
            gradient[j] = gradient[j]! + (length - 1 - 2 * i) * ofLogit;
            ofSpread[j] = ofSpread[j]! - ofLogit;
          }
        }
        for (let j = 0; j < n; j++) {
          let sum = gradient[j]!;
          for (let l = 0; j < length && l < length; l++) {
            sum += (ofSpread[j]! + ofSpread[l]!) * Math.sign(scores[j]! - scores[l]!);
          }
          target[row * n + j] = sum;
        }
      }
      if (target !== out) out.set(target);
    },
  };
}
