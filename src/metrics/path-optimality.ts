import type { FloatArray } from "../contracts.ts";
import { checkNonNegative, checkOptions } from "../core/check.ts";
import { regretFor } from "../losses/regret.ts";

/**
 * Share of states that are as cheap as the best one: the accuracy of shortest-path experiments, where several paths
 * may be optimal.
 *
 * @param z states, rows × size.
 * @param y best states under the true costs, rows × size.
 * @param cost true costs, rows × size; +Infinity excludes an element.
 * @param size entries of one state.
 * @param options.tolerance excess that still counts as optimal, relative to the best state's costs without their signs,
 * Σ |c| y (default 1e-6: rounding of single-precision costs); larger forgives real detours, smaller punishes rounding.
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
  const { value: excess } = regretFor("pathOptimality", z, y, cost, size);
  const samples = excess.length / (y.length / size);
  let optimal = 0;
  for (let row = 0; row < excess.length; row++) {
    const target = Math.floor(row / samples) * size;
    let scale = 0;
    for (let i = target; i < target + size; i++) if (y[i] !== 0) scale += Math.abs(cost[i]! * y[i]!);
    if (excess[row]! <= tolerance * scale) optimal++;
  }
  return optimal / excess.length;
}
