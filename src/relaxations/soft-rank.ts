import { isotonicBlocks } from "../algorithms/convex/isotonic-blocks.ts";
import { descendingOrder } from "../algorithms/sorting/descending-order.ts";
import { checkRelaxation } from "../boundary/check-relaxation.ts";
import { halfSquare, negativeEntropy, separableObjective } from "../boundary/separable-objective.ts";
import type { FloatArray, Relaxation } from "../contracts.ts";
import { checkOneOf, checkOptions } from "../core/check.ts";
import { targetOf } from "../core/overlap.ts";
import { ranking } from "../structures/ranking.ts";
import { checkSortingContext, type SortingContext } from "../structures/sorting-permutation.ts";

export interface SoftRankOptions {
  /**
   * f of the relaxation: "quadratic", the default, f(x) = ‖x‖²/2, is piecewise linear, and exact wherever numbers are far
   * enough apart; "entropic", f(x) = Σ x (log x − 1), is smooth within its blocks and keeps ranks positive.
   */
  readonly regularization?: "quadratic" | "entropic";
}

/** Differences of u / t beyond this are as good as infinite. */
const FAR = 1e300;

/**
 * Soft ranks, ascending: the regularised projection of u / t onto the permutahedron, whose corners are the rankings.
 *
 * x = argmax ⟨u, x⟩ − t f(x) over the convex hull of the orders of (1, …, n). Sorted, it is s − v with s = u / t and v its
 * isotonic regression against (n, …, 1): numbers closer than about t share a block and exchange rank, others keep theirs.
 * The Jacobian is a projection within each block. A smaller temperature makes ranks harder, and more gradients 0.
 *
 * @param n numbers to rank, the most of a row, as its context may say; −Infinity leaves one out, with rank 0.
 * @param options see {@link SoftRankOptions}.
 * @returns the relaxation of `ranking(n)`; O(n log n) a row.
 * @throws TypeError for an unknown option, RangeError for values out of range.
 * @example
 * import { softRank } from "hardgrad";
 * const x = new Float64Array(3);
 * softRank(3).relax(Float64Array.of(5, 1, 2), 2, x);
 * x; // Float64Array [3, 1.25, 1.75]
 * @see Blondel, Teboul, Berthet, Djolonga: Fast differentiable sorting and ranking (2020); the
 *   entropic ranks are those of the authors' code, the projection in Kullback–Leibler divergence, which keeps them in the
 *   permutahedron.
 */
export function softRank(n: number, options: SoftRankOptions = {}): Relaxation<SortingContext> {
  const who = "softRank";
  const structure = ranking(n);
  checkOptions(who, options, ["regularization"]);
  const { regularization = "quadratic" } = options;
  checkOneOf(who, "regularization", regularization, ["quadratic", "entropic"]);
  const entropic = regularization === "entropic";
  const { index, load } = descendingOrder(n);
  const { start, ofS, ofW, solve } = isotonicBlocks(n, entropic);
  const s = new Float64Array(n);
  const w = new Float64Array(n);
  /** Soft ranks in descending order of u. */
  const x = new Float64Array(n);
  let count = 0;
  let blocks = 0;

  function solveRow(
    utilities: FloatArray,
    row: number,
    t: number,
    context: SortingContext | undefined,
  ): void {
    count = load(utilities, row * n, context?.lengths?.[row] ?? n);
    const largest = utilities[row * n + index[0]!]!;
    for (let i = 0; i < count; i++) {
      s[i] = Math.max((utilities[row * n + index[i]!]! - largest) / t, -FAR);
      w[i] = entropic ? Math.log(count - i) : count - i;
    }
    blocks = solve(s, w, count);
    for (let b = 0; b < blocks; b++) {
      const rank = entropic ? Math.exp(ofW[b]!) : ofW[b]!;
      for (let i = start[b]!; i < start[b + 1]!; i++) {
        x[i] = entropic ? rank * Math.exp(s[i]! - ofS[b]!) : s[i]! - ofS[b]! + rank;
      }
    }
  }

  function relax(
    utilities: FloatArray,
    temperature: number,
    out: FloatArray,
    context?: SortingContext,
  ): void {
    const rows = checkRelaxation(who, n, utilities, temperature, out);
    checkSortingContext(who, context, rows, n);
    const target = targetOf(out, context, utilities);
    for (let row = 0; row < rows; row++) {
      solveRow(utilities, row, temperature, context);
      target.fill(0, row * n, (row + 1) * n);
      for (let i = 0; i < count; i++) target[row * n + index[i]!] = x[i]!;
    }
    if (target !== out) out.set(target);
  }

  return {
    name: who,
    structure,
    relax,
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
          let mean = 0;
          for (let i = first; i < last; i++) {
            const weight = entropic ? x[i]! : 1;
            total += weight;
            mean += weight * cotangent[row * n + index[i]!]!;
          }
          // Entropic ranks may be too small for doubles, and so without weight.
          mean = total > 0 ? mean / total : 0;
          for (let i = first; i < last; i++) {
            const weight = entropic ? x[i]! : 1;
            product[index[i]!] = (weight * (cotangent[row * n + index[i]!]! - mean)) / temperature;
          }
        }
        target.set(product, row * n);
      }
      if (target !== out) out.set(target);
    },
    ...separableObjective(who, n, entropic ? (x) => negativeEntropy(x) - x : halfSquare, relax),
  };
}
