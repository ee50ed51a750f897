/**
 * MAP of k-subsets: the same states as src/structures/k-subset.ts. Numbers are compared as singles, four side by side; a
 * row whose k-th largest is not told apart that way, as in a tie, is left to doubles.
 */

/** Up to here every number's rank is counted; beyond, how many lie above a guess. */
const RANKED: i32 = 32;
/** Rounds of guessing before a row is given up. */
const MAX_ROUNDS: i32 = 24;

/** Four numbers of a row as singles. */
@inline function singles(x: usize): v128 {
  const low = f32x4.demote_f64x2_zero(v128.load(x));
  return v128.shuffle<i64>(low, f32x4.demote_f64x2_zero(v128.load(x, 16)), 0, 2);
}

/** The lanes of a mask as four doubles, 0 or 1. */
@inline function storeStates(mask: v128, out: usize): void {
  const one = f64x2.splat(1);
  v128.store(out, v128.and(i64x2.extend_low_i32x4_s(mask), one));
  v128.store(out, v128.and(i64x2.extend_high_i32x4_s(mask), one), 16);
}

/** Marks the numbers in lanes x of which fewer than k are greater; returns how many. */
@inline function storeBest(greater: v128, k: v128, out: usize): i32 {
  const mask = i32x4.lt_s(greater, k);
  storeStates(mask, out);
  return popcnt(i32x4.bitmask(mask));
}

@inline function above(v: v128, x: v128, count: v128): v128 {
  return i32x4.sub(count, f32x4.gt(v, x));
}

/** Marks the numbers of rank below k; returns how many. `keys` holds n singles, padded with −∞ to groups of four. */
function rank(keys: usize, n: i32, k: i32, out: usize): i32 {
  const end = keys + (n << 2);
  const most = i32x4.splat(k);
  let marked = 0;
  let group = keys;
  // Twelve lanes at a time, so that a number loaded is compared three times.
  for (; group + 32 < end; group += 48, out += 96) {
    const x = v128.load(group);
    const y = v128.load(group, 16);
    const z = v128.load(group, 32);
    let overX = i32x4.splat(0);
    let overY = overX;
    let overZ = overX;
    for (let other = keys; other < end; other += 4) {
      const v = v128.load32_splat(other);
      overX = above(v, x, overX);
      overY = above(v, y, overY);
      overZ = above(v, z, overZ);
    }
    marked += storeBest(overX, most, out) + storeBest(overY, most, out + 32);
    marked += storeBest(overZ, most, out + 64);
  }
  for (; group < end; group += 32, out += 64) {
    const x = v128.load(group);
    const y = v128.load(group, 16);
    let overX = i32x4.splat(0);
    let overY = overX;
    for (let other = keys; other < end; other += 4) {
      const v = v128.load32_splat(other);
      overX = above(v, x, overX);
      overY = above(v, y, overY);
    }
    marked += storeBest(overX, most, out) + storeBest(overY, most, out + 32);
  }
  return marked;
}

/** How many singles up to `end`, a multiple of 16 of them, are greater than a guess. */
@inline function countAbove(keys: usize, end: usize, guess: f32): i32 {
  const x = f32x4.splat(guess);
  let a = i32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  for (let at = keys; at < end; at += 64) {
    a = above(v128.load(at), x, a);
    b = above(v128.load(at, 16), x, b);
    c = above(v128.load(at, 32), x, c);
    d = above(v128.load(at, 48), x, d);
  }
  const sum = i32x4.add(i32x4.add(a, b), i32x4.add(c, d));
  const pairs = i32x4.add(sum, v128.shuffle<i32>(sum, sum, 2, 3, 2, 3));
  return i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1);
}

/**
 * Marks the k largest of each row of n doubles: 0 or 1 at `out`, up to 11 doubles more of which are overwritten. `keys`
 * holds n singles and 16 more; `quantile` and `spacing` are those of src/algorithms/subsets/select.ts. Returns the number
 * of rows that are left undone; their first number is NaN.
 */
export function kSubsetMap(
  x: usize,
  rows: i32,
  n: i32,
  k: i32,
  quantile: f64,
  spacing: f64,
  keys: usize,
  out: usize,
): i32 {
  const size = n << 3;
  const least = f32x4.splat(-Infinity);
  const whole = keys + ((n & ~3) << 2);
  const rest = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(n & 3));
  const end = keys + (((n + 15) & ~15) << 2);
  let undone = 0;
  for (let row = 0; row < rows; row++, x += size, out += size) {
    let from = x;
    let sum = f64x2.splat(0);
    let squares = sum;
    let at = keys;
    const ranked = n <= RANKED;
    for (; at < whole; at += 16, from += 32) {
      v128.store(at, singles(from));
      if (ranked) continue;
      const low = v128.load(from);
      const high = v128.load(from, 16);
      sum = f64x2.add(sum, f64x2.add(low, high));
      squares = f64x2.add(squares, f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high)));
    }
    v128.store(at, v128.bitselect(singles(from), least, rest));
    v128.store(at, least, 16);
    v128.store(at, least, 32);
    v128.store(at, least, 48);
    if (ranked) {
      if (rank(keys, n, k, out) == k) continue;
      store<f64>(out, NaN);
      undone++;
      continue;
    }
    // The rest of a row is left out of what only guesses.
    const mean = (f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1)) / n;
    const square = (f64x2.extract_lane(squares, 0) + f64x2.extract_lane(squares, 1)) / n;
    const deviation = sqrt(max(square - mean * mean, 0));
    let gap = deviation * spacing;
    let guess = <f32>(mean + deviation * quantile);
    let low: f32 = -Infinity;
    let high: f32 = Infinity;
    let aboveLow = n;
    let aboveHigh = 0;
    let round = 0;
    for (; round < MAX_ROUNDS; round++) {
      const count = countAbove(keys, end, guess);
      if (count == k) break;
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
    if (round == MAX_ROUNDS) {
      store<f64>(out, NaN);
      undone++;
      continue;
    }
    const threshold = f32x4.splat(guess);
    let to = out;
    for (at = keys; at < keys + (n << 2); at += 16, to += 32) {
      storeStates(f32x4.gt(v128.load(at), threshold), to);
    }
  }
  return undone;
}
