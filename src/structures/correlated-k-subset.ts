import { bitBudget } from "../algorithms/subsets/bit-budget.ts";
import { type RowContext, rowFamily } from "../boundary/row-family.ts";
import type { ExponentialFamily, With } from "../contracts.ts";
import { checkInteger } from "../core/check.ts";
import { checkRowIntegers } from "../core/check-context.ts";
import { checkRoom } from "../core/room.ts";

/** What may differ from row to row. */
export interface CorrelatedKSubsetContext extends RowContext {
  /** Size of the subset of each row, in [0, n]; the structure's k by default. */
  readonly k?: ArrayLike<number>;
  /** Row r uses its first `lengths[r]` elements; the others, and their products, are 0. */
  readonly lengths?: ArrayLike<number>;
  /** rows × (2n − 1); an element with mask 0 is in no subset, a product with mask 0 forbids both of its neighbours. */
  readonly mask?: ArrayLike<number>;
}

/**
 * Subsets of exactly k of n elements on a line, with a parameter for each pair of neighbours ("Corr. Top k").
 *
 * A state is (z_1, …, z_n, z_1 z_2, …, z_{n−1} z_n) with z ∈ {0,1}^n and Σz = k. Positive pair parameters draw the
 * chosen elements together into runs, negative ones spread them. MAP and exact inference for p(z) ∝ exp⟨z, θ⟩ are
 * dynamic programmes over (position, bit, count), O(nk) time and memory a row, exact for θ of ±1e4 and beyond.
 *
 * @param n number of elements.
 * @param k size of the subset, in [0, n].
 * @returns the structure; θ and z have shape [2n − 1], n elements and then n − 1 products.
 * @throws RangeError where k is out of range or where exclusions (−Infinity, mask, length) leave a row no subset.
 * @example
 * import { correlatedKSubset } from "hardgrad";
 * const subset = correlatedKSubset(4, 2);
 * const z = new Float64Array(7);
 * subset.map(Float64Array.of(1, 0, 0.5, 0.9, 0, 0, 1), z);
 * z; // Float64Array [0, 0, 1, 1, 0, 0, 1]
 * @see Paulus et al.: Gradient estimation with stochastic softmax tricks (2020), Section 5 and Appendix B.
 */
export function correlatedKSubset(
  n: number,
  k: number,
): With<ExponentialFamily<CorrelatedKSubsetContext>, "states"> {
  const name = "correlatedKSubset";
  checkInteger(name, "n", n, 0);
  checkInteger(name, "k", k, 0, n);
  checkRoom(name, `n = ${n}`, 10 * n);
  const kernel = bitBudget(n, { products: true, exact: true });
  return rowFamily<CorrelatedKSubsetContext>({
    name,
    kernel,
    states: "subset of its size",
    contextKeys: ["k", "lengths", "mask"],

    checkContext({ k: sizes, lengths }, rows) {
      if (lengths !== undefined) checkRowIntegers(name, "lengths", lengths, rows, 0, n);
      if (sizes !== undefined) checkRowIntegers(name, "k", sizes, rows, 0, n);
      for (let row = 0; row < rows; row++) {
        const size = sizes ? sizes[row]! : k;
        const length = lengths ? lengths[row]! : n;
        if (size > length) {
          throw new RangeError(`${name}: row ${row} has no subset of ${size} of its ${length} elements`);
        }
      }
    },

    setRow(context, row) {
      const size = context?.k?.[row] ?? k;
      checkRoom(name, `a subset of ${size} of ${n} elements`, 4 * n * size);
      kernel.setRow(context?.lengths?.[row] ?? n, size);
    },
  });
}
