/**
 * Marginals of k-subsets and their Jacobian products, two rows in the two lanes: the same sums in the same order as
 * src/algorithms/subsets/conditional-bernoulli.ts, which explains them. Rows that its odds do not suit are left to it.
 * Scratch holds, in pairs of doubles: odds and their derivatives of n + 1 items, then two suffixes of ones + 2, then one table
 * of (n / 2 + 1) (ones + 1) + 1, n rounded up to even, or two.
 */
import { expPair } from "./exp";
import { loadPair, storePair } from "./pairs";

@inline function ml(a: v128, b: v128): v128 {
  return f64x2.mul(a, b);
}

@inline function plus(a: v128, b: v128): v128 {
  return f64x2.add(a, b);
}

/**
 * Odds w of two rows; an odd number of items goes along with one that is never taken. Returns the lanes, as bits, that these
 * suit: those of all items are below e^largest.
 */
@inline function weigh(
  first: usize,
  second: usize,
  n: i32,
  logOdds: f64,
  sign: f64,
  largest: f64,
  odds: usize,
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
  let most = f64x2.splat(0);
  let grown = one;
  i = 0;
  do {
    const x = ml(signs, f64x2.sub(loadPair(first + i, second + i), c));
    const w = expPair(x);
    v128.store(odds, w);
    most = f64x2.pmax(most, x);
    grown = ml(grown, plus(one, w));
    odds += 16;
    i += 8;
  } while (i < size);
  v128.store(odds, f64x2.splat(0));
  return i64x2.bitmask(v128.and(f64x2.le(most, f64x2.splat(largest)), f64x2.le(grown, f64x2.splat(1e200))));
}

/**
 * The table of counts, two items a row; its last row holds the sum over subsets of `ones` items at `ones`. Derivatives `toD`
 * bytes on, where there are any. Rows of fewer items than that hold zeros before.
 */
@inline function count(odds: usize, toDerivative: usize, n: i32, ones: i32, table: usize, toD: usize): void {
  const stride = (ones + 1) << 4;
  const zero = f64x2.splat(0);
  v128.store(table, f64x2.splat(1));
  let i = 0;
  do {
    const w0 = v128.load(odds);
    const w1 = v128.load(odds, 16);
    const one = plus(w1, w0);
    const both = ml(w0, w1);
    const first = table + (max(0, ones + i - n) << 4);
    const end = table + (min(i + 2, ones) << 4);
    let at = first;
    let before = zero;
    let before2 = zero;
    do {
      const here = v128.load(at);
      v128.store(at + stride, plus(plus(here, ml(one, before)), ml(both, before2)));
      before2 = before;
      before = here;
      at += 16;
    } while (at <= end);
    if (toD) {
      const d0 = v128.load(odds + toDerivative);
      const d1 = v128.load(odds + toDerivative, 16);
      const dOne = plus(d1, d0);
      const dBoth = plus(ml(d0, w1), ml(w0, d1));
      at = first;
      before = zero;
      before2 = zero;
      let dBefore = zero;
      let dBefore2 = zero;
      do {
        const here = v128.load(at);
        const dHere = v128.load(at + toD);
        const kept = plus(plus(dHere, ml(one, dBefore)), ml(both, dBefore2));
        v128.store(at + stride + toD, plus(kept, plus(ml(dOne, before), ml(dBoth, before2))));
        before2 = before;
        dBefore2 = dBefore;
        before = here;
        dBefore = dHere;
        at += 16;
      } while (at <= end);
    }
    table += stride;
    odds += 32;
    i += 2;
  } while (i < n);
}

