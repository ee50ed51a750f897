import type { FloatArray } from "../contracts.ts";
import { checkNonNegative, checkOptions } from "../core/check.ts";
import { regret } from "../losses/regret.ts";

/**
 * Share of states that are as cheap as the best one: the accuracy of shortest-path experiments, where several paths
 * may be optimal.
 *
 * @param z states, rows × size.
 * @param y best states under the true costs, rows × size.
 * @param cost true costs, rows × size.
 * @param size entries of one state.
 * @param options.tolerance relative excess that still counts as optimal (default 1e-6: sums of single-precision
 * costs in another order); larger forgives real detours, smaller punishes rounding.
 * @returns a share in [0, 1]; NaN without rows. O(rows · size).
 * @throws TypeError or RangeError for bad arguments.
 * @example
 * import { pathOptimality } from "hardgrad";
 * const cost = Float64Array.of(1, 1, 2, 1, 1, 2);
 * pathOptimality(Float64Array.of(0, 1, 0, 0, 0, 1), Float64Array.of(1, 0, 0, 1, 0, 0), cost, 3); // 0.5
 * @see Pogančić et al. (2020), "Perfect accuracy"; I-MLE Sec. 6 counts the same.
 */
export function pathOptimality(
  z: FloatArray,
  y: FloatArray,
  cost: FloatArray,
  size: number,
  options: { readonly tolerance?: number } = {},
): number {
  checkOptions("pathOptimality", options, ["tolerance"]);
  const { tolerance = 1e-6 } = options;
  checkNonNegative("pathOptimality", "tolerance", tolerance);
  const { value: excess } = regret(z, y, cost, size);
  const samples = excess.length / (y.length / size);
  let optimal = 0;
  for (let row = 0; row < excess.length; row++) {
    const target = Math.floor(row / samples) * size;
    let best = 0;
    for (let i = 0; i < size; i++) best += cost[target + i]! * y[target + i]!;
    if (excess[row]! <= tolerance * Math.max(1, Math.abs(best))) optimal++;
  }
  return optimal / excess.length;
}
