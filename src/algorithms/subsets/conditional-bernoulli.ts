/**
 * Exact inference for one instance of the k-subset law p(z) ∝ exp⟨z, θ⟩, Σz = k (the conditional Bernoulli law;
 * SIMPLE, Ahmed et al. 2022, Alg. 1–4).
 *
 * With odds w_i = e^(θ_i − c), for any c, the law is Π w_i^z_i over the sum of all such products of k items, which the recursion
 *
 *     A[i + 1][j] = A[i][j] + A[i][j − 1] w_i
 *
 * makes. All terms are positive. A guess c serves most rows; where products or their sum come near the ends of doubles, or an
 * item is so likely that a derivative would cancel, bits have probabilities q_i = σ(θ_i − c) instead, and 1 − q_i stands before
 * A[i][j]. With c such that Σq = k their number is k with probability ≥ 1 / (n + 1), so that what underflows does not matter.
 *
 * Two items at a time, which are no, one or two ones with coefficients of their own, so that the table has a row for every
 * other item. For k > n / 2 the complement is counted. O(n min(k, n − k)) time; memory half of that up to `TABLE_LIMIT` numbers,
 * beyond it O(√n k): the table is then rebuilt block by block from kept rows.
 */

import type { Rng } from "../../contracts.ts";
import { exp, log } from "../../core/log-exp.ts";
import { softplus } from "../../core/softplus.ts";
import { selector } from "./select.ts";

/** 2²² doubles: 32 MiB. */
const TABLE_LIMIT = 4194304;
/** A tilt is good enough while k is this near the mean: P(Σ = k) is then > 0.1 / n², because the law is log-concave. */
const TILT_TOLERANCE = 0.9;
/** The bracket is then far below the spacing that matters. */
const MAX_ROUNDS = 100;
/** Zeros before a row. */
const PAD = 2;
/**
 * Logarithms of odds up to which they serve, and for derivatives, while products of all and sums of those asked for stay far
 * from the ends of doubles.
 */
export const LARGEST = 460;
export const LARGEST_DERIVED = 14;
const MOST = 1e200;
const LEAST = 1e-80;

/** What a kernel leaves of a row of the law: odds and a table of counts, whose numbers stand two apart, and marginals. */
export interface Counted {
  readonly cells: Float64Array;
  readonly odds: number;
  readonly table: number;
  readonly marginals: Float64Array;
}

export interface ConditionalBernoulli {
  /** θ of the n items of the instance; filled by the caller before `load`. */
  readonly theta: Float64Array;
  /** Results, one an item: marginals or Jacobian products. */
  readonly result: Float64Array;
  /** Prepares the instance of the first n items with k ones, 0 ≤ k ≤ n, all θ finite, by what a kernel has `counted` of it. */
  load(n: number, k: number, counted?: Counted): void;
  logPartition(): number;
  /** `result` = E[z]. */
  marginals(): void;
  /** `result` = Cov(z) v; v holds one number an item and is overwritten. */
  jvp(v: Float64Array): void;
  /** Leaves marginals in `result`. */
  entropy(): number;
  /** log p(z), one number an item; linear in z, so at a mean of states it is the mean of log p. */
  logProbability(z: Float64Array): number;
  /** `result` = a faithful sample. */
  sample(rng: Rng): void;
}

