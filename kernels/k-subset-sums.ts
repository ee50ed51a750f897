/**
 * Marginals of k-subsets and their Jacobian products, two rows in the two lanes: the same sums in the same order as
 * src/algorithms/subsets/conditional-bernoulli.ts, which explains them. Rows that the first tilt does not suit are left to
 * it. Scratch holds, in pairs of doubles: q, r and dq of n items, then two suffixes of ones + 2, then one table of (n + 1)
 * (ones + 1), or two.
 */
import { expNonPositive } from "./exp";
import { loadPair, storePair } from "./pairs";

@inline function multiplyAdd(a: v128, b: v128, c: v128, d: v128): v128 {
  return f64x2.add(f64x2.mul(a, b), f64x2.mul(c, d));
}

/** Tilts two rows: q and r = 1 − q. Returns the lanes, as bits, that are far from underflow. */
function tilt(first: usize, second: usize, n: i32, ones: i32, logOdds: f64, sign: f64, q: usize): i32 {
  const size = n << 3;
  const toR = n << 4;
  let sum = f64x2.splat(0);
  let i = 0;
  do {
    sum = f64x2.add(sum, loadPair(first + i, second + i));
    i += 8;
  } while (i < size);
  const c = f64x2.sub(f64x2.div(sum, f64x2.splat(n)), f64x2.splat(logOdds));
  const one = f64x2.splat(1);
  const signs = f64x2.splat(sign);
  sum = f64x2.splat(0);
  let spread = sum;
  i = 0;
  do {
    const x = f64x2.mul(signs, f64x2.sub(loadPair(first + i, second + i), c));
    const e = expNonPositive(f64x2.neg(f64x2.abs(x)));
    const large = f64x2.div(one, f64x2.add(one, e));
    const small = f64x2.mul(e, large);
    const positive = f64x2.gt(x, f64x2.splat(0));
    const chance = v128.bitselect(large, small, positive);
    v128.store(q, chance);
    v128.store(q + toR, v128.bitselect(small, large, positive));
    sum = f64x2.add(sum, chance);
    spread = f64x2.add(spread, f64x2.mul(large, small));
    q += 16;
    i += 8;
  } while (i < size);
  const excess = f64x2.abs(f64x2.sub(sum, f64x2.splat(ones)));
  const deviations = f64x2.mul(f64x2.splat(8), f64x2.sqrt(spread));
  const most = f64x2.max(f64x2.splat(0.9), f64x2.min(deviations, f64x2.mul(f64x2.splat(0.9), spread)));
  return i64x2.bitmask(f64x2.le(excess, most));
}

/** The table of counts; its last row holds P(Σ = ones) at `ones`. */
function count(q: usize, n: i32, ones: i32, table: usize): v128 {
  const toR = n << 4;
  const stride = (ones + 1) << 4;
  v128.store(table, f64x2.splat(1));
  for (let i = 0; i < n; i++, q += 16, table += stride) {
    const qi = v128.load(q);
    const ri = v128.load(q + toR);
    const first = max(0, ones - (n - i - 1));
    const last = min(i, ones);
    const next = table + stride;
    if (first == 0) v128.store(next, f64x2.mul(v128.load(table), ri));
    // What cannot be is read once, times zero; the memory holds anything.
    else v128.store(next + ((first - 1) << 4), f64x2.splat(0));
    let previous = v128.load(table + (max(first - 1, 0) << 4));
    const end = table + (last << 4);
    let a = table + (max(first, 1) << 4);
    if (a <= end) do {
      const current = v128.load(a);
      v128.store(a + stride, multiplyAdd(current, ri, previous, qi));
      previous = current;
      a += 16;
    } while (a <= end);
    if (last < ones) v128.store(end + stride, f64x2.mul(previous, qi), 16);
  }
  return v128.load(table + (ones << 4));
}

/** `count` with the derivative along dq in a table of its own. Returns that of P(Σ = ones). */
function differentiate(q: usize, n: i32, ones: i32, table: usize, toD: usize): v128 {
  const toR = n << 4;
  const stride = (ones + 1) << 4;
  v128.store(table, f64x2.splat(1));
  v128.store(table + toD, f64x2.splat(0));
  for (let i = 0; i < n; i++, q += 16, table += stride) {
    const qi = v128.load(q);
    const ri = v128.load(q + toR);
    const di = v128.load(q + 2 * toR);
    const first = max(0, ones - (n - i - 1));
    const last = min(i, ones);
    let previous = f64x2.splat(0);
    let dPrevious = previous;
    if (first > 0) {
      previous = v128.load(table + ((first - 1) << 4));
      dPrevious = v128.load(table + toD + ((first - 1) << 4));
      const impossible = table + stride + ((first - 1) << 4);
      v128.store(impossible, f64x2.splat(0));
      v128.store(impossible + toD, f64x2.splat(0));
    }
    const end = table + (last << 4);
    let a = table + (first << 4);
    do {
      const current = v128.load(a);
      const dCurrent = v128.load(a + toD);
      v128.store(a + stride, multiplyAdd(current, ri, previous, qi));
      const moved = f64x2.mul(di, f64x2.sub(previous, current));
      v128.store(a + stride + toD, f64x2.add(multiplyAdd(dCurrent, ri, dPrevious, qi), moved));
      previous = current;
      dPrevious = dCurrent;
      a += 16;
    } while (a <= end);
    if (last < ones) {
      v128.store(end + stride, f64x2.mul(previous, qi), 16);
      v128.store(end + stride + toD, multiplyAdd(dPrevious, qi, di, previous), 16);
    }
  }
  return v128.load(table + toD + (ones << 4));
}

