import type { Relaxation, Structure } from "../contracts.ts";
import type { KSubsetContext } from "../structures/k-subset.ts";
import { type CappedSimplexKernel, cappedSimplex } from "./capped-simplex.ts";

/**
 * Euclidean projection of u / t onto {0 ≤ x ≤ 1, Σx = k}: sparse, piecewise linear.
 *
 * x = argmax ⟨u, x⟩ − (t/2)‖x‖², that is x_i = clip(u_i / t − ν, 0, 1). For k = 1 this is sparsemax. A smaller
 * temperature makes x harder, and its gradient zero in more entries.
 *
 * @param structure `kSubset(n, k)` or `categorical(n)`; its context holds, k, lengths and mask row by row.
 * @returns the relaxation; O(n log n) a row.
 * @throws TypeError for another structure; its methods throw RangeError for a row with fewer than k elements.
 * @example
 * import { euclidean, kSubset } from "hardgrad";
 * const x = new Float64Array(4);
 * euclidean(kSubset(4, 2)).relax(Float64Array.of(0, 0.5, 1, 3), 1, x);
 * x; // Float64Array [0, 0.25, 0.75, 1]
 * @see Amos and Kolter 2017, Blondel 2019; "Euclid. Top k" of Paulus et al. 2020.
 */
export function euclidean(structure: Structure<KSubsetContext>): Relaxation<KSubsetContext> {
  return cappedSimplex("euclidean", structure, () => kernel);
}

/**
 * Moves ν down from the (k+1)-th largest y, where Σx ≤ k, over the points where an element becomes positive (y = ν)
 * or reaches 1 (y = ν + 1), until Σx = k; that happens by ν = −1, where the k largest are 1.
 */
const kernel: CappedSimplexKernel = (y, sorted, _count, k, x, slope) => {
  const size = y.length;
  let threshold = Math.max(sorted[size - k - 1]!, -1);
  /** Free elements are those of indices in (entering, saturating]. */
  let entering = size - k - 1;
  while (sorted[entering + 1]! <= threshold) entering++;
  let saturating = size - 1;
  while (sorted[saturating]! - 1 >= threshold) saturating--;
  let sum = size - 1 - saturating;
  for (let i = entering + 1; i <= saturating; i++) sum += sorted[i]! - threshold;
  while (sum < k && threshold > -1) {
    const next = Math.max(entering >= 0 ? sorted[entering]! : -1, sorted[saturating]! - 1, -1);
    const free = saturating - entering;
    const reached = sum + free * (threshold - next);
    if (reached >= k) break;
    sum = reached;
    threshold = next;
    while (entering >= 0 && sorted[entering]! >= threshold) entering--;
    while (saturating >= 0 && sorted[saturating]! - 1 >= threshold) saturating--;
  }
  const free = saturating - entering;
  if (free > 0) {
    // From scratch, so that nothing of the way here is left in the rounding.
    let total = size - 1 - saturating - k;
    for (let i = entering + 1; i <= saturating; i++) total += sorted[i]!;
    threshold = total / free;
  }
  for (let i = 0; i < size; i++) {
    const value = y[i]! - threshold;
    x[i] = Math.min(Math.max(value, 0), 1);
    slope[i] = value > 0 && value < 1 ? 1 : 0;
  }
};
