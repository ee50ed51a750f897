/**
 * Marginals of spanning trees and their Jacobian products, two rows in the two lanes: the same sums in the same order as
 * src/algorithms/trees/matrix-tree-symmetric.ts, which explains them, and linear-trees.ts. Rows that doubles may not hold are
 * left to those. Matrices hold pairs of doubles, [larger vertex · n + smaller vertex]; `slots` says where in them each of
 * `size` edges is, −1 for one in no tree. Scratch holds the edges' weights, n pivots, and the matrices c and r; products
 * have n pivots' tangents and the matrices of c's and r's tangents besides.
 */
import { expNonPositive } from "./exp";
import { loadPair, storePair } from "./pairs";

/** A pivot below this has an unsafe inverse. */
const SMALLEST: f64 = 1e-290;
const SAFE_SLOPE: f64 = 1e250;

@inline function ml(a: v128, b: v128): v128 {
  return f64x2.mul(a, b);
}

@inline function plus(a: v128, b: v128): v128 {
  return f64x2.add(a, b);
}

@inline function addTo(at: usize, x: v128): void {
  v128.store(at, f64x2.add(v128.load(at), x));
}

/** Fills c with the weights e^(θ − its largest) of two rows. */
function load2(first: usize, second: usize, size: i32, n: i32, slots: usize, weights: usize, c: usize): void {
  memory.fill(c, 0, <usize>(n * n) << 4);
  let top = f64x2.splat(-Infinity);
  for (let e: usize = 0, end = <usize>size; e < end; e++) {
    if (load<i32>(slots + (e << 2)) >= 0) top = f64x2.pmax(top, loadPair(first + (e << 3), second + (e << 3)));
  }
  for (let e: usize = 0, end = <usize>size; e < end; e++) {
    const slot = load<i32>(slots + (e << 2));
    if (slot < 0) continue;
    const weight = expNonPositive(f64x2.sub(loadPair(first + (e << 3), second + (e << 3)), top));
    v128.store(weights + (e << 4), weight);
    addTo(c + (<usize>slot << 4), weight);
  }
}

/** S_k at `pivots`, where row k becomes p. */
@inline function pivot(row: usize, k: i32, at: usize): v128 {
  let s = f64x2.splat(0);
  const end = row + (<usize>k << 4);
  for (let i = row; i < end; i += 16) s = plus(s, v128.load(i));
  const inverse = f64x2.div(f64x2.splat(1), s);
  for (let i = row; i < end; i += 16) v128.store(i, ml(v128.load(i), inverse));
  v128.store(at, s);
  return s;
}

/** Eliminates; returns the lanes, as masks, whose pivots are safe. */
function eliminate(n: i32, c: usize, pivots: usize): v128 {
  const stride = <usize>n << 4;
  const least = f64x2.splat(SMALLEST);
  let safe = f64x2.gt(f64x2.splat(1), least);
  let k = n - 1;
  for (; k >= 2; k -= 2) {
    const one = c + <usize>k * stride;
    const two = one - stride;
    const s = pivot(one, k, pivots + (<usize>k << 4));
    safe = v128.and(safe, f64x2.gt(s, least));
    const width = <usize>(k - 1) << 4;
    const f = ml(v128.load(one + width), s);
    for (let i: usize = 0; i < width; i += 16) addTo(two + i, ml(f, v128.load(one + i)));
    const t = pivot(two, k - 1, pivots + width);
    safe = v128.and(safe, f64x2.gt(t, least));
    for (let j: usize = 16, to = c + stride; j < width; j += 16, to += stride) {
      const a = ml(v128.load(one + j), s);
      const b = ml(v128.load(two + j), t);
      for (let i: usize = 0; i < j; i += 16) {
        addTo(to + i, plus(ml(a, v128.load(one + i)), ml(b, v128.load(two + i))));
      }
    }
  }
  if (k == 1) safe = v128.and(safe, f64x2.gt(pivot(c + stride, 1, pivots + 16), least));
  return safe;
}

