import { checkRelaxation } from "../boundary/check-relaxation.ts";
import type { FloatArray, Relaxation, Structure } from "../contracts.ts";
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
  /** α of every step, the elements that are there packed to the front. */
  let alpha: Float64Array = new Float64Array(size);
  /** p of every step. */
  let taken: Float64Array = new Float64Array(size);
  /** p without the largest, m, normalised again: p_l / (1 − p_m), which p_l itself may be too small to tell. */
  let others: Float64Array = new Float64Array(size);
  /** m of every step. */
  let largest = new Int32Array(1);
  const items = new Int32Array(size);
  const x = new Float64Array(size);
  const back = new Float64Array(size);
  const next = new Float64Array(size);
  let count = 0;

  /** Runs the k steps of a row. */
  function solve(
    utilities: FloatArray,
    row: number,
    t: number,
    k: number,
    context: KSubsetContext | undefined,
  ): void {
    const length = context?.lengths?.[row] ?? size;
    count = 0;
    if (alpha.length < k * size) {
      alpha = new Float64Array(k * size);
      taken = new Float64Array(k * size);
      others = new Float64Array(k * size);
      largest = new Int32Array(k);
    }
    for (let i = 0; i < length; i++) {
      const u = utilities[row * size + i]!;
      if (u === -Infinity || context?.mask?.[row * size + i] === 0) continue;
      alpha[count] = u;
      items[count++] = i;
    }
    x.fill(0, 0, count);
    for (let step = 0; step < k; step++) {
      const at = step * size;
      takeStep(at, t);
      largest[step] = first;
      for (let i = 0; i < count; i++) x[i] = x[i]! + taken[at + i]!;
      if (step + 1 === k) break;
      for (let i = 0; i < count; i++) {
        const left = i === first ? logLeft : Math.log1p(-taken[at + i]!);
        alpha[at + size + i] = alpha[at + i]! + left;
      }
    }
  }

  /** Index of the largest α of the step, and log(1 − p) of it. */
  let first = 0;
  let logLeft = 0;
  function takeStep(at: number, t: number): void {
    first = 0;
    for (let i = 1; i < count; i++) if (alpha[at + i]! > alpha[at + first]!) first = i;
    let second = -Infinity;
    for (let i = 0; i < count; i++) if (i !== first) second = Math.max(second, alpha[at + i]!);
    let rest = 0;
    for (let i = 0; i < count; i++) {
      others[at + i] = i === first ? 0 : Math.exp((alpha[at + i]! - second) / t);
      rest += others[at + i]!;
    }
    const behind = (second - alpha[at + first]!) / t;
    const restOfFirst = rest > 0 ? rest * Math.exp(behind) : 0;
    const total = 1 + restOfFirst;
    for (let i = 0; i < count; i++) {
      if (rest > 0) others[at + i] = others[at + i]! / rest;
      taken[at + i] = i === first ? 1 / total : (others[at + i]! * restOfFirst) / total;
    }
    logLeft = rest > 0 ? Math.log(rest) + behind - Math.log(total) : -Infinity;
  }

  /** The steps in reverse; `back` holds dL/dα of the step after on entry, of the first on exit. */
  function reverse(cotangent: FloatArray, start: number, t: number, k: number): void {
    back.fill(0, 0, count);
    for (let step = k - 1; step >= 0; step--) {
      const at = step * size;
      const m = largest[step]!;
      // log(1 − p_i) has slope −1 / (1 − p_i), and p the softmax's Jacobian: 1 − p_i cancels before it can vanish.
      let mean = 0;
      let flow = 0;
      for (let i = 0; i < count; i++) {
        const p = taken[at + i]!;
        mean += p * cotangent[start + items[i]!]!;
        if (i !== m) flow += (p * back[i]!) / (1 - p);
      }
      const ofLargest = taken[at + m]! * back[m]!;
      for (let i = 0; i < count; i++) {
        const p = taken[at + i]!;
        const own = p * back[i]!;
        const fromOthers = i === m ? p * flow : p * (flow - own / (1 - p)) + others[at + i]! * ofLargest;
        next[i] = back[i]! + (p * (cotangent[start + items[i]!]! - mean) - own + fromOthers) / t;
      }
      for (let i = 0; i < count; i++) back[i] = next[i]!;
    }
  }

  /** The structure checks the context and that every row has k elements. */
  function check(utilities: FloatArray, context: KSubsetContext | undefined): void {
    structure.map(utilities, utilities.slice(), context);
  }
  const ones = (row: number, context: KSubsetContext | undefined): number =>
    context?.k?.[row] ?? structure.cardinality!;

  return {
    name: who,
    structure,
    relax(utilities, temperature, out, context): void {
      const rows = checkRelaxation(who, size, utilities, temperature, out);
      check(utilities, context);
      const target = targetOf(out, context, utilities);
      for (let row = 0; row < rows; row++) {
        solve(utilities, row, temperature, ones(row, context), context);
        target.fill(0, row * size, (row + 1) * size);
        for (let i = 0; i < count; i++) target[row * size + items[i]!] = x[i]!;
      }
      if (target !== out) out.set(target);
    },
    vjp(utilities, temperature, cotangent, out, context): void {
      const rows = checkRelaxation(who, size, utilities, temperature, out, cotangent);
      check(utilities, context);
      const target = targetOf(out, context, utilities, cotangent);
      for (let row = 0; row < rows; row++) {
        const k = ones(row, context);
        solve(utilities, row, temperature, k, context);
        reverse(cotangent, row * size, temperature, k);
        target.fill(0, row * size, (row + 1) * size);
        for (let i = 0; i < count; i++) target[row * size + items[i]!] = back[i]!;
      }
      if (target !== out) out.set(target);
    },
  };
}
