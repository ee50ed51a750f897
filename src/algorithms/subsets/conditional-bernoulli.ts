/**
 * Exact inference for one instance of the k-subset law p(z) ∝ exp⟨z, θ⟩, Σz = k (the conditional Bernoulli law;
 * SIMPLE, Ahmed et al. 2022, Alg. 1–4).
 *
 * The law is that of independent bits with probabilities q_i = σ(θ_i − c), given that they sum to k, for any c. With c
 * such that Σq = k that condition has probability ≥ 1 / (n + 1), so that the recursion for the number of ones
 *
 *     A[i + 1][j] = A[i][j] (1 − q_i) + A[i][j − 1] q_i
 *
 * runs in plain doubles: all terms are positive and what underflows does not matter. For k > n / 2 the complement is
 * counted. O(n min(k, n − k)) time; memory the same up to `TABLE_LIMIT` numbers, beyond it O(√n k): the table is then
 * rebuilt block by block from kept rows.
 */

import type { Rng } from "../../contracts.ts";
import { exp, log } from "../../core/log-exp.ts";
import { softplus } from "../../core/softplus.ts";
import { selector } from "./select.ts";

/** 2²² doubles: 32 MiB. */
const TABLE_LIMIT = 4194304;
/**
 * A tilt is good enough while k is within this many standard deviations of the mean and within 0.9 of the variance: a
 * further tilt by t moves the mean by at least (1 − e^−t) times the variance, so that P(Σ = k) > e^−170 / n. Within 0.9
 * of the mean it is > 0.1 / n², because the law is log-concave. Deviations alone are not enough: bits that are certain
 * have no variance, and what is left may not reach k at all.
 */
const TILT_TOLERANCE = 8;
/** The bracket is then far below the spacing that matters. */
const MAX_ROUNDS = 100;

export interface ConditionalBernoulli {
  /** θ of the n items of the instance; filled by the caller before `load`. */
  readonly theta: Float64Array;
  /** Results, one an item: marginals or Jacobian products. */
  readonly result: Float64Array;
  /** Prepares the instance of the first n items with k ones, 0 ≤ k ≤ n, all θ finite. */
  load(n: number, k: number): void;
  logPartition(): number;
  /** `result` = E[z]. */
  marginals(): void;
  /** `result` = Cov(z) v; v holds one number an item and is overwritten. */
  jvp(v: Float64Array): void;
  entropy(): number;
  /** log p(z), one number an item; linear in z, so at a mean of states it is the mean of log p. */
  logProbability(z: Float64Array): number;
  /** `result` = a faithful sample. */
  sample(rng: Rng): void;
}