/** Slopes r from what `eliminate` left; returns the largest. */
function gradient(n: i32, c: usize, pivots: usize, r: usize): v128 {
  const stride = <usize>n << 4;
  const zero = f64x2.splat(0);
  const half = f64x2.splat(0.5);
  let largest = zero;
  for (let k = 1; k < n; k++) {
    const p = c + <usize>k * stride;
    const t = r + <usize>k * stride;
    const width = <usize>k << 4;
    memory.fill(t, 0, width);
    let j: usize = 0;
    for (; j + 64 <= width; j += 64) {
      const r0 = r + (j >> 4) * stride;
      const r1 = r0 + stride;
      const r2 = r1 + stride;
      const r3 = r2 + stride;
      const p0 = v128.load(p + j);
      const p1 = v128.load(p + j, 16);
      const p2 = v128.load(p + j, 32);
      const p3 = v128.load(p + j, 48);
      let t0 = zero;
      let t1 = zero;
      let t2 = zero;
      let t3 = zero;
      for (let i: usize = 0; i < j; i += 16) {
        const x0 = v128.load(r0 + i);
        const x1 = v128.load(r1 + i);
        const x2 = v128.load(r2 + i);
        const x3 = v128.load(r3 + i);
        const q = v128.load(p + i);
        t0 = plus(t0, ml(x0, q));
        t1 = plus(t1, ml(x1, q));
        t2 = plus(t2, ml(x2, q));
        t3 = plus(t3, ml(x3, q));
        addTo(t + i, plus(plus(ml(x0, p0), ml(x1, p1)), plus(ml(x2, p2), ml(x3, p3))));
      }
      const x10 = v128.load(r1 + j);
      const x20 = v128.load(r2 + j);
      const x21 = v128.load(r2 + j, 16);
      const x30 = v128.load(r3 + j);
      const x31 = v128.load(r3 + j, 16);
      const x32 = v128.load(r3 + j, 32);
      v128.store(t + j, plus(plus(plus(t0, ml(x10, p1)), ml(x20, p2)), ml(x30, p3)));
      v128.store(t + j, plus(plus(plus(t1, ml(x10, p0)), ml(x21, p2)), ml(x31, p3)), 16);
      v128.store(t + j, plus(plus(plus(t2, ml(x20, p0)), ml(x21, p1)), ml(x32, p3)), 32);
      v128.store(t + j, plus(plus(plus(t3, ml(x30, p0)), ml(x31, p1)), ml(x32, p2)), 48);
    }
    for (; j < width; j += 16) {
      const to = r + (j >> 4) * stride;
      const pj = v128.load(p + j);
      let sum = zero;
      for (let i: usize = 0; i < j; i += 16) {
        const x = v128.load(to + i);
        sum = plus(sum, ml(x, v128.load(p + i)));
        addTo(t + i, ml(x, pj));
      }
      v128.store(t + j, sum);
    }
    let sum = zero;
    for (let i: usize = 0; i < width; i += 16) sum = plus(sum, ml(v128.load(p + i), v128.load(t + i)));
    const inverse = f64x2.div(f64x2.splat(1), v128.load(pivots + width));
    const shift = f64x2.sub(inverse, ml(half, sum));
    for (let i: usize = 0; i < width; i += 16) {
      const x = plus(shift, v128.load(t + i));
      v128.store(t + i, x);
      largest = f64x2.pmax(largest, x);
    }
  }
  return largest;
}

