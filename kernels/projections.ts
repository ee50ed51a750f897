/**
 * Projections of rows onto {0 ≤ x ≤ 1, Σx = k}, and their Jacobian products: the same numbers as src/algorithms/convex makes and
 * src/boundary/capped-simplex-relaxation.ts multiplies, which explain them. Two lanes are two elements. Arrays have room for
 * three numbers more than a row has.
 */
import { expPair } from "./exp";
import { kthLargest } from "./kth-largest";
import { sumOf } from "./pairs";

/** y = (u − k-th largest u) · factor, and −∞ three times. */
function centre(u: usize, n: i32, k: i32, factor: f64, quantile: f64, spacing: f64, y: usize, scratch: usize): void {
  const size = <usize>n << 3;
  const end = y + size;
  memory.copy(y, u, size);
  const none = f64x2.splat(-Infinity);
  v128.store(end, none);
  v128.store(end, none, 8);
  const pivot = f64x2.splat(kthLargest(y, n, k, quantile, spacing, scratch));
  const scale = f64x2.splat(factor);
  do {
    v128.store(y, f64x2.mul(f64x2.sub(v128.load(y), pivot), scale));
    y += 16;
  } while (y < end);
}

/** diag(d) − d dᵀ / Σd times v and `factor`; d is 0 and v is finite after an odd one out. */
function multiply(d: usize, v: usize, n: i32, factor: f64, out: usize): void {
  const end = d + (<usize>n << 3);
  const zero = f64x2.splat(0);
  let total = zero;
  let weighted = zero;
  let at = d;
  let from = v;
  do {
    const slope = v128.load(at);
    total = f64x2.add(total, slope);
    weighted = f64x2.add(weighted, f64x2.mul(slope, v128.load(from)));
    at += 16, from += 16;
  } while (at < end);
  const sum = sumOf(total);
  const mean = f64x2.splat(sum > 0 ? sumOf(weighted) / sum : 0);
  const scale = f64x2.splat(factor);
  do {
    const slope = v128.load(d);
    const product = f64x2.mul(f64x2.mul(slope, f64x2.sub(v128.load(v), mean)), scale);
    v128.store(out, v128.and(product, f64x2.gt(slope, zero)));
    d += 16, v += 16, out += 16;
  } while (d < end);
}

/** One row of y: x, or the slopes. */
function euclideanRow(y: usize, n: i32, k: i32, slopes: bool, near: usize, out: usize): void {
  const end = y + (<usize>n << 3);
  let last = near;
  let left = k;
  let at = y;
  do {
    const value = load<f64>(at);
    store<f64>(last, value);
    last += <usize>(<i32>(value > -1) & <i32>(value < 1)) << 3;
    left -= <i32>(value >= 1);
    at += 8;
  } while (at < end);
  store<f64>(last, -2);
  const zero = f64x2.splat(0);
  const one = f64x2.splat(1);
  let low: f64 = -1;
  let high: f64 = 0;
  let threshold: f64 = -0.5;
  for (let step = 0; ; step++) {
    const shift = f64x2.splat(threshold);
    let sum = zero;
    let count = i64x2.splat(0);
    at = near;
    // The k-th largest is always near.
    do {
      const value = f64x2.sub(v128.load(at), shift);
      const free = v128.and(f64x2.gt(value, zero), f64x2.lt(value, one));
      const clipped = v128.bitselect(value, v128.and(one, f64x2.ge(value, one)), free);
      sum = f64x2.add(sum, clipped);
      count = i64x2.sub(count, free);
      at += 16;
    } while (at < last);
    const excess = sumOf(sum) - <f64>left;
    if (excess == 0) break;
    if (excess > 0) low = threshold;
    else high = threshold;
    let next = threshold + excess / <f64>(i64x2.extract_lane(count, 0) + i64x2.extract_lane(count, 1));
    if (abs(next - threshold) <= 2.220446049250313e-16) {
      threshold = next;
      break;
    }
    if (!(next >= low && next <= high) || (step >= 8 && step & 1)) {
      next = (low + high) / 2;
      if (next == low || next == high) break;
    }
    threshold = next;
  }
  const shift = f64x2.splat(threshold);
  do {
    const value = f64x2.sub(v128.load(y), shift);
    const positive = f64x2.gt(value, zero);
    const below = f64x2.lt(value, one);
    const clipped = v128.bitselect(value, one, below);
    v128.store(out, slopes ? v128.and(one, v128.and(positive, below)) : v128.and(clipped, positive));
    y += 16, out += 16;
  } while (y < end);
}

