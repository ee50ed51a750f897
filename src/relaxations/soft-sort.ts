import { isotonicBlocks } from "../algorithms/convex/isotonic-blocks.ts";
import { descendingOrder } from "../algorithms/sorting/descending-order.ts";
import { checkRelaxation } from "../boundary/check-relaxation.ts";
import type { FloatArray, Relaxation, Structure } from "../contracts.ts";
import { checkInteger, checkLength, checkOneOf, checkOptions, checkTheta } from "../core/check.ts";
import { targetOf } from "../core/overlap.ts";
import { checkSortingContext, type SortingContext } from "../structures/sorting-permutation.ts";
import type { SoftRankOptions } from "./soft-rank.ts";

/** Steps of ρ / t beyond this are as good as infinite. */
const FAR = 1e300;

/**
 * Soft sorting, ascending: the regularised projection of (1, …, n) / t onto the permutahedron of the numbers themselves.
 *
 * x = argmax ⟨ρ, x⟩ − t f(x) over the convex hull of the orders of u, with ρ = (1, …, n): the sorted numbers, of which
 * neighbours farther apart than 1 / t are pulled together. The Jacobian averages within blocks. A smaller temperature
 * sorts harder; unlike elsewhere its unit is 1 / u.
 *
 * @param n numbers to sort, the most of a row, as its context may say; −Infinity leaves one out, and what a row does not
 *   have is 0 at its end.
 * @param options `regularization`: "quadratic", the default, or "entropic", the logarithm of the projection of exp(u).
 * @returns the relaxation; O(n log n) a row. Its value is no state but a sorted vector of shape [n], which its `structure`
 *   writes as it is, and it has no `objective` in u.
 * @throws TypeError for an unknown option, RangeError for values out of range.
 * @example
 * import { softSort } from "hardgrad";
 * const x = new Float64Array(3);
 * softSort(3).relax(Float64Array.of(5, 1, 2), 1, x);
 * Array.from(x, (v) => v.toFixed(3)); // ["1.667", "2.667", "3.667"]
 * @see Blondel, Teboul, Berthet, Djolonga: Fast differentiable sorting and ranking (2020);
 *   ascending as −s(−u).
 */
export function softSort(n: number, options: SoftRankOptions = {}): Relaxation<SortingContext> {
  const who = "softSort";
  const structure = sortedValues(n);
  checkOptions(who, options, ["regularization"]);
  const { regularization = "quadratic" } = options;
  checkOneOf(who, "regularization", regularization, ["quadratic", "entropic"]);
  const entropic = regularization === "entropic";
  const { index, load } = descendingOrder(n);
  const { start, ofS, ofW, solve } = isotonicBlocks(n, entropic);
  const s = new Float64Array(n);
  /** −u, largest first: entry i of an ascending row. */
  const w = new Float64Array(n);
  const order = new Int32Array(n);
  let count = 0;
  let blocks = 0;

  function solveRow(
    utilities: FloatArray,
    row: number,
    t: number,
    context: SortingContext | undefined,
  ): void {
    count = load(utilities, row * n, context?.lengths?.[row] ?? n);
    for (let i = 0; i < count; i++) {
      order[i] = index[count - 1 - i]!;
      w[i] = -utilities[row * n + order[i]!]!;
      s[i] = Math.max(-i / t, -FAR);
    }
    blocks = solve(s, w, count);
  }

  return {
    name: who,
    structure,
    relax(utilities, temperature, out, context): void {
      const rows = checkRelaxation(who, n, utilities, temperature, out);
      checkSortingContext(who, context, rows, n);
      const target = targetOf(out, context, utilities);
      for (let row = 0; row < rows; row++) {
        solveRow(utilities, row, temperature, context);
        target.fill(0, row * n, (row + 1) * n);
        for (let b = 0; b < blocks; b++) {
          for (let i = start[b]!; i < start[b + 1]!; i++) target[row * n + i] = ofS[b]! - s[i]! - ofW[b]!;
        }
      }
      if (target !== out) out.set(target);
    },
    vjp(utilities, temperature, cotangent, out, context): void {
      const rows = checkRelaxation(who, n, utilities, temperature, out, cotangent);
      checkSortingContext(who, context, rows, n);
      const target = targetOf(out, context, utilities, cotangent);
      const product = new Float64Array(n);
      for (let row = 0; row < rows; row++) {
        solveRow(utilities, row, temperature, context);
        product.fill(0);
        for (let b = 0; b < blocks; b++) {
          const [first, last] = [start[b]!, start[b + 1]!];
          let total = 0;
          for (let i = first; i < last; i++) total += cotangent[row * n + i]!;
          for (let i = first; i < last; i++) {
            product[order[i]!] = total * (entropic ? Math.exp(w[i]! - ofW[b]!) : 1 / (last - first));
          }
        }
        target.set(product, row * n);
      }
      if (target !== out) out.set(target);
    },
  };
}

/** What `softSort` softens: no set of states, but a function of θ all the same. */
function sortedValues(n: number): Structure<SortingContext> {
  const who = "softSort";
  checkInteger(who, "n", n, 0);
  const { index, load } = descendingOrder(n);
  return {
    name: "sort",
    shape: [n],
    map(theta, out, context): void {
      const rows = checkTheta(who, theta, n);
      checkLength(who, "out", out, rows * n);
      checkSortingContext(who, context, rows, n);
      const sorted = new Float64Array(rows * n);
      for (let row = 0; row < rows; row++) {
        const count = load(theta, row * n, context?.lengths?.[row] ?? n);
        for (let i = 0; i < count; i++) sorted[row * n + i] = theta[row * n + index[count - 1 - i]!]!;
      }
      out.set(sorted);
    },
  };
}
