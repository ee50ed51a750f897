import { successiveSoftmax, successiveSoftmaxRows } from "../algorithms/subsets/successive-softmax.ts";
import { checkRelaxation } from "../boundary/check-relaxation.ts";
import type { FloatArray, Relaxation, Structure } from "../contracts.ts";
import { allFinite } from "../core/check.ts";
import { targetOf } from "../core/overlap.ts";
import { checkNamedStructure } from "../core/structure-argument.ts";
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
 * @throws TypeError for another structure; its methods throw what the structure throws for infeasible rows.
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
  checkNamedStructure(who, structure, ["kSubset", "categorical"]);
  const size = structure.shape[0]!;
  const items = new Int32Array(size);
  const { alpha, x, cotangent: g, back, solve, reverse } = successiveSoftmax(size);

  /** Packs the elements of a row that are there to the front; returns how many. */
  function load(utilities: FloatArray, row: number, context: KSubsetContext | undefined): number {
    const length = context?.lengths?.[row] ?? size;
    let count = 0;
    for (let i = 0; i < length; i++) {
      const u = utilities[row * size + i]!;
      if (u === -Infinity || context?.mask?.[row * size + i] === 0) continue;
      alpha[count] = u;
      items[count++] = i;
    }
    return count;
  }

  /** Writes the elements that were there to a row. */
  function store(values: Float64Array, count: number, row: number, out: FloatArray): void {
    out.fill(0, row * size, (row + 1) * size);
    for (let i = 0; i < count; i++) out[row * size + items[i]!] = values[i]!;
  }

  /** The structure checks the context and that every row has k elements. Returns whether all rows have all elements. */
  function check(utilities: FloatArray, context: KSubsetContext | undefined): boolean {
    if (context === undefined && allFinite(utilities)) return true;
    structure.map(utilities, utilities.slice(), context);
    return false;
  }
  const ones = (row: number, context: KSubsetContext | undefined): number =>
    context?.k?.[row] ?? structure.cardinality!;

  return {
    name: who,
    structure,
    relax(utilities, temperature, out, context): void {
      const rows = checkRelaxation(who, size, utilities, temperature, out);
      const whole = check(utilities, context);
      const target = targetOf(out, context, utilities);
      const k = structure.cardinality!;
      const done = whole && successiveSoftmaxRows(utilities, undefined, size, k, temperature, target);
      for (let row = 0; row < rows && !done; row++) {
        const count = load(utilities, row, context);
        solve(count, ones(row, context), temperature);
        store(x, count, row, target);
      }
      if (target !== out) out.set(target);
    },
    vjp(utilities, temperature, cotangent, out, context): void {
      const rows = checkRelaxation(who, size, utilities, temperature, out, cotangent);
      const whole = check(utilities, context);
      const target = targetOf(out, context, utilities, cotangent);
      const k = structure.cardinality!;
      const done = whole && successiveSoftmaxRows(utilities, cotangent, size, k, temperature, target);
      for (let row = 0; row < rows && !done; row++) {
        const count = load(utilities, row, context);
        for (let i = 0; i < count; i++) g[i] = cotangent[row * size + items[i]!]!;
        solve(count, ones(row, context), temperature);
        reverse(count, ones(row, context), temperature);
        store(back, count, row, target);
      }
      if (target !== out) out.set(target);
    },
  };
}
