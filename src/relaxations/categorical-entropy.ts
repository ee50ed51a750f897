import { categoricalEntropyProjection } from "../algorithms/convex/categorical-entropy-projection.ts";
import { cappedSimplex } from "../boundary/capped-simplex-relaxation.ts";
import { negativeEntropy } from "../boundary/separable-objective.ts";
import type { Relaxation, Structure } from "../contracts.ts";
import type { KSubsetContext } from "../structures/k-subset.ts";

/**
 * Softmax capped at 1 on {0 ≤ x ≤ 1, Σx = k}.
 *
 * x = argmax ⟨u, x⟩ − t Σ x log x, that is x_i = min(1, exp(u_i / t − ν)). For k = 1 this is softmax. A smaller
 * temperature makes x harder; elements that reach 1 get no gradient.
 *
 * @param structure `kSubset(n, k)` or `categorical(n)`; its context holds, k, lengths and mask row by row.
 * @returns the relaxation; expected O(n) a row.
 * @throws TypeError for another structure; its methods throw RangeError for a row with fewer than k elements.
 * @example
 * import { categoricalEntropy, kSubset } from "hardgrad";
 * const x = new Float64Array(3);
 * categoricalEntropy(kSubset(3, 2)).relax(Float64Array.of(0, 0, 9), 1, x);
 * x; // Float64Array [0.5, 0.5, 1]
 * @see Martins and Kreutzer 2017, Blondel 2019; "Cat. Ent. Top k" of Paulus et al. 2020.
 */
export function categoricalEntropy(structure: Structure<KSubsetContext>): Relaxation<KSubsetContext> {
  return cappedSimplex("categoricalEntropy", structure, categoricalEntropyProjection, negativeEntropy);
}
