import { successiveSoftmax, successiveSoftmaxRows } from "../algorithms/subsets/successive-softmax.ts";
import { subsetRelaxation } from "../boundary/subset-relaxation.ts";
import type { Relaxation, Structure } from "../contracts.ts";
import { allFinite, checkFloats } from "../core/check.ts";
import { floatsLike } from "../core/floats-like.ts";
import type { KSubsetContext } from "../structures/k-subset.ts";

/**
 * SoftSub's top-k: k softmaxes, each with what the earlier ones took made unlikely.
 *
 * α¹ = u, p^j = softmax(α^j / t), α^{j+1} = α^j + log(1 − p^j), x = Σ_j p^j. Σx = k, but an entry may exceed 1 at
 * positive temperatures, and the Jacobian is not symmetric: no argmax over the polytope, unlike the relaxations beside
 * it. A smaller temperature makes x harder.
 *
 * @param structure `kSubset(n, k)` or `categorical(n)`; its context holds, k, lengths and mask row by row.
 * @returns the relaxation; O(nk) a row.
 * @throws TypeError for another structure; its methods throw what the structure throws for infeasible rows, and RangeError
 *   for ties at a temperature so low that the product overflows.
 * @example
 * import { kSubset, relaxedTopK } from "hardgrad";
 * const x = new Float64Array(3);
 * relaxedTopK(kSubset(3, 2)).relax(Float64Array.of(1, 1, 1), 1, x);
 * Array.from(x, (p) => p.toFixed(3)); // ["0.667", "0.667", "0.667"]
 * @see Xie and Ermon: Reparameterizable subset sampling via continuous relaxations (2019), Algorithm 2; Plötz and
 *   Roth: Neural nearest neighbors networks (2018).
 */
export function relaxedTopK(structure: Structure<KSubsetContext>): Relaxation<KSubsetContext> {
  const who = "relaxedTopK";
  const relaxation = subsetRelaxation(who, structure, (size) => ({
    native: successiveSoftmaxRows,
    written: successiveSoftmax(size),
  }));
  return {
    ...relaxation,
    vjp(utilities, temperature, cotangent, out, context): void {
      checkFloats(who, "out", out);
      const products = floatsLike(out, out.length);
      relaxation.vjp(utilities, temperature, cotangent, products, context);
      // Where scores are tied, each softmax multiplies by up to 1 / t.
      if (!allFinite(products)) {
        const row = Math.floor(products.findIndex((x) => !Number.isFinite(x)) / structure.shape[0]!);
        throw new RangeError(
          `${who}: row ${row} has ties whose product overflows at temperature ${temperature}`,
        );
      }
      out.set(products);
    },
  };
}
