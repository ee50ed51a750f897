/** The k-th largest of a row of doubles. */

/** Rounds of counting how many lie above a guess; quickselect finds the number among those that are left. */
const MAX_ROUNDS: i32 = 6;
/** So few are not worth another round. */
const FEW: i32 = 8;

/** How many numbers up to `end`, a multiple of 4 of them, are greater than a guess. */
@inline function countAbove(x: usize, end: usize, guess: f64): i32 {
  const least = f64x2.splat(guess);
  let a = i64x2.splat(0);
  let b = a;
  do {
    a = i64x2.add(a, f64x2.gt(v128.load(x), least));
    b = i64x2.add(b, f64x2.gt(v128.load(x, 16), least));
    x += 32;
  } while (x < end);
  a = i64x2.add(a, b);
  return -<i32>(i64x2.extract_lane(a, 0) + i64x2.extract_lane(a, 1));
}

/** Hoare's quickselect: the number of rank k, from 0 on, of those from `low` to `high`, both included. */
function quickselect(low: usize, high: usize, k: i32): f64 {
  const rank = low + (<usize>k << 3);
  while (low < high) {
    const pivot = load<f64>(low + (((high - low) >> 4) << 3));
    let i = low;
    let j = high;
    do {
      while (load<f64>(i) > pivot) i += 8;
      while (load<f64>(j) < pivot) j -= 8;
      if (i > j) break;
      const swap = load<f64>(i);
      store<f64>(i, load<f64>(j));
      store<f64>(j, swap);
      i += 8;
      j -= 8;
    } while (i <= j);
    if (rank <= j) high = j;
    else if (rank >= i) low = i;
    else break;
  }
  return load<f64>(rank);
}

/**
 * The k-th largest of n numbers, 1 ≤ k ≤ n, behind which stand three times −∞. Guesses are those of
 * src/algorithms/subsets/select.ts. `scratch` holds n doubles.
 */
export function kthLargest(x: usize, n: i32, k: i32, quantile: f64, spacing: f64, scratch: usize): f64 {
  const first = load<f64>(x);
  const origin = f64x2.splat(first);
  const last = x + (<usize>n << 3);
  const pairs = x + (<usize>(n & ~1) << 3);
  let low: f64 = -Infinity;
  let high: f64 = Infinity;
  let aboveLow = n;
  let aboveHigh = 0;
  if (n > FEW) {
    let sum = f64x2.splat(0);
    let squares = sum;
    let at = x;
    // A number that is left out changes guesses alone.
    do {
      const d = f64x2.sub(v128.load(at), origin);
      sum = f64x2.add(sum, d);
      squares = f64x2.add(squares, f64x2.mul(d, d));
      at += 16;
    } while (at < pairs);
    const mean = (f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1)) / n;
    const square = (f64x2.extract_lane(squares, 0) + f64x2.extract_lane(squares, 1)) / n;
    const deviation = sqrt(max(square - mean * mean, 0));
    const gap = deviation * spacing;
    let guess = first + mean + deviation * quantile;
    // Squares may overflow: then there is no guess.
    for (let round = 0; round < MAX_ROUNDS && guess - guess == 0; round++) {
      const above = countAbove(x, last, guess);
      if (above >= k) {
        low = guess;
        aboveLow = above;
      } else {
        high = guess;
        aboveHigh = above;
      }
      if (above == k || aboveLow - aboveHigh <= FEW) break;
      if (low == -Infinity || high == Infinity) guess += <f64>(above - k) * gap;
      else guess = low + ((high - low) * <f64>(aboveLow - k)) / <f64>(aboveLow - aboveHigh);
    }
    if (aboveLow == k) {
      const least = f64x2.splat(low);
      const none = f64x2.splat(Infinity);
      let smallest = none;
      at = x;
      do {
        const y = v128.load(at);
        smallest = f64x2.pmin(smallest, v128.bitselect(y, none, f64x2.gt(y, least)));
        at += 16;
      } while (at < last);
      return min(f64x2.extract_lane(smallest, 0), f64x2.extract_lane(smallest, 1));
    }
  }
  let found = scratch;
  do {
    const y = load<f64>(x);
    store<f64>(found, y);
    found += <usize>(<i32>(y > low) & <i32>(y <= high)) << 3;
    x += 8;
  } while (x < last);
  return quickselect(scratch, found - 8, k - aboveHigh - 1);
}
