import { euclideanProjection } from "../algorithms/convex/euclidean-projection.ts";
import { cappedSimplex } from "../boundary/capped-simplex-relaxation.ts";
import { halfSquare } from "../boundary/separable-objective.ts";
import type { Relaxation, Structure } from "../contracts.ts";
import type { KSubsetContext } from "../structures/k-subset.ts";

/**
 * Euclidean projection of u / t onto {0 ≤ x ≤ 1, Σx = k}: sparse, piecewise linear.
 *
 * x = argmax ⟨u, x⟩ − (t/2)‖x‖², that is x_i = clip(u_i / t − ν, 0, 1). For k = 1 this is sparsemax. A smaller
 * temperature makes x harder, and its gradient zero in more entries.
 *
 * @param structure `kSubset(n, k)` or `categorical(n)`; its context holds, k, lengths and mask row by row.
 * @returns the relaxation; expected O(n) a row.
 * @throws TypeError for another structure; its methods throw RangeError for a row with fewer than k elements.
 * @example
 * import { euclidean, kSubset } from "hardgrad";
 * const x = new Float64Array(4);
 * euclidean(kSubset(4, 2)).relax(Float64Array.of(0, 0.5, 1, 3), 1, x);
 * x; // Float64Array [0, 0.25, 0.75, 1]
 * @see Amos and Kolter 2017, Blondel 2019; "Euclid. Top k" of Paulus et al. 2020.
 */
export function euclidean(structure: Structure<KSubsetContext>): Relaxation<KSubsetContext> {
  return cappedSimplex("euclidean", structure, euclideanProjection, halfSquare);
}
