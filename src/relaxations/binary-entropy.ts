import { binaryEntropyProjection } from "../algorithms/convex/binary-entropy-projection.ts";
import { cappedSimplex } from "../boundary/capped-simplex-relaxation.ts";
import { negativeEntropy } from "../boundary/separable-objective.ts";
import type { Relaxation, Structure } from "../contracts.ts";
import type { KSubsetContext } from "../structures/k-subset.ts";

/**
 * Sigmoids with a common threshold on {0 ≤ x ≤ 1, Σx = k}.
 *
 * x = argmax ⟨u, x⟩ − t Σ (x log x + (1 − x) log(1 − x)), that is x_i = σ(u_i / t − ν). A smaller temperature makes
 * x harder; no entry ever reaches 0 or 1, so all get some gradient.
 *
 * @param structure `kSubset(n, k)` or `categorical(n)`; its context holds, k, lengths and mask row by row.
 * @returns the relaxation; expected O(n) a row: three to five passes of Newton's method without an exponential.
 * @throws TypeError for another structure; its methods throw RangeError for a row with fewer than k elements.
 * @example
 * import { binaryEntropy, kSubset } from "hardgrad";
 * const x = new Float64Array(4);
 * binaryEntropy(kSubset(4, 2)).relax(Float64Array.of(-1, 0, 0, 1), 0.01, x);
 * Array.from(x, (p) => p.toFixed(2)); // ["0.00", "0.50", "0.50", "1.00"]
 * @see Amos, Koltun and Kolter 2019; "Bin. Ent. Top k" of Paulus et al. 2020.
 */
export function binaryEntropy(structure: Structure<KSubsetContext>): Relaxation<KSubsetContext> {
  return cappedSimplex(
    "binaryEntropy",
    structure,
    binaryEntropyProjection,
    (x) => negativeEntropy(x) + negativeEntropy(1 - x),
  );
}