/** Lanes that are done go out as they are; the first number of the others becomes NaN. Returns how many those are. */
@inline function flag(done: i32, first: usize, second: usize): i32 {
  if (!(done & 1)) store<f64>(first, NaN);
  if (!(done & 2)) store<f64>(second, NaN);
  return 2 - popcnt(done);
}

/**
 * Cov(z) v for rows of n doubles, or marginals where there is no address v. Returns how many rows are left undone; their
 * first number is NaN.
 */
export function kSubsetSums(
  theta: usize,
  v: usize,
  rows: i32,
  n: i32,
  ones: i32,
  logOdds: f64,
  sign: f64,
  scratch: usize,
  out: usize,
): i32 {
  const size = n << 3;
  const toR = n << 4;
  const q = scratch;
  const suffix = q + 3 * toR;
  const toDSuffix = (ones + 2) << 4;
  const table = suffix + 2 * toDSuffix;
  const stride = (ones + 1) << 4;
  const toD = (n + 1) * stride;
  const zero = f64x2.splat(0);
  const one = f64x2.splat(1);
  let undone = 0;
  for (let row = 0; row < rows; row += 2) {
    const two = row + 1 < rows ? size : 0;
    const done = tilt(theta, theta + two, n, ones, logOdds, sign, q);
    if (done && !v) {
      const scale = f64x2.div(one, count(q, n, ones, table));
      memory.fill(suffix, 0, stride);
      v128.store(suffix + ((ones - 1) << 4), one);
      for (let i = n - 1; i >= 0; i--) {
        const qi = v128.load(q + (i << 4));
        const ri = v128.load(q + (i << 4) + toR);
        const first = max(0, ones - (n - i) - 1) << 4;
        const last = suffix + (min(i, ones - 1) << 4);
        let sum = f64x2.splat(0);
        let after = suffix + first;
        let current = v128.load(after);
        let prefix = table + i * stride + first;
        do {
          const next = v128.load(after, 16);
          sum = f64x2.add(sum, f64x2.mul(v128.load(prefix), current));
          v128.store(after, multiplyAdd(current, ri, next, qi));
          current = next;
          after += 16;
          prefix += 16;
        } while (after <= last);
        const p = f64x2.min(f64x2.mul(f64x2.mul(qi, sum), scale), one);
        const to = out + (i << 3);
        storePair(to, to + two, sign < 0 ? f64x2.sub(one, p) : p);
      }
    } else if (done) {
      let centre = zero;
      let weight = zero;
      for (let i = 0; i < n; i++) {
        const w = f64x2.mul(v128.load(q + (i << 4)), v128.load(q + (i << 4) + toR));
        centre = f64x2.add(centre, f64x2.mul(w, loadPair(v + (i << 3), v + two + (i << 3))));
        weight = f64x2.add(weight, w);
      }
      centre = v128.and(f64x2.div(centre, weight), f64x2.gt(weight, zero));
      for (let i = 0; i < n; i++) {
        const at = q + (i << 4);
        const w = f64x2.mul(v128.load(at), v128.load(at + toR));
        const shifted = f64x2.sub(loadPair(v + (i << 3), v + two + (i << 3)), centre);
        v128.store(at + 2 * toR, f64x2.mul(w, shifted));
      }
      const dTotal = differentiate(q, n, ones, table, toD);
      const scale = f64x2.div(one, v128.load(table + n * stride + (ones << 4)));
      const dLog = f64x2.mul(dTotal, scale);
      memory.fill(suffix, 0, 2 * toDSuffix);
      v128.store(suffix + ((ones - 1) << 4), one);
      for (let i = n - 1; i >= 0; i--) {
        const qi = v128.load(q + (i << 4));
        const ri = v128.load(q + (i << 4) + toR);
        const di = v128.load(q + (i << 4) + 2 * toR);
        const first = max(0, ones - (n - i) - 1) << 4;
        const last = suffix + (min(i, ones - 1) << 4);
        let sum = zero;
        let dSum = zero;
        let after = suffix + first;
        let current = v128.load(after);
        let dCurrent = v128.load(after + toDSuffix);
        let at = table + i * stride + first;
        do {
          const next = v128.load(after, 16);
          const dNext = v128.load(after + toDSuffix, 16);
          const prefix = v128.load(at);
          sum = f64x2.add(sum, f64x2.mul(prefix, current));
          dSum = f64x2.add(dSum, multiplyAdd(v128.load(at + toD), current, prefix, dCurrent));
          v128.store(after, multiplyAdd(current, ri, next, qi));
          const moved = f64x2.mul(di, f64x2.sub(next, current));
          v128.store(after + toDSuffix, f64x2.add(multiplyAdd(dCurrent, ri, dNext, qi), moved));
          current = next;
          dCurrent = dNext;
          after += 16;
          at += 16;
        } while (after <= last);
        const p = f64x2.min(f64x2.mul(f64x2.mul(qi, sum), scale), one);
        const change = f64x2.mul(multiplyAdd(di, sum, qi, dSum), scale);
        const to = out + (i << 3);
        storePair(to, to + two, f64x2.sub(change, f64x2.mul(p, dLog)));
      }
    }
    undone += two ? flag(done, out, out + two) : flag(done | 2, out, out);
    theta += size + two;
    if (v) v += size + two;
    out += size + two;
  }
  return undone;
}
