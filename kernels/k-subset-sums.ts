/**
 * Marginals of k-subsets and their Jacobian products, two rows in the two lanes: the same sums in the same order as
 * src/algorithms/subsets/conditional-bernoulli.ts, which explains them. Rows that its odds do not suit are left to it.
 * Scratch holds, in pairs of doubles: odds of n + 1 items, then a suffix of ones + 2, then a table of (n / 2 + 1) (ones + 1), n
 * rounded up to even; for products each with its derivative behind.
 */
import { expPair } from "./exp";
import { loadPair, zeros } from "./pairs";

@inline function ml(a: v128, b: v128): v128 {
  return f64x2.mul(a, b);
}

@inline function plus(a: v128, b: v128): v128 {
  return f64x2.add(a, b);
}

/**
 * Odds w of two rows, `step` bytes apart; an odd number of items goes along with one that is never taken. Returns the lanes, as
 * bits, that these suit: those of all items are below e^largest.
 */
@inline function weigh(
  first: usize,
  second: usize,
  n: i32,
  logOdds: f64,
  sign: f64,
  largest: f64,
  odds: usize,
  step: usize,
): i32 {
  const size = n << 3;
  const origin = loadPair(first, second);
  let sum = f64x2.splat(0);
  let squares = sum;
  let i = 0;
  do {
    const d = f64x2.sub(loadPair(first + i, second + i), origin);
    sum = plus(sum, d);
    squares = plus(squares, ml(d, d));
    i += 8;
  } while (i < size);
  const items = f64x2.splat(n);
  const one = f64x2.splat(1);
  const mean = f64x2.div(sum, items);
  const variance = f64x2.pmax(f64x2.splat(0), f64x2.sub(f64x2.div(squares, items), ml(mean, mean)));
  const wider = f64x2.sqrt(plus(one, ml(variance, f64x2.splat(Math.PI / 8))));
  const c = plus(origin, f64x2.sub(mean, ml(f64x2.splat(logOdds), wider)));
  const signs = f64x2.splat(sign);
  // θ near 1e300, which may be out of its range, does not pass for likely.
  let most = ml(f64x2.abs(c), f64x2.splat(5e-298));
  let grown = one;
  i = 0;
  do {
    const x = ml(signs, f64x2.sub(loadPair(first + i, second + i), c));
    const w = expPair(x);
    v128.store(odds, w);
    most = f64x2.pmax(most, x);
    grown = ml(grown, plus(one, w));
    odds += step;
    i += 8;
  } while (i < size);
  v128.store(odds, f64x2.splat(0));
  return i64x2.bitmask(v128.and(f64x2.le(most, f64x2.splat(largest)), f64x2.le(grown, f64x2.splat(1e200))));
}

/**
 * The table of counts, two items a row; its last row holds the sum over subsets of `ones` items at `ones`. Rows of fewer items
 * hold zeros before. Derivatives where there is an address v.
 */
@inline function count(odds: usize, v: usize, step: usize, n: i32, ones: i32, table: usize): void {
  const stride = (ones + 1) * step;
  const zero = f64x2.splat(0);
  const most = <i32>(ones * step);
  let low = <i32>((ones - n) * step);
  let high = 2 * <i32>step;
  v128.store(table, f64x2.splat(1));
  do {
    const w0 = v128.load(odds);
    const w1 = v128.load(odds + step);
    let at = table + max(0, low);
    const end = table + min(high, most);
    let before = zero;
    let between = zero;
    if (v) {
      const d0 = v128.load(odds, 16);
      const d1 = v128.load(odds, 48);
      let dBefore = zero;
      let dBetween = zero;
      do {
        const here = v128.load(at);
        const dHere = v128.load(at, 16);
        const x = plus(here, ml(w0, before));
        const dx = plus(plus(dHere, ml(w0, dBefore)), ml(d0, before));
        v128.store(at + stride, plus(x, ml(w1, between)));
        v128.store(at + stride, plus(plus(dx, ml(w1, dBetween)), ml(d1, between)), 16);
        before = here;
        dBefore = dHere;
        between = x;
        dBetween = dx;
        at += 32;
      } while (at <= end);
    } else {
      do {
        const here = v128.load(at);
        const x = plus(here, ml(w0, before));
        v128.store(at + stride, plus(x, ml(w1, between)));
        before = here;
        between = x;
        at += 16;
      } while (at <= end);
    }
    table += stride;
    odds += 2 * step;
    low += 2 * <i32>step;
    high += 2 * <i32>step;
  } while (low < most);
}