export function conditionalBernoulli(capacity: number): ConditionalBernoulli {
  const theta = new Float64Array(capacity);
  const result = new Float64Array(capacity);
  /** θ_i − c, negated when the complement is counted. */
  const tilted = new Float64Array(capacity);
  const q = new Float64Array(capacity);
  const r = new Float64Array(capacity);
  const dq = new Float64Array(capacity);
  /** Marginals of what is counted: of z, or of 1 − z. */
  const p = new Float64Array(capacity);
  const select = selector(capacity);
  let table = new Float64Array(0);
  let dTable = new Float64Array(0);
  let kept = new Float64Array(0);
  let dKept = new Float64Array(0);
  let suffix = new Float64Array(0);
  let dSuffix = new Float64Array(0);

  let n = 0;
  /** Ones asked for, and ones counted: the smaller of k and n − k. */
  let k = 0;
  let ones = 0;
  let complement = false;
  let tilt = 0;
  /** Mean less `ones`, and variance, of the number of ones under the independent bits. */
  let expectedExcess = 0;
  let variance = 0;
  let stride = 0;
  /** Rows of a block of the table; n when it is held whole. */
  let block = 0;
  /** P(Σ = ones) under the independent bits, and its derivative along dq. */
  let total = 1;
  let dTotal = 0;

  function load(items: number, wanted: number): void {
    n = items;
    k = wanted;
    complement = 2 * k > n;
    ones = complement ? n - k : k;
    if (ones === 0) return;
    solveTilt();
    stride = ones + 1;
    block = (n + 1) * stride <= TABLE_LIMIT ? n : Math.ceil(Math.sqrt(n));
  }

  /**
   * Finds c with Σσ(θ_i − c) near k and leaves q and r = 1 − q. The mean of θ serves most rows. Else c starts between
   * the k-th and the next largest θ, around which a bracket of logarithmic width holds a solution whatever the gaps.
   */
  function solveTilt(): void {
    const items = n;
    let sum = 0;
    for (let i = 0; i < items; i++) sum += theta[i]!;
    let c = sum / items - log(k / (items - k));
    if (tiltBy(c)) return;
    c = select.threshold(theta, 0, n, k);
    let low = c - log(2 * k);
    let high = c + log(2 * (n - k));
    for (let round = 0; !tiltBy(c) && round < MAX_ROUNDS; round++) {
      const excess = complement ? -expectedExcess : expectedExcess;
      if (excess > 0) low = c;
      else high = c;
      const newton = c + excess / variance;
      // Every fourth guess bisects: Newton's method alone can bounce to and fro.
      c = newton > low && newton < high && round % 4 !== 3 ? newton : 0.5 * (low + high);
    }
  }

  /** Tilts by c; whether P(Σ = ones) is then far from underflow. */
  function tiltBy(c: number): boolean {
    tilt = c;
    const sign = complement ? -1 : 1;
    const items = n;
    let sum = 0;
    let spread = 0;
    for (let i = 0; i < items; i++) {
      const x = sign * (theta[i]! - c);
      // Both q and 1 − q to full relative precision.
      const e = exp(-Math.abs(x));
      const large = 1 / (1 + e);
      const small = e * large;
      const chance = x > 0 ? large : small;
      tilted[i] = x;
      q[i] = chance;
      r[i] = x > 0 ? small : large;
      sum += chance;
      spread += large * small;
    }
    variance = spread;
    expectedExcess = sum - ones;
    const deviations = TILT_TOLERANCE * Math.sqrt(variance);
    return Math.abs(expectedExcess) <= Math.max(0.9, Math.min(deviations, 0.9 * variance));
  }

  /** Rows 1 … end − start of a block whose row 0 is set, only where k can still be reached. */
  function countBlock(start: number, end: number): void {
    // Locals: a closure's variables are loaded anew in every round of a loop.
    const rows = table;
    for (let i = start; i < end; i++) {
      const a = (i - start) * stride;
      const b = a + stride;
      const qi = q[i]!;
      const ri = r[i]!;
      const first = Math.max(0, ones - (n - i - 1));
      const last = Math.min(i, ones);
      if (first === 0) rows[b] = rows[a]! * ri;
      let previous = first > 0 ? rows[a + first - 1]! : rows[a]!;
      for (let j = Math.max(first, 1); j <= last; j++) {
        const current = rows[a + j]!;
        rows[b + j] = current * ri + previous * qi;
        previous = current;
      }
      if (last < ones) rows[b + last + 1] = previous * qi;
    }
  }

  /** The same with the derivative along dq. */
  function differentiateBlock(start: number, end: number): void {
    const rows = table;
    const dRows = dTable;
    for (let i = start; i < end; i++) {
      const a = (i - start) * stride;
      const b = a + stride;
      const qi = q[i]!;
      const ri = r[i]!;
      const di = dq[i]!;
      const first = Math.max(0, ones - (n - i - 1));
      const last = Math.min(i, ones);
      let previous = 0;
      let dPrevious = 0;
      if (first > 0) {
        previous = rows[a + first - 1]!;
        dPrevious = dRows[a + first - 1]!;
      }
      for (let j = first; j <= last; j++) {
        const current = rows[a + j]!;
        const dCurrent = dRows[a + j]!;
        rows[b + j] = current * ri + previous * qi;
        dRows[b + j] = dCurrent * ri + dPrevious * qi + di * (previous - current);
        previous = current;
        dPrevious = dCurrent;
      }
      if (last < ones) {
        rows[b + last + 1] = previous * qi;
        dRows[b + last + 1] = dPrevious * qi + di * previous;
      }
    }
  }

  /** Runs the recursion over all items, keeping the whole table or the first row of every block. */
  function count(differentiate: boolean): void {
    const blocks = Math.ceil(n / block);
    table = grown(table, (block + 1) * stride);
    table[0] = 1;
    if (differentiate) {
      dTable = grown(dTable, (block + 1) * stride);
      dTable[0] = 0;
    }
    if (blocks > 1) {
      kept = grown(kept, blocks * stride);
      if (differentiate) dKept = grown(dKept, blocks * stride);
    }
    for (let part = 0; part < blocks; part++) {
      const start = part * block;
      const end = Math.min(start + block, n);
      if (blocks > 1) {
        if (part > 0) {
          table.copyWithin(0, block * stride, (block + 1) * stride);
          if (differentiate) dTable.copyWithin(0, block * stride, (block + 1) * stride);
        }
        for (let j = 0; j < stride; j++) {
          kept[part * stride + j] = table[j]!;
          if (differentiate) dKept[part * stride + j] = dTable[j]!;
        }
      }
      if (differentiate) differentiateBlock(start, end);
      else countBlock(start, end);
    }
    const at = (n - (blocks - 1) * block) * stride + ones;
    total = table[at]!;
    dTotal = differentiate ? dTable[at]! : 0;
  }

  /** Makes the rows of the block that starts at `start` available again, after `count`. */
  function revisit(start: number, end: number, differentiate: boolean): void {
    if (block >= n) return;
    const row = (start / block) * stride;
    for (let j = 0; j < stride; j++) {
      table[j] = kept[row + j]!;
      if (differentiate) dTable[j] = dKept[row + j]!;
    }
    if (differentiate) differentiateBlock(start, end);
    else countBlock(start, end);
  }

  /** Marginals of the counted bits into p; with `differentiate`, their derivative along dq into result. */
  function countedMarginals(differentiate: boolean): void {
    count(differentiate);
    // suffix[j] = P(the items after i hold ones − 1 − j ones).
    suffix = grown(suffix, ones + 1).fill(0, 0, ones + 1);
    suffix[ones - 1] = 1;
    if (differentiate) dSuffix = grown(dSuffix, ones + 1).fill(0, 0, ones + 1);
    const prefixes = table;
    const dPrefixes = dTable;
    const after = suffix;
    const dAfter = dSuffix;
    const scale = 1 / total;
    const dLog = dTotal * scale;
    for (let start = (Math.ceil(n / block) - 1) * block; start >= 0; start -= block) {
      const end = Math.min(start + block, n);
      revisit(start, end, differentiate);
      for (let i = end - 1; i >= start; i--) {
        const a = (i - start) * stride;
        const qi = q[i]!;
        const ri = r[i]!;
        // Counts that prefix and suffix can both reach, and one below for the longer suffix.
        const first = Math.max(0, ones - (n - i) - 1);
        const last = Math.min(i, ones - 1);
        let sum = 0;
        let current = after[first]!;
        if (!differentiate) {
          for (let j = first; j <= last; j++) {
            const next = after[j + 1]!;
            sum += prefixes[a + j]! * current;
            after[j] = current * ri + next * qi;
            current = next;
          }
          p[i] = Math.min(qi * sum * scale, 1);
          continue;
        }
        const di = dq[i]!;
        let dSum = 0;
        let dCurrent = dAfter[first]!;
        for (let j = first; j <= last; j++) {
          const next = after[j + 1]!;
          const dNext = dAfter[j + 1]!;
          const prefix = prefixes[a + j]!;
          sum += prefix * current;
          dSum += dPrefixes[a + j]! * current + prefix * dCurrent;
          after[j] = current * ri + next * qi;
          dAfter[j] = dCurrent * ri + dNext * qi + di * (next - current);
          current = next;
          dCurrent = dNext;
        }
        p[i] = Math.min(qi * sum * scale, 1);
        result[i] = (di * sum + qi * dSum) * scale - p[i]! * dLog;
      }
    }
  }

  function marginals(): void {
    if (ones === 0) {
      result.fill(complement ? 1 : 0, 0, n);
      return;
    }
    countedMarginals(false);
    for (let i = 0; i < n; i++) result[i] = complement ? 1 - p[i]! : p[i]!;
  }

  function jvp(v: Float64Array): void {
    if (ones === 0) {
      result.fill(0, 0, n);
      return;
    }
    // The law does not change when v shifts; centred, nothing large cancels.
    let centre = 0;
    let weight = 0;
    for (let i = 0; i < n; i++) {
      const w = q[i]! * r[i]!;
      centre += w * v[i]!;
      weight += w;
    }
    centre = weight > 0 ? centre / weight : 0;
    for (let i = 0; i < n; i++) dq[i] = q[i]! * r[i]! * (v[i]! - centre);
    // Of 1 − z under −θ the derivative along −v is −Cov(z) v as well: the two signs cancel.
    countedMarginals(true);
  }

  // Neumaier's sum: thousands of equal terms would all be rounded the same way.
  let sum = 0;
  let lost = 0;
  function add(x: number): void {
    const next = sum + x;
    lost += Math.abs(sum) >= Math.abs(x) ? sum - next + x : x - next + sum;
    sum = next;
  }
  function startSum(first: number): void {
    sum = first;
    lost = 0;
  }

  function logPartition(): number {
    if (ones === 0) {
      startSum(0);
      if (complement) for (let i = 0; i < n; i++) add(theta[i]!);
      return sum + lost;
    }
    count(false);
    startSum(k * tilt);
    add(Math.log(total));
    for (let i = 0; i < n; i++) add(softplus(theta[i]! - tilt));
    return sum + lost;
  }

  function entropy(): number {
    if (ones === 0) return 0;
    countedMarginals(false);
    // −E[log p(z)], with log p(z) = Σ z log q + (1 − z) log(1 − q) − log total.
    startSum(Math.log(total));
    for (let i = 0; i < n; i++) add(p[i]! * softplus(-tilted[i]!) + (1 - p[i]!) * softplus(tilted[i]!));
    return Math.max(sum + lost, 0);
  }

  function logProbability(z: Float64Array): number {
    if (ones === 0) return 0;
    count(false);
    startSum(-Math.log(total));
    for (let i = 0; i < n; i++) {
      const x = theta[i]! - tilt;
      add(-z[i]! * softplus(-x) - (1 - z[i]!) * softplus(x));
    }
    return Math.min(sum + lost, 0);
  }

  function sample(rng: Rng): void {
    result.fill(complement ? 1 : 0, 0, n);
    if (ones === 0) return;
    count(false);
    let left = ones;
    for (let start = (Math.ceil(n / block) - 1) * block; start >= 0; start -= block) {
      const end = Math.min(start + block, n);
      revisit(start, end, false);
      for (let i = end - 1; i >= start && left > 0; i--) {
        const a = (i - start) * stride;
        // P(bit i is one | items 0 … i hold `left` ones); certain once every item is needed.
        if (left > i || rng.uniform() * table[a + stride + left]! < q[i]! * table[a + left - 1]!) {
          result[i] = complement ? 0 : 1;
          left--;
        }
      }
    }
  }

  return { theta, result, load, logPartition, marginals, jvp, entropy, logProbability, sample };
}

function grown(array: Float64Array<ArrayBuffer>, length: number): Float64Array<ArrayBuffer> {
  return array.length >= length ? array : new Float64Array(length);
}
