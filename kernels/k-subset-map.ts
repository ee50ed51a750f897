/**
 * MAP(θ + step · gradient + temperature · noise) of k-subsets: the same states as src/structures/k-subset.ts. Sums are
 * made in doubles and compared as singles, four side by side; a row whose k-th largest is not told apart that way, as in a
 * tie, is left to doubles.
 */

import { two } from "./pairs";
import { transposeFour } from "./transpose";

/** Rounds of guessing before a row is given up. */
const MAX_ROUNDS: i32 = 24;

/**
 * Stores θ + step · gradient + temperature · noise as singles, in groups of four; no address is nothing to add. Whether
 * all of them are finite.
 */
function perturb<T>(
  x: usize,
  gradient: usize,
  step: f64,
  noise: usize,
  temperature: f64,
  length: i32,
  keys: usize,
): bool {
  const half = 2 * sizeof<T>();
  const rest = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(length & 3));
  const end = keys + (length << 2);
  const steps = f64x2.splat(step);
  const scale = f64x2.splat(temperature);
  let spoilt = f32x4.splat(0);
  do {
    let low = two<T>(x);
    let high = two<T>(x + half);
    if (gradient) {
      low = f64x2.add(low, f64x2.mul(steps, two<T>(gradient)));
      high = f64x2.add(high, f64x2.mul(steps, two<T>(gradient + half)));
      gradient += 2 * half;
    }
    if (noise) {
      low = f64x2.add(low, f64x2.mul(scale, v128.load(noise)));
      high = f64x2.add(high, f64x2.mul(scale, v128.load(noise, 16)));
      noise += 32;
    }
    let four = v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
    // The last group may hold what is not asked for.
    if (keys + 12 >= end) four = v128.and(four, rest);
    v128.store(keys, four);
    // 0 for finite numbers, else NaN, which stays.
    spoilt = f32x4.add(spoilt, f32x4.sub(four, four));
    x += 2 * half;
    keys += 16;
  } while (keys < end);
  return !v128.any_true(f32x4.ne(spoilt, spoilt));
}

/** Marks the numbers of a row above `least`, 0 or 1; up to three more are written. */
function mark<T>(keys: usize, n: i32, least: f32, out: usize): void {
  const threshold = f32x4.splat(least);
  const one = v128.splat<T>(1);
  const end = keys + (n << 2);
  do {
    const mask = f32x4.gt(v128.load(keys), threshold);
    if (sizeof<T>() == 4) v128.store(out, v128.and(mask, one));
    else {
      v128.store(out, v128.and(i64x2.extend_low_i32x4_s(mask), one));
      v128.store(out, v128.and(i64x2.extend_high_i32x4_s(mask), one), 16);
    }
    keys += 16;
    out += 4 * sizeof<T>();
  } while (keys < end);
}

/** Stores numbers of eight rows of n side by side. */
@inline function transpose(keys: usize, n: i32, to: usize): void {
  const size = n << 2;
  for (const half = to + 16; to <= half; to += 16, keys += 4 * size) {
    for (let i = 0, at = to; i < size; i += 16, at += 128) {
      const a = v128.load(keys + i);
      const b = v128.load(keys + i + size);
      const c = v128.load(keys + i + 2 * size);
      const d = v128.load(keys + i + 3 * size);
      transposeFour(a, b, c, d, at, 32);
    }
  }
}

/** Puts numbers of eight rows side by side in the order that comparators from `network` to `end` make. */
@inline function sort(network: usize, end: usize, at: usize): void {
  do {
    const one = at + load<u32>(network);
    const two = at + load<u32>(network, 4);
    const a = v128.load(one);
    const b = v128.load(two);
    const c = v128.load(one, 16);
    const d = v128.load(two, 16);
    v128.store(one, f32x4.pmin(a, b));
    v128.store(two, f32x4.pmax(a, b));
    v128.store(one, f32x4.pmin(c, d), 16);
    v128.store(two, f32x4.pmax(c, d), 16);
    network += 8;
  } while (network < end);
}

/** How many singles up to `end`, a multiple of 16 of them, are greater than a guess. */
function countAbove(keys: usize, end: usize, guess: f32): i32 {
  const x = f32x4.splat(guess);
  let a = i32x4.splat(0);
  let b = a;
  do {
    a = i32x4.add(a, i32x4.add(f32x4.gt(v128.load(keys), x), f32x4.gt(v128.load(keys, 16), x)));
    b = i32x4.add(b, i32x4.add(f32x4.gt(v128.load(keys, 32), x), f32x4.gt(v128.load(keys, 48), x)));
    keys += 64;
  } while (keys < end);
  a = i32x4.add(a, b);
  a = i32x4.add(a, v128.shuffle<i32>(a, a, 2, 3, 2, 3));
  return -i32x4.extract_lane(a, 0) - i32x4.extract_lane(a, 1);
}