/** One row of y: x, or the slopes. */
function categoricalRow(y: usize, n: i32, k: i32, slopes: bool, above: usize, out: usize): void {
  const size = <usize>n << 3;
  const end = y + size;
  const one = f64x2.splat(1);
  const zero = f64x2.splat(0);
  let sums = zero;
  let last = above;
  let weights = out;
  do {
    const value = v128.load(y);
    const e = expPair(f64x2.neg(f64x2.abs(value)));
    const positive = f64x2.gt(value, zero);
    const weight = v128.bitselect(f64x2.div(one, e), e, positive);
    v128.store(weights, weight);
    sums = f64x2.add(sums, v128.andnot(e, positive));
    const lanes = i64x2.bitmask(positive);
    v128.store64_lane(last, weight, 0);
    last += <usize>(lanes & 1) << 3;
    v128.store64_lane(last, weight, 1);
    last += <usize>(lanes >> 1) << 3;
    y += 16, weights += 16;
  } while (y < end);
  const mass = sumOf(sums);
  let scale = <f64>(k - ((last - above) >> 3)) / mass;
  for (let capped = -1; ; ) {
    let most = 0;
    let sum: f64 = 0;
    for (let at = above; at < last; at += 8) {
      const weight = load<f64>(at);
      if (weight * scale > 1) most++;
      else sum += weight;
    }
    if (most <= capped) break;
    capped = most;
    scale = <f64>(k - capped) / (mass + sum);
  }
  const scales = f64x2.splat(scale);
  const atCap = slopes ? zero : one;
  const last2 = out + size;
  do {
    const share = f64x2.mul(v128.load(out), scales);
    v128.store(out, v128.bitselect(atCap, share, f64x2.gt(share, one)));
    out += 16;
  } while (out < last2);
}

/** Σ o / (1 + o) and Σ o / (1 + o)² for o = scale · factor; at `end`, beyond the last factor, stands a 0. */
function sumShares(factors: usize, end: usize, scale: v128): v128 {
  const one = f64x2.splat(1);
  let sum = f64x2.splat(0);
  let slopes = sum;
  while (factors < end) {
    const odds = f64x2.mul(v128.load(factors), scale);
    const other = f64x2.div(one, f64x2.add(one, odds));
    const share = f64x2.mul(odds, other);
    sum = f64x2.add(sum, share);
    slopes = f64x2.add(slopes, f64x2.mul(share, other));
    factors += 16;
  }
  return f64x2.add(v128.shuffle<f64>(sum, slopes, 0, 2), v128.shuffle<f64>(sum, slopes, 1, 3));
}

