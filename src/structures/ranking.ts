import { depthFirst, type Walk } from "../algorithms/depth-first.ts";
import { descendingOrder } from "../algorithms/sorting/descending-order.ts";
import type { Structure, With } from "../contracts.ts";
import { checkInteger, checkLength, checkTheta } from "../core/check.ts";
import { targetOf } from "../core/overlap.ts";
import { checkSortingContext, type SortingContext } from "./sorting-permutation.ts";

/**
 * Rankings: z_i ∈ {1, …, n} is the rank of θ_i, ascending: 1 for the smallest, n for the largest.
 *
 * The states are the orders of (1, …, n), the corners of the permutahedron, and z maximises ⟨z, θ⟩. Of equal numbers the
 * lower index has the higher rank, as it comes first where `sortingPermutation` sorts. An excluded number, −Infinity, has
 * rank 0, and the others the ranks from 1 up.
 *
 * @param n numbers to rank, the most of a row, as its context may say by `lengths`.
 * @returns the structure; θ and z have shape [n]; O(n log n) a row. Its relaxation is `softRank(n)`.
 * @throws RangeError for n out of range.
 * @example
 * import { ranking } from "hardgrad";
 * const z = new Float64Array(3);
 * ranking(3).map(Float64Array.of(5, 1, 2), z);
 * z; // Float64Array [3, 1, 2]
 * @see Blondel, Teboul, Berthet, Djolonga: Fast differentiable sorting and ranking (2020).
 */
export function ranking(n: number): With<Structure<SortingContext>, "states"> {
  const who = "ranking";
  checkInteger(who, "n", n, 0);
  const order = descendingOrder(n);
  return {
    name: who,
    shape: [n],
    map(theta, out, context): void {
      const rows = checkTheta(who, theta, n);
      checkLength(who, "out", out, rows * n);
      checkSortingContext(who, context, rows, n);
      const target = targetOf(out, context, theta);
      for (let row = 0; row < rows; row++) {
        const count = order.load(theta, row * n, context?.lengths?.[row] ?? n);
        target.fill(0, row * n, (row + 1) * n);
        for (let i = 0; i < count; i++) target[row * n + order.index[i]!] = count - i;
      }
      if (target !== out) out.set(target);
    },
    *states(context): Generator<Float64Array> {
      checkSortingContext(who, context, 1, n);
      yield* depthFirst(orders(context?.lengths?.[0] ?? n, 1, new Float64Array(n)));
    },
  };
}

/** Gives rank `rank` and all above to the first `length` entries that have none yet. */
function* orders(length: number, rank: number, z: Float64Array): Walk {
  if (rank > length) {
    yield z.slice();
    return;
  }
  for (let i = 0; i < length; i++) {
    if (z[i] !== 0) continue;
    z[i] = rank;
    yield orders(length, rank + 1, z);
    z[i] = 0;
  }
}