/** `eliminate`, one vertex at a time, with tangents `toD` bytes on. */
function eliminateTangent(n: i32, c: usize, toD: usize, pivots: usize, pivotTangents: usize): v128 {
  const stride = <usize>n << 4;
  const zero = f64x2.splat(0);
  const least = f64x2.splat(SMALLEST);
  let safe = f64x2.gt(f64x2.splat(1), least);
  for (let k = n - 1; k >= 1; k--) {
    const row = c + <usize>k * stride;
    const width = <usize>k << 4;
    let s = zero;
    let ds = zero;
    for (let i: usize = 0; i < width; i += 16) {
      s = plus(s, v128.load(row + i));
      ds = plus(ds, v128.load(row + i + toD));
    }
    safe = v128.and(safe, f64x2.gt(s, least));
    v128.store(pivots + width, s);
    v128.store(pivotTangents + width, ds);
    const inverse = f64x2.div(f64x2.splat(1), s);
    for (let j: usize = 16, to = c + stride; j < width; j += 16, to += stride) {
      const f = v128.load(row + j);
      // A lane without this edge stays as it is.
      const joined = f64x2.ne(f, zero);
      if (!v128.any_true(joined)) continue;
      const p = ml(f, inverse);
      const dp = v128.and(ml(f64x2.sub(v128.load(row + j + toD), ml(p, ds)), inverse), joined);
      for (let i: usize = 0; i < j; i += 16) {
        const ci = v128.load(row + i);
        addTo(to + i, ml(p, ci));
        addTo(to + i + toD, plus(ml(dp, ci), ml(p, v128.load(row + i + toD))));
      }
    }
    for (let i: usize = 0; i < width; i += 16) {
      const p = ml(v128.load(row + i), inverse);
      v128.store(row + i, p);
      v128.store(row + i + toD, ml(f64x2.sub(v128.load(row + i + toD), ml(p, ds)), inverse));
    }
  }
  return safe;
}

/** `gradient`, a row at a time, with tangents `toD` bytes on; returns the largest of both. */
function gradientTangent(n: i32, c: usize, r: usize, toD: usize, pivots: usize, pivotTangents: usize): v128 {
  const stride = <usize>n << 4;
  const zero = f64x2.splat(0);
  const half = f64x2.splat(0.5);
  let largest = zero;
  for (let k = 1; k < n; k++) {
    const p = c + <usize>k * stride;
    const t = r + <usize>k * stride;
    const width = <usize>k << 4;
    v128.store(t, zero);
    v128.store(t + toD, zero);
    for (let j: usize = 16, to = r + stride; j < width; j += 16, to += stride) {
      const pj = v128.load(p + j);
      const dpj = v128.load(p + j + toD);
      let sum = zero;
      let dSum = zero;
      for (let i: usize = 0; i < j; i += 16) {
        const x = v128.load(to + i);
        const dx = v128.load(to + i + toD);
        const q = v128.load(p + i);
        sum = plus(sum, ml(x, q));
        dSum = plus(dSum, plus(ml(dx, q), ml(x, v128.load(p + i + toD))));
        addTo(t + i, ml(x, pj));
        addTo(t + i + toD, plus(ml(dx, pj), ml(x, dpj)));
      }
      v128.store(t + j, sum);
      v128.store(t + j + toD, dSum);
    }
    let sum = zero;
    let dSum = zero;
    for (let i: usize = 0; i < width; i += 16) {
      const q = v128.load(p + i);
      const x = v128.load(t + i);
      sum = plus(sum, ml(q, x));
      dSum = plus(dSum, plus(ml(v128.load(p + i + toD), x), ml(q, v128.load(t + i + toD))));
    }
    const inverse = f64x2.div(f64x2.splat(1), v128.load(pivots + width));
    const shift = f64x2.sub(inverse, ml(half, sum));
    const dPivot = ml(inverse, v128.load(pivotTangents + width));
    const dShift = f64x2.sub(ml(f64x2.neg(inverse), dPivot), ml(half, dSum));
    for (let i: usize = 0; i < width; i += 16) {
      const x = plus(shift, v128.load(t + i));
      const dx = plus(dShift, v128.load(t + i + toD));
      v128.store(t + i, x);
      v128.store(t + i + toD, dx);
      largest = f64x2.max(largest, f64x2.max(x, f64x2.abs(dx)));
    }
  }
  return largest;
}

/** The first number of rows that are not done becomes NaN. Returns how many those are. */
@inline function flag(safe: v128, first: usize, second: usize): i32 {
  const done = i64x2.bitmask(safe);
  let undone = 0;
  if (!(done & 1)) store<f64>(first, NaN), undone++;
  if (second != first && !(done & 2)) store<f64>(second, NaN), undone++;
  return undone;
}