@inline function sumOf(four: v128): f64 {
  const two = f64x2.add(f64x2.promote_low_f32x4(four), f64x2.promote_low_f32x4(v128.shuffle<i64>(four, four, 1, 1)));
  return f64x2.extract_lane(two, 0) + f64x2.extract_lane(two, 1);
}

/** A number that k of the n singles of a row are greater than, or NaN; behind them stand 16 times −∞. */
@inline function separate(keys: usize, n: i32, k: i32, quantile: f64, spacing: f64): f32 {
  const first = load<f32>(keys);
  const origin = f32x4.splat(first);
  let sum = f32x4.splat(0);
  let squares = sum;
  let sum1 = sum;
  let squares1 = sum;
  // The rest of a row is left out of what only guesses.
  let at = keys;
  do {
    const x = f32x4.sub(v128.load(at), origin);
    const y = f32x4.sub(v128.load(at, 16), origin);
    sum = f32x4.add(sum, x);
    sum1 = f32x4.add(sum1, y);
    squares = f32x4.add(squares, f32x4.mul(x, x));
    squares1 = f32x4.add(squares1, f32x4.mul(y, y));
    at += 32;
  } while (at < keys + ((n & ~7) << 2));
  const mean = sumOf(f32x4.add(sum, sum1)) / n;
  const deviation = sqrt(max(sumOf(f32x4.add(squares, squares1)) / n - mean * mean, 0));
  const end = keys + (((n + 15) & ~15) << 2);
  let gap = deviation * spacing;
  let guess = <f32>(first + mean + deviation * quantile);
  let low: f32 = -Infinity;
  let high: f32 = Infinity;
  let aboveLow = n;
  let aboveHigh = 0;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const count = countAbove(keys, end, guess);
    if (count == k) return guess;
    if (count > k) {
      low = guess;
      aboveLow = count;
    } else {
      high = guess;
      aboveHigh = count;
    }
    if (low == -Infinity || high == Infinity) {
      guess += <f32>((count - k) * gap);
      gap *= 2;
    } else {
      // Every fourth guess bisects: interpolation alone can creep.
      const fraction: f32 = (round & 3) == 3 ? 0.5 : <f32>(aboveLow - k) / <f32>(aboveLow - aboveHigh);
      guess = low + (high - low) * fraction;
    }
  }
  return NaN;
}

/**
 * Marks the 0 < k < n largest of each row of n sums: 0 or 1 at `out`, up to three numbers more of which are overwritten; it may
 * stand 32 bytes before x, as rows are read before they are marked.
 * `x`, `gradient` and `out` hold singles or doubles; no address of a gradient or of noise is nothing to add. Up to 32
 * numbers are sorted by a network of comparators (pairs of multiples of 32, ascending, complete at n − k − 1 and n − k);
 * without one, guesses are made by `quantile` and `spacing` of src/algorithms/subsets/select.ts. `scratch` holds n + 32
 * singles, or 8 (n + 2) + 256. Returns the number of rows that are left undone; their first number is NaN. −1 says that
 * a sum is no finite single.
 */
export function kSubsetMap(
  single: bool,
  x: usize,
  gradient: usize,
  step: f64,
  noise: usize,
  temperature: f64,
  rows: i32,
  n: i32,
  k: i32,
  network: usize,
  networkEnd: usize,
  quantile: f64,
  spacing: f64,
  scratch: usize,
  out: usize,
): i32 {
  const together = network < networkEnd ? 8 : 1;
  const numbers = together * n;
  const shift = single ? 2 : 3;
  const side = scratch + ((numbers + 16) << 2);
  const next = side + ((n - k - 1) << 5);
  let undone = 0;
  for (; rows > 0; rows -= together) {
    const here = min(rows, together);
    const finite = single
      ? perturb<f32>(x, gradient, step, noise, temperature, here * n, scratch)
      : perturb<f64>(x, gradient, step, noise, temperature, here * n, scratch);
    if (!finite) return -1;
    x += numbers << shift;
    if (gradient) gradient += numbers << shift;
    if (noise) noise += numbers << 3;
    if (together > 1) {
      transpose(scratch, n, side);
      sort(network, networkEnd, side);
    } else {
      const least = f32x4.splat(-Infinity);
      const end = scratch + (n << 2);
      v128.store(end, least);
      v128.store(end, least, 16);
      v128.store(end, least, 32);
      v128.store(end, least, 48);
    }
    for (let row = 0, keys = scratch; row < here; row++, keys += n << 2, out += n << shift) {
      let least: f32;
      if (together > 1) {
        least = load<f32>(next + (row << 2));
        if (!(load<f32>(next + (row << 2), 32) > least)) least = NaN;
      } else least = separate(keys, n, k, quantile, spacing);
      if (single) mark<f32>(keys, n, least, out);
      else mark<f64>(keys, n, least, out);
      if (least == least) continue;
      undone++;
      if (single) store<f32>(out, NaN);
      else store<f64>(out, NaN);
    }
  }
  return undone;
}