/** Marginals of two rows of n items, an even number, from the last to the first; products where there are derivatives. */
@inline function finish(
  odds: usize,
  toDerivative: usize,
  n: i32,
  ones: i32,
  suffix: usize,
  toDSuffix: usize,
  table: usize,
  toD: usize,
  sign: f64,
  out: usize,
  two: usize,
): void {
  const stride = (ones + 1) << 4;
  const zero = f64x2.splat(0);
  const certain = f64x2.splat(1);
  let prefixes = table + (n >> 1) * stride;
  const scale = f64x2.div(certain, v128.load(prefixes + (ones << 4)));
  const dLog = ml(v128.load(prefixes + toD + (ones << 4)), scale);
  let i = n - 2;
  odds += i << 4;
  // The second item of the last pair may be none: what it writes is written over.
  out += i << 3;
  do {
    prefixes -= stride;
    const w0 = v128.load(odds);
    const w1 = v128.load(odds, 16);
    const one = plus(w1, w0);
    const both = ml(w0, w1);
    const first = max(0, ones + i - n - 1) << 4;
    const last = suffix + (min(i, ones - 1) << 4);
    let d0 = zero;
    let d1 = zero;
    let dSum = zero;
    let dSum2 = zero;
    let after = suffix + first;
    let prefix = prefixes + first;
    let here = v128.load(after);
    let next = v128.load(after, 16);
    if (toD) {
      d0 = v128.load(odds + toDerivative);
      d1 = v128.load(odds + toDerivative, 16);
      const dOne = plus(d1, d0);
      const dBoth = plus(ml(d0, w1), ml(w0, d1));
      let dHere = v128.load(after + toDSuffix);
      let dNext = v128.load(after + toDSuffix, 16);
      do {
        const before = v128.load(prefix);
        const dBefore = v128.load(prefix + toD);
        dSum = plus(dSum, plus(ml(dBefore, here), ml(before, dHere)));
        dSum2 = plus(dSum2, plus(ml(dBefore, next), ml(before, dNext)));
        const beyond = v128.load(after, 32);
        const dBeyond = v128.load(after + toDSuffix, 32);
        const kept = plus(plus(dHere, ml(one, dNext)), ml(both, dBeyond));
        v128.store(after + toDSuffix, plus(kept, plus(ml(dOne, next), ml(dBoth, beyond))));
        here = next;
        next = beyond;
        dHere = dNext;
        dNext = dBeyond;
        after += 16;
        prefix += 16;
      } while (after <= last);
      after = suffix + first;
      prefix = prefixes + first;
      here = v128.load(after);
      next = v128.load(after, 16);
    }
    let sum = zero;
    let sum2 = zero;
    do {
      const beyond = v128.load(after, 32);
      const before = v128.load(prefix);
      sum = plus(sum, ml(before, here));
      sum2 = plus(sum2, ml(before, next));
      v128.store(after, plus(plus(here, ml(one, next)), ml(both, beyond)));
      here = next;
      next = beyond;
      after += 16;
      prefix += 16;
    } while (after <= last);
    let w = w1;
    let beside = w0;
    let d = d1;
    let dBeside = d0;
    let to = out + 8;
    do {
      const s = plus(sum, ml(beside, sum2));
      let p = f64x2.pmin(ml(ml(w, s), scale), certain);
      if (toD) {
        const ds = plus(plus(dSum, ml(beside, dSum2)), ml(dBeside, sum2));
        p = f64x2.sub(ml(plus(ml(d, s), ml(w, ds)), scale), ml(p, dLog));
      } else if (sign < 0) p = f64x2.sub(certain, p);
      storePair(to, to + two, p);
      to -= 8;
      w = w0;
      beside = w1;
      d = d0;
      dBeside = d1;
    } while (to >= out);
    odds -= 32;
    out -= 16;
    i -= 2;
  } while (i >= 0);
}

/** Derivatives of the odds along v, which is centred. */
@inline function direct(odds: usize, toDerivative: usize, n: i32, v: usize, two: usize): void {
  const certain = f64x2.splat(1);
  let centre = f64x2.splat(0);
  let weight = centre;
  const end = odds + (n << 4);
  for (let at = odds, from = v; at < end; at += 16, from += 8) {
    const w = v128.load(at);
    const t = f64x2.div(certain, plus(w, certain));
    const spread = ml(ml(w, t), t);
    centre = plus(centre, ml(spread, loadPair(from, from + two)));
    weight = plus(weight, spread);
  }
  centre = v128.and(f64x2.div(centre, weight), f64x2.gt(weight, f64x2.splat(0)));
  for (; odds < end; odds += 16, v += 8) {
    v128.store(odds + toDerivative, ml(v128.load(odds), f64x2.sub(loadPair(v, v + two), centre)));
  }
  v128.store(odds + toDerivative, f64x2.splat(0));
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
  const toDerivative = (n + 1) << 4;
  const odds = scratch;
  const toDSuffix = (ones + 2) << 4;
  const suffix = odds + 2 * toDerivative;
  const table = suffix + 2 * toDSuffix;
  const even = (n + 1) & ~1;
  const cells = ((even >> 1) + 1) * (ones + 1);
  const total = table + ((cells - 1) << 4);
  const rest = ((ones >> 1) + 1) * ((ones + 1) << 4);
  const toD = v ? (cells + 1) << 4 : 0;
  let undone = 0;
  for (let row = 0; row < rows; row += 2) {
    const two = row + 1 < rows ? size : 0;
    let done = weigh(theta, theta + two, n, logOdds, sign, largest, odds);
    if (done) {
      memory.fill(suffix, 0, 2 * toDSuffix + rest);
      v128.store(suffix + ((ones - 1) << 4), f64x2.splat(1));
      if (v) {
        memory.fill(table + toD, 0, rest);
        direct(odds, toDerivative, n, v, two);
      }
      count(odds, toDerivative, even, ones, table, toD);
      done &= i64x2.bitmask(f64x2.ge(v128.load(total), f64x2.splat(1e-80)));
      if (finished) finish(odds, toDerivative, even, ones, suffix, toDSuffix, table, toD, sign, out, two);
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