/** Marginals of two rows of n items, an even number, from the last to the first; products where there are derivatives. */
@inline function finish(
  odds: usize,
  v: usize,
  step: usize,
  n: i32,
  ones: i32,
  suffix: usize,
  table: usize,
  sign: f64,
  out: usize,
  two: usize,
): void {
  const stride = (ones + 1) * step;
  const zero = f64x2.splat(0);
  const certain = f64x2.splat(1);
  let prefixes = table + (n >> 1) * stride;
  const total = prefixes + ones * step;
  // The sum over nothing, and what all sums are divided by.
  const scale = f64x2.div(certain, v128.load(total));
  zeros(suffix, (ones + 2) * step);
  const nothing = suffix + (ones - 1) * step;
  v128.store(nothing, scale);
  if (v) v128.store(nothing, f64x2.sub(zero, ml(ml(v128.load(total, 16), scale), scale)), 16);
  const most = <i32>((ones - 1) * step);
  let low = most;
  let high = <i32>(n * step);
  odds += high;
  // The second item of the last pair may be none: what it writes is written over.
  out += n << 3;
  do {
    prefixes -= stride;
    odds -= 2 * step;
    out -= 16;
    low -= 2 * <i32>step;
    high -= 2 * <i32>step;
    const w0 = v128.load(odds);
    const w1 = v128.load(odds + step);
    const first = max(0, low);
    const last = suffix + min(high, most);
    let after = suffix + first;
    let prefix = prefixes + first;
    let here = v128.load(after);
    let next = v128.load(after + step);
    let x = plus(here, ml(w0, next));
    let sum = zero;
    let sum2 = zero;
    let p: v128;
    let q: v128;
    if (v) {
      const d0 = v128.load(odds, 16);
      const d1 = v128.load(odds, 48);
      let dHere = v128.load(after, 16);
      let dNext = v128.load(after, 48);
      let dx = plus(plus(dHere, ml(w0, dNext)), ml(d0, next));
      let dSum = zero;
      let dSum2 = zero;
      do {
        const before = v128.load(prefix);
        const dBefore = v128.load(prefix, 16);
        const beyond = v128.load(after, 64);
        const dBeyond = v128.load(after, 80);
        sum = plus(sum, ml(before, here));
        sum2 = plus(sum2, ml(before, next));
        dSum = plus(dSum, plus(ml(dBefore, here), ml(before, dHere)));
        dSum2 = plus(dSum2, plus(ml(dBefore, next), ml(before, dNext)));
        const y = plus(next, ml(w0, beyond));
        const dy = plus(plus(dNext, ml(w0, dBeyond)), ml(d0, beyond));
        v128.store(after, plus(x, ml(w1, y)));
        v128.store(after, plus(plus(dx, ml(w1, dy)), ml(d1, y)), 16);
        here = next;
        next = beyond;
        dHere = dNext;
        dNext = dBeyond;
        x = y;
        dx = dy;
        after += 32;
        prefix += 32;
      } while (after <= last);
      p = plus(ml(d0, plus(sum, ml(w1, sum2))), ml(w0, plus(plus(dSum, ml(w1, dSum2)), ml(d1, sum2))));
      q = plus(ml(d1, plus(sum, ml(w0, sum2))), ml(w1, plus(plus(dSum, ml(w0, dSum2)), ml(d0, sum2))));
    } else {
      do {
        const before = v128.load(prefix);
        const beyond = v128.load(after, 32);
        sum = plus(sum, ml(before, here));
        sum2 = plus(sum2, ml(before, next));
        const y = plus(next, ml(w0, beyond));
        v128.store(after, plus(x, ml(w1, y)));
        here = next;
        next = beyond;
        x = y;
        after += 16;
        prefix += 16;
      } while (after <= last);
      p = f64x2.pmin(ml(w0, plus(sum, ml(w1, sum2))), certain);
      q = f64x2.pmin(ml(w1, plus(sum, ml(w0, sum2))), certain);
      if (sign < 0) {
        p = f64x2.sub(certain, p);
        q = f64x2.sub(certain, q);
      }
    }
    v128.store(out, v128.shuffle<i64>(p, q, 0, 2));
    v128.store(out + two, v128.shuffle<i64>(p, q, 1, 3));
  } while (high > 0);
}

