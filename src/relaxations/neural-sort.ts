import type { FloatArray, Relaxation } from "../contracts.ts";
import { checkFinite, checkLength, checkPositive, checkRows } from "../core/check.ts";
import { type SortingPermutation, sortingPermutation } from "../structures/sorting-permutation.ts";

export interface NeuralSort extends Relaxation {
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
 * @param n number of scores; utilities have shape [n], X has shape [n, n].
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
  const structure = sortingPermutation(n);
  const scores = new Float64Array(n);
  /** Σ_l |s_j − s_l|. */
  const spread = new Float64Array(n);
  const weights = new Float64Array(n);
  const ofSpread = new Float64Array(n);
  const gradient = new Float64Array(n);

  function check(utilities: FloatArray, temperature: number): number {
    const rows = checkRows(who, utilities, n, "utilities");
    checkFinite(who, "utilities", utilities, rows * n);
    checkPositive(who, "temperature", temperature);
    return rows;
  }

  function load(utilities: FloatArray, row: number): void {
    for (let j = 0; j < n; j++) scores[j] = utilities[row * n + j]!;
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let l = 0; l < n; l++) sum += Math.abs(scores[j]! - scores[l]!);
      spread[j] = sum;
    }
  }

  /** Row i, counted from 0, into `weights`. */
  function softmax(i: number, t: number): void {
    const slope = n - 1 - 2 * i;
    let max = -Infinity;
    for (let j = 0; j < n; j++) {
      weights[j] = slope * scores[j]! - spread[j]!;
      max = Math.max(max, weights[j]!);
    }
    let total = 0;
    for (let j = 0; j < n; j++) {
      weights[j] = Math.exp((weights[j]! - max) / t);
      total += weights[j]!;
    }
    for (let j = 0; j < n; j++) weights[j] = weights[j]! / total;
  }

  return {
    name: who,
    structure,
    inputShape: [n],
    relax(utilities, temperature, out): void {
      const rows = check(utilities, temperature);
      checkLength(who, "out", out, rows * n * n);
      for (let row = 0; row < rows; row++) {
        load(utilities, row);
        for (let i = 0; i < n; i++) {
          softmax(i, temperature);
          for (let j = 0; j < n; j++) out[(row * n + i) * n + j] = weights[j]!;
        }
      }
    },
    vjp(utilities, temperature, cotangent, out): void {
      const rows = check(utilities, temperature);
      checkFinite(who, "cotangent", cotangent, rows * n * n);
      checkLength(who, "out", out, rows * n);
      for (let row = 0; row < rows; row++) {
        load(utilities, row);
        gradient.fill(0);
        ofSpread.fill(0);
        for (let i = 0; i < n; i++) {
          softmax(i, temperature);
          const at = (row * n + i) * n;
          let mean = 0;
          for (let j = 0; j < n; j++) mean += weights[j]! * cotangent[at + j]!;
          for (let j = 0; j < n; j++) {
            const ofLogit = (weights[j]! * (cotangent[at + j]! - mean)) / temperature;
            gradient[j] = gradient[j]! + (n - 1 - 2 * i) * ofLogit;
            ofSpread[j] = ofSpread[j]! - ofLogit;
          }
        }
        for (let j = 0; j < n; j++) {
          let sum = gradient[j]!;
          for (let l = 0; l < n; l++) {
            sum += (ofSpread[j]! + ofSpread[l]!) * Math.sign(scores[j]! - scores[l]!);
          }
          out[row * n + j] = sum;
        }
      }
    },
  };
}