/** Marginals of rows of `size` doubles. Returns how many are left undone; their first number is NaN. */
export function treeMarginals(
  theta: usize,
  rows: i32,
  size: i32,
  n: i32,
  slots: usize,
  scratch: usize,
  out: usize,
): i32 {
  const weights = scratch;
  const pivots = weights + (<usize>size << 4);
  const c = pivots + (<usize>n << 4);
  const r = c + (<usize>(n * n) << 4);
  const zero = f64x2.splat(0);
  const one = f64x2.splat(1);
  let undone = 0;
  for (let row = 0; row < rows; row += 2) {
    // A row without a second goes along with itself.
    const two = row + 1 < rows ? <usize>size << 3 : 0;
    load2(theta, theta + two, size, n, slots, weights, c);
    let safe = eliminate(n, c, pivots);
    safe = v128.and(safe, f64x2.lt(gradient(n, c, pivots, r), f64x2.splat(SAFE_SLOPE)));
    for (let e: usize = 0, end = <usize>size; e < end; e++) {
      const slot = load<i32>(slots + (e << 2));
      let p = zero;
      if (slot >= 0) {
        const w = v128.load(weights + (e << 4));
        p = v128.and(ml(w, v128.load(r + (<usize>slot << 4))), f64x2.ne(w, zero));
      }
      const to = out + (e << 3);
      storePair(to, to + two, f64x2.min(f64x2.max(p, zero), one));
    }
    undone += flag(safe, out, out + two);
    theta += (<usize>size << 3) + two;
    out += (<usize>size << 3) + two;
  }
  return undone;
}

/** Cov(z) v for rows of `size` doubles, as `treeMarginals`. */
export function treeJvp(
  theta: usize,
  v: usize,
  rows: i32,
  size: i32,
  n: i32,
  slots: usize,
  scratch: usize,
  out: usize,
): i32 {
  const weights = scratch;
  const pivots = weights + (<usize>size << 4);
  const pivotTangents = pivots + (<usize>n << 4);
  const c = pivotTangents + (<usize>n << 4);
  const matrix = <usize>(n * n) << 4;
  const r = c + matrix;
  const toD = 2 * matrix;
  const zero = f64x2.splat(0);
  let undone = 0;
  for (let row = 0; row < rows; row += 2) {
    const two = row + 1 < rows ? <usize>size << 3 : 0;
    load2(theta, theta + two, size, n, slots, weights, c);
    memory.fill(c + toD, 0, matrix);
    for (let e: usize = 0, end = <usize>size; e < end; e++) {
      const slot = load<i32>(slots + (e << 2));
      if (slot < 0) continue;
      const moved = ml(v128.load(weights + (e << 4)), loadPair(v + (e << 3), v + two + (e << 3)));
      addTo(c + toD + (<usize>slot << 4), moved);
    }
    let safe = eliminateTangent(n, c, toD, pivots, pivotTangents);
    const largest = gradientTangent(n, c, r, toD, pivots, pivotTangents);
    safe = v128.and(safe, f64x2.lt(largest, f64x2.splat(SAFE_SLOPE)));
    for (let e: usize = 0, end = <usize>size; e < end; e++) {
      const slot = load<i32>(slots + (e << 2));
      let change = zero;
      if (slot >= 0) {
        const w = v128.load(weights + (e << 4));
        const at = r + (<usize>slot << 4);
        const direction = loadPair(v + (e << 3), v + two + (e << 3));
        const slope = plus(ml(direction, v128.load(at)), v128.load(at + toD));
        change = v128.and(ml(w, slope), f64x2.ne(w, zero));
      }
      const to = out + (e << 3);
      storePair(to, to + two, change);
    }
    undone += flag(safe, out, out + two);
    theta += (<usize>size << 3) + two;
    v += (<usize>size << 3) + two;
    out += (<usize>size << 3) + two;
  }
  return undone;
}