/** One row of y: x, or the slopes. */
function binaryRow(
  y: usize,
  n: i32,
  k: i32,
  logLow: f64,
  logHigh: f64,
  slopes: bool,
  below: usize,
  above: usize,
  out: usize,
): void {
  const size = <usize>n << 3;
  const end = y + size;
  const zero = f64x2.splat(0);
  const one = f64x2.splat(1);
  const none = f64x2.splat(-Infinity);
  let largest = none;
  let equal = i64x2.splat(0);
  let greater = equal;
  let at = y;
  do {
    const value = v128.load(at);
    largest = f64x2.pmax(largest, v128.bitselect(value, none, f64x2.lt(value, zero)));
    equal = i64x2.sub(equal, f64x2.eq(value, zero));
    greater = i64x2.sub(greater, f64x2.gt(value, zero));
    at += 16;
  } while (at < end);
  const ties = <i32>(i64x2.extract_lane(equal, 0) + i64x2.extract_lane(equal, 1));
  const room = k - <i32>(i64x2.extract_lane(greater, 0) + i64x2.extract_lane(greater, 1));
  const next = ties > room ? 0 : max(f64x2.extract_lane(largest, 0), f64x2.extract_lane(largest, 1));
  if (next < -600) {
    do {
      const hard = v128.and(one, f64x2.ge(v128.load(y), zero));
      v128.store(out, slopes ? zero : hard);
      y += 16, out += 16;
    } while (y < end);
    return;
  }
  const middle = next / 2;
  const centre = f64x2.splat(middle);
  let lastBelow = below;
  let lastAbove = above;
  let to = out;
  at = y;
  do {
    const value = v128.load(at);
    const negative = f64x2.lt(value, zero);
    const distance = f64x2.sub(value, centre);
    const factor = expPair(v128.bitselect(distance, f64x2.sub(centre, value), negative));
    v128.store(to, factor);
    const lanesBelow = i64x2.bitmask(negative);
    const lanesAbove = i64x2.bitmask(f64x2.gt(value, zero));
    v128.store64_lane(lastBelow, factor, 0);
    v128.store64_lane(lastAbove, factor, 0);
    lastBelow += <usize>(lanesBelow & 1) << 3;
    lastAbove += <usize>(lanesAbove & 1) << 3;
    v128.store64_lane(lastBelow, factor, 1);
    v128.store64_lane(lastAbove, factor, 1);
    lastBelow += <usize>(lanesBelow >> 1) << 3;
    lastAbove += <usize>(lanesAbove >> 1) << 3;
    at += 16, to += 16;
  } while (at < end);
  // What stands after an odd one out.
  if (n & 1) lastBelow -= 8;
  const own = f64x2.extract_lane(expPair(centre), 0);
  for (let i = 0; i < ties; i++) {
    if (i < room) {
      store<f64>(lastAbove, own);
      lastAbove += 8;
    } else {
      store<f64>(lastBelow, own);
      lastBelow += 8;
    }
  }
  store<f64>(lastBelow, 0);
  store<f64>(lastAbove, 0);
  let low = middle - logLow;
  let high = -middle + logHigh;
  let threshold: f64 = 0;
  let scales = one;
  for (let step = 0; step < 100; step++) {
    const has = sumShares(below, lastBelow, v128.shuffle<f64>(scales, scales, 0, 0));
    const lacks = sumShares(above, lastAbove, v128.shuffle<f64>(scales, scales, 1, 1));
    const h = f64x2.extract_lane(has, 0);
    const l = f64x2.extract_lane(lacks, 0);
    const root = sqrt(sqrt(h / l));
    const value = (8 * (root - 1)) / (root + 1);
    if (value >= 0) low = threshold;
    if (value <= 0) high = threshold;
    const previous = threshold;
    threshold += value / (f64x2.extract_lane(has, 1) / h + f64x2.extract_lane(lacks, 1) / l);
    if (!(threshold >= low && threshold <= high)) threshold = (low + high) / 2;
    scales = expPair(f64x2(-threshold, threshold));
    if (abs(threshold - previous) <= 1e-8) break;
  }
  const down = v128.shuffle<f64>(scales, scales, 0, 0);
  const up = v128.shuffle<f64>(scales, scales, 1, 1);
  do {
    const negative = f64x2.lt(v128.load(y), zero);
    const odds = f64x2.mul(v128.load(out), v128.bitselect(down, up, negative));
    const other = f64x2.div(one, f64x2.add(one, odds));
    const share = f64x2.mul(odds, other);
    v128.store(out, slopes ? f64x2.mul(share, other) : v128.bitselect(share, other, negative));
    y += 16, out += 16;
  } while (y < end);
}

/**
 * Rows of n ≥ 2 doubles u, with 1 ≤ k < n: x, or products with the rows at v where there is an address. `kind` is 0 for
 * the Euclidean projection, 1 for the categorical entropy's, 2 for the binary one's. `scratch` holds 4 (n + 4) doubles.
 */
export function project(
  kind: i32,
  u: usize,
  v: usize,
  rows: i32,
  n: i32,
  k: i32,
  factor: f64,
  quantile: f64,
  spacing: f64,
  logLow: f64,
  logHigh: f64,
  scratch: usize,
  out: usize,
): void {
  const size = <usize>n << 3;
  const room = size + 32;
  const first = scratch + room;
  const second = first + room;
  const slopes = second + room;
  for (let row = 0; row < rows; row++) {
    centre(u, n, k, factor, quantile, spacing, scratch, first);
    const to = v ? slopes : out;
    const isProduct = v != 0;
    if (kind == 0) euclideanRow(scratch, n, k, isProduct, first, to);
    else if (kind == 1) categoricalRow(scratch, n, k, isProduct, first, to);
    else binaryRow(scratch, n, k, logLow, logHigh, isProduct, first, second, to);
    if (v) {
      if (n & 1) store<f64>(slopes + size, 0);
      multiply(slopes, v, n, factor, out);
      v += size;
    }
    u += size;
    out += size;
  }
}
