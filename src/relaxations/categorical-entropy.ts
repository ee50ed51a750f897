import type { Relaxation, Structure } from "../contracts.ts";
import type { KSubsetContext } from "../structures/k-subset.ts";
import { type CappedSimplexKernel, cappedSimplex } from "./capped-simplex.ts";

/**
 * Softmax capped at 1 on {0 ≤ x ≤ 1, Σx = k}.
 *
 * x = argmax ⟨u, x⟩ − t Σ x log x, that is x_i = min(1, exp(u_i / t − ν)). For k = 1 this is softmax. A smaller
 * temperature makes x harder; elements that reach 1 get no gradient.
 *
 * @param structure `kSubset(n, k)` or `categorical(n)`; its context holds, k, lengths and mask row by row.
 * @returns the relaxation; O(n log n) a row.
 * @throws TypeError for another structure; its methods throw RangeError for a row with fewer than k elements.
 * @example
 * import { categoricalEntropy, kSubset } from "hardgrad";
 * const x = new Float64Array(3);
 * categoricalEntropy(kSubset(3, 2)).relax(Float64Array.of(0, 0, 9), 1, x);
 * x; // Float64Array [0.5, 0.5, 1]
 * @see Martins and Kreutzer 2017, Blondel 2019; "Cat. Ent. Top k" of Paulus et al. 2020.
 */
export function categoricalEntropy(structure: Structure<KSubsetContext>): Relaxation<KSubsetContext> {
  return cappedSimplex("categoricalEntropy", structure, () => kernel);
}

/**
 * With the m largest at 1, the others share k − m in proportion to exp y. The smallest m for which the largest of them
 * stays below 1 is right; if it is too small, so is every smaller one, so m comes down from k − 1, which always holds.
 */
const kernel: CappedSimplexKernel = (y, sorted, count, k, x, slope) => {
  const size = y.length;
  let mass = 0;
  for (let i = size - count; i <= size - k; i++) mass += Math.exp(sorted[i]!);
  let capped = k - 1;
  while (capped > 0) {
    const largest = Math.exp(sorted[size - capped]!);
    if (!(largest * (k - capped) <= mass)) break;
    mass += largest;
    capped--;
  }
  const cap = sorted[size - 1 - capped]!;
  const scale = (k - capped) / mass;
  for (let i = 0; i < size; i++) {
    x[i] = y[i]! > cap ? 1 : Math.min(1, Math.exp(y[i]!) * scale);
    slope[i] = y[i]! > cap ? 0 : x[i]!;
  }
};