export function conditionalBernoulli(capacity: number): ConditionalBernoulli {
  const theta = new Float64Array(capacity);
  const result = new Float64Array(capacity + 1);
  /** Logarithms of the odds: θ_i − c, negated when the complement is counted. */
  const tilted = new Float64Array(capacity);
  /** What stands for a one and for none: q and 1 − q, or the odds and 1; an odd number of items has one more, never taken. */
  const q = new Float64Array(capacity + 1);
  const r = new Float64Array(capacity + 1);
  const dq = new Float64Array(capacity + 1);
  const dr = new Float64Array(capacity + 1);
  /** Marginals of what is counted: of z, or of 1 − z. */
  const p = new Float64Array(capacity + 1);
  const select = selector(capacity);
  /** Rows of the recursion, each with its derivative behind, where that is asked for. */
  let table = new Float64Array(0);
  let kept = new Float64Array(0);
  let suffix = new Float64Array(0);

  let n = 0;
  /** n, or one more: an even number. */
  let even = 0;
  /** Ones asked for, and ones counted: the smaller of k and n − k. */
  let k = 0;
  let ones = 0;
  let complement = false;
  /** c */
  let tilt = 0;
  /** Whether the law is told by odds, not by probabilities. */
  let odds = true;
  /** Numbers of a row of the table: `stride`, or twice as many with derivatives. */
  let stride = 0;
  let width = 0;
  /** Items of a block of the table, an even number; all when it is held whole. */
  let block = 0;
  /** Where the last block begins. */
  let lastBlock = 0;
  /** The sum over subsets of `ones` items, P(Σ = ones) if they have probabilities. */
  let total = 1;
  /** Where the table is: where it begins, past the zeros, and how far apart the numbers of a row are. */
  let cells: Float64Array = table;
  let first = PAD;
  let step = 1;
  let given: Counted | undefined;

  function load(items: number, wanted: number, counted?: Counted): void {
    given = counted;
    n = items;
    even = n + (n & 1);
    k = wanted;
    complement = 2 * k > n;
    ones = complement ? n - k : k;
    stride = PAD + ones + 1;
    block = (even / 2 + 1) * stride <= TABLE_LIMIT ? even : 2 * Math.ceil(Math.sqrt(n) / 2);
    lastBlock = (Math.ceil(even / block) - 1) * block;
    q[n] = 0;
    r[n] = 1;
    dq[n] = 0;
    dr[n] = 0;
  }

  /**
   * A c about which most rows are counted: where k ones are expected of n bits whose θ − c are normal with the mean and variance
   * of the row, by the probit approximation of the sigmoid.
   */
  function guess(): number {
    const items = n;
    const first = theta[0]!;
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < items; i++) {
      const d = theta[i]! - first;
      sum += d;
      squares += d * d;
    }
    const mean = sum / items;
    const variance = Math.max(squares / items - mean * mean, 0);
    return first + (mean - log(k / (items - k)) * Math.sqrt(1 + variance * (Math.PI / 8)));
  }

  /** Runs `sum`, which counts, on odds about the guess if they serve, else on probabilities; not where a kernel has counted. */
  function countBy(sum: () => void, largest = LARGEST): void {
    const sign = complement ? -1 : 1;
    const items = n;
    odds = true;
    total = 1;
    tilt = ones > 0 ? guess() : 0;
    const c = tilt;
    for (let i = 0; i < items; i++) tilted[i] = sign * (theta[i]! - c);
    if (given) {
      cells = given.cells;
      first = given.table;
      step = 2;
      width = 2 * (ones + 1);
      total = cells[first + (even / 2) * width + 2 * ones]!;
      for (let i = 0; i < items; i++) {
        q[i] = cells[given.odds + 2 * i]!;
        r[i] = 1;
      }
    }
    if (ones === 0) {
      p.fill(0);
      result.fill(0);
    }
    if (given || ones === 0) return;
    odds = weigh(largest);
    if (odds) sum();
    if (odds && total >= LEAST) return;
    odds = false;
    solveTilt();
    sum();
  }

  /** Leaves odds in q; whether they serve. */
  function weigh(largest: number): boolean {
    const items = n;
    let all = 1;
    let most = 0;
    for (let i = 0; i < items; i++) {
      const x = tilted[i]!;
      const w = exp(x);
      q[i] = w;
      r[i] = 1;
      most = Math.max(most, x);
      all *= 1 + w;
    }
    return most <= largest && all <= MOST;
  }

  /**
   * Finds c with Σσ(θ_i − c) near k and leaves q and r = 1 − q: from between the k-th and the next largest θ on, around which a
   * bracket of logarithmic width holds a solution whatever the gaps, by bisection.
   */
  function solveTilt(): void {
    const sign = complement ? -1 : 1;
    const items = n;
    tilt = select.threshold(theta, n, k);
    let low = tilt - log(2 * k);
    let high = tilt + log(2 * (n - k));
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const c = tilt;
      let excess = -ones;
      for (let i = 0; i < items; i++) {
        const x = sign * (theta[i]! - c);
        // Both q and 1 − q to full relative precision.
        const e = exp(-Math.abs(x));
        const large = 1 / (1 + e);
        const small = e * large;
        tilted[i] = x;
        q[i] = x > 0 ? large : small;
        r[i] = x > 0 ? small : large;
        excess += q[i]!;
      }
      if (Math.abs(excess) <= TILT_TOLERANCE) return;
      if (excess > 0 === complement) high = c;
      else low = c;
      tilt = 0.5 * (low + high);
    }
  }

  /** What items i and i + 1 make of cells of a row, and of their derivatives: in another row, or in place. */
  function advance(i: number, x: Float64Array, a: number, b: number, first: number, last: number): void {
    const behind = width - stride;
    const more = b - a;
    const q0 = q[i]!;
    const r0 = r[i]!;
    const q1 = q[i + 1]!;
    const r1 = r[i + 1]!;
    const dq0 = dq[i]!;
    const dr0 = dr[i]!;
    const dq1 = dq[i + 1]!;
    const dr1 = dr[i + 1]!;
    const start = a + first;
    // Of the cell before: as it was, and with item i.
    let before = x[start - 1]!;
    let between = r0 * before + q0 * x[start - 2]!;
    let dBefore = x[start - 1 + behind]!;
    let dBetween = r0 * dBefore + q0 * x[start - 2 + behind]! + (dq0 * x[start - 2]! + dr0 * before);
    for (let j = start; j <= a + last; j++) {
      const here = x[j]!;
      const made = r0 * here + q0 * before;
      if (behind > 0) {
        const dHere = x[j + behind]!;
        const dMade = r0 * dHere + q0 * dBefore + (dq0 * before + dr0 * here);
        x[j + behind + more] = r1 * dMade + q1 * dBetween + (dq1 * between + dr1 * made);
        dBefore = dHere;
        dBetween = dMade;
      }
      x[j + more] = r1 * made + q1 * between;
      before = here;
      between = made;
    }
  }

  /** Rows of a block after its row 0, which is set. Below what can still reach k cells hold anything. */
  function countBlock(start: number, end: number): void {
    table.fill(0, width, ((end - start) / 2 + 1) * width);
    for (let i = start, a = PAD; i < end; i += 2, a += width) {
      const first = Math.max(0, ones - (even - i));
      advance(i, table, a, a + width, first, Math.min(i + 2, ones));
    }
  }

  /**
   * Runs the recursion over all items, keeping the whole table or the first row of every block. Returns where `total` stands.
   */
  function count(differentiate: boolean): number {
    width = differentiate ? 2 * stride : stride;
    const rest = (block / 2) * width;
    table = grown(table, rest + width).fill(0, 0, width);
    cells = table;
    first = PAD;
    step = 1;
    table[PAD] = 1;
    kept = grown(kept, (lastBlock / block + 1) * width);
    for (let start = 0; start <= lastBlock; start += block) {
      if (start > 0) table.copyWithin(0, rest, rest + width);
      kept.set(table.subarray(0, width), (start / block) * width);
      countBlock(start, Math.min(start + block, even));
    }
    const at = ((even - lastBlock) / 2) * width + PAD + ones;
    total = table[at]!;
    return at;
  }

  /** Visits the pairs of items from the last to the first, with where their row of the table begins. */
  function backwards(visit: (i: number, a: number) => void): void {
    for (let start = lastBlock; start >= 0; start -= block) {
      const end = Math.min(start + block, even);
      if (lastBlock > 0) {
        const row = (start / block) * width;
        table.set(kept.subarray(row, row + width));
        countBlock(start, end);
      }
      for (let i = end - 2; i >= start; i -= 2) visit(i, ((i - start) / 2) * width + first);
    }
  }

  /** Marginals of the counted bits into p; with `differentiate`, their derivative along dq and dr into result. */
  function countedMarginals(differentiate: boolean): void {
    const at = count(differentiate);
    // What the items after a pair sum to with any number of ones, as in a row of the table.
    suffix = grown(suffix, width).fill(0, 0, width);
    const prefixes = table;
    const after = suffix;
    const behind = width - stride;
    // The sum over nothing, and what all sums are divided by.
    const scale = 1 / total;
    suffix[PAD] = scale;
    if (differentiate) suffix[PAD + behind] = 0 - table[at + behind]! * scale * scale;
    backwards((i, a) => {
      // Counts that prefix and suffix can both reach, and one below for the longer suffix.
      const first = Math.max(0, ones - (even - i) - 1);
      const last = Math.min(i, ones - 1);
      // Beside one of the pair, and beside both.
      let sum = 0;
      let sum2 = 0;
      let dSum = 0;
      let dSum2 = 0;
      for (let j = a + first, m = PAD + ones - 1 - first; j <= a + last; j++, m--) {
        sum += prefixes[j]! * after[m]!;
        sum2 += prefixes[j]! * after[m - 1]!;
        if (!differentiate) continue;
        dSum += prefixes[j + behind]! * after[m]! + prefixes[j]! * after[m + behind]!;
        dSum2 += prefixes[j + behind]! * after[m - 1]! + prefixes[j]! * after[m + behind - 1]!;
      }
      advance(i, after, PAD, PAD, ones - 1 - last, ones - 1 - first);
      for (let at = i + 1, beside = i; at >= i; at--, beside++) {
        const s = r[beside]! * sum + q[beside]! * sum2;
        p[at] = Math.min(q[at]! * s, 1);
        const ds = r[beside]! * dSum + q[beside]! * dSum2 + (dq[beside]! * sum2 + dr[beside]! * sum);
        if (differentiate) result[at] = dq[at]! * s + q[at]! * ds;
      }
    });
  }

  function marginals(): void {
    countBy(() => countedMarginals(false));
    for (let i = 0; i < n; i++) {
      result[i] = given ? given.marginals[i]! : complement ? 1 - p[i]! : p[i]!;
    }
  }

  function jvp(v: Float64Array): void {
    // Of 1 − z under −θ the derivative along −v is −Cov(z) v as well: the two signs cancel.
    countBy(() => {
      // The law does not change when v shifts; centred, nothing large cancels.
      let centre = 0;
      let weight = 0;
      for (let i = 0; i < n; i++) {
        const t = 1 / (q[i]! + r[i]!);
        const w = q[i]! * r[i]! * t * t;
        centre += w * v[i]!;
        weight += w;
      }
      centre = weight > 0 ? centre / weight : 0;
      for (let i = 0; i < n; i++) {
        dq[i] = q[i]! * r[i]! * (v[i]! - centre);
        dr[i] = odds ? 0 : -dq[i]!;
      }
      countedMarginals(true);
    }, LARGEST_DERIVED);
  }

  /**
   * log `total` plus terms of each item, by Neumaier's sum: thousands of equal terms would all be rounded the same way.
   */
  function sumUp(term: (i: number, x: number) => number): number {
    const items = n;
    let sum = Math.log(total);
    let lost = 0;
    for (let i = 0; i < items; i++) {
      const x = term(i, tilted[i]!);
      const next = sum + x;
      lost += Math.abs(sum) >= Math.abs(x) ? sum - next + x : x - next + sum;
      sum = next;
    }
    return sum + lost;
  }

  function logPartition(): number {
    countBy(() => count(false));
    // Of what is not taken where the complement is counted; the logarithm of what stands for none where that is a probability.
    return k * tilt + sumUp((_, x) => (odds ? (complement ? -x : 0) : softplus(complement ? -x : x)));
  }

  /** −log p(z); linear in z, so at a mean of states it is the mean. */
  function surprise(z: Float64Array): number {
    const sum = sumUp((i, x) => {
      const bit = complement ? 1 - z[i]! : z[i]!;
      return odds ? -bit * x : bit * softplus(-x) + (1 - bit) * softplus(x);
    });
    return Math.max(sum, 0);
  }

  function entropy(): number {
    marginals();
    return surprise(result);
  }

  function logProbability(z: Float64Array): number {
    countBy(() => count(false));
    return -surprise(z);
  }

  function sample(rng: Rng): void {
    countBy(() => count(false));
    result.fill(complement ? 1 : 0, 0, n);
    if (ones === 0) return;
    const counts = cells;
    const apart = step;
    let left = ones;
    // The last one is where the chance that all items from there on are none falls below a uniform variate.
    let least = rng.uniform() * total;
    backwards((i, a) => {
      for (let at = i + 1; at >= i && left > 0; at--) {
        // What the items before this one sum to, with as many ones and with one less.
        let none = counts[a + left * apart]!;
        let fewer = counts[a + (left - 1) * apart]!;
        if (at > i) {
          const w = q[i]!;
          none = r[i]! * none + w * fewer;
          fewer = r[i]! * fewer + w * counts[a + (left - 2) * apart]!;
        }
        if (r[at]! * none > least) least /= r[at]!;
        else {
          result[at] = complement ? 0 : 1;
          if (--left > 0) least = rng.uniform() * fewer;
        }
      }
    });
  }

  return { theta, result, load, logPartition, marginals, jvp, entropy, logProbability, sample };
}

function grown(array: Float64Array<ArrayBuffer>, length: number): Float64Array<ArrayBuffer> {
  return array.length >= length ? array : new Float64Array(length);
}