/** Derivatives beside the odds along v, which is centred. Returns the lanes in which v is finite. */
@inline function direct(odds: usize, n: i32, v: usize, two: usize): i32 {
  const certain = f64x2.splat(1);
  let centre = f64x2.splat(0);
  let weight = centre;
  const end = odds + (n << 5);
  let at = odds;
  let from = v;
  do {
    const w = v128.load(at);
    const t = f64x2.div(certain, plus(w, certain));
    const spread = ml(ml(w, t), t);
    centre = plus(centre, ml(spread, loadPair(from, from + two)));
    weight = plus(weight, spread);
    at += 32;
    from += 8;
  } while (at < end);
  centre = v128.and(f64x2.div(centre, weight), f64x2.gt(weight, f64x2.splat(0)));
  do {
    v128.store(odds, ml(v128.load(odds), f64x2.sub(loadPair(v, v + two), centre)), 16);
    odds += 32;
    v += 8;
  } while (odds < end);
  const none = f64x2.splat(0);
  v128.store(odds, none, 16);
  return i64x2.bitmask(f64x2.eq(f64x2.sub(centre, centre), none));
}

/**
 * Cov(z) v for rows of n doubles, or marginals where there is no address v; one number more may be written. Only counts if
 * `finished` is false: of the last two rows they are left in scratch. Returns 0 unless rows are left undone; their first number
 * is NaN.
 */
export function kSubsetSums(
  theta: usize,
  v: usize,
  rows: i32,
  n: i32,
  ones: i32,
  logOdds: f64,
  sign: f64,
  largest: f64,
  finished: bool,
  scratch: usize,
  out: usize,
): i32 {
  const size = n << 3;
  const step = v ? 32 : 16;
  const suffix = scratch + (n + 1) * step;
  const table = suffix + (ones + 2) * step;
  const even = (n + 1) & ~1;
  const total = table + ((even >> 1) * (ones + 1) + ones) * step;
  memory.fill(table, 0, ((ones >> 1) + 1) * (ones + 1) * step);
  let undone = 0;
  for (let row = 0; row < rows; row += 2) {
    const two = row + 1 < rows ? size : 0;
    let done = weigh(theta, theta + two, n, logOdds, sign, largest, scratch, step);
    if (done) {
      if (v) done &= direct(scratch, n, v, two);
      count(scratch, v, step, even, ones, table);
      done &= i64x2.bitmask(f64x2.ge(v128.load(total), f64x2.splat(1e-80)));
      if (finished) finish(scratch, v, step, even, ones, suffix, table, sign, out, two);
    }
    undone |= done ^ 3;
    if (!(done & 1)) store<f64>(out, NaN);
    if (!(done & 2)) store<f64>(out + two, NaN);
    theta += size + two;
    if (v) v += size + two;
    out += size + two;
  }
  return undone;
}
