/**
 * Undirected trees by star–mesh elimination, two rows in the two lanes: the same sums in the same order as
 * src/algorithms/trees/matrix-tree-symmetric.ts, which explains them. Matrices hold pairs of doubles, [larger vertex · n +
 * smaller vertex]; those of tangents lie `toD` bytes behind.
 */
import { addTo, ml, plus, zeros } from "./pairs";
import { divideTangent, isSafe, pivot, quotientTangent, sumTangent } from "./pivots";

/** Eliminates; returns the lanes, as masks, whose pivots are safe. */
export function starMesh(n: i32, c: usize, pivots: usize): v128 {
  const stride = <usize>n << 4;
  let safe = isSafe(f64x2.splat(1));
  let k = n - 1;
  for (; k >= 2; k -= 2) {
    const one = c + <usize>k * stride;
    const two = one - stride;
    const width = <usize>(k - 1) << 4;
    const s = pivot(one, 0, width + 16, pivots + width + 16);
    safe = v128.and(safe, isSafe(s));
    const f = ml(v128.load(one + width), s);
    let i: usize = 0;
    do addTo(two + i, ml(f, v128.load(one + i)));
    while ((i += 16) < width);
    const t = pivot(two, 0, width, pivots + width);
    safe = v128.and(safe, isSafe(t));
    for (let j: usize = 16, to = c + stride; j < width; j += 16, to += stride) {
      const a = ml(v128.load(one + j), s);
      const b = ml(v128.load(two + j), t);
      i = 0;
      do addTo(to + i, plus(ml(a, v128.load(one + i)), ml(b, v128.load(two + i))));
      while ((i += 16) < j);
    }
  }
  if (k == 1) safe = v128.and(safe, isSafe(pivot(c + stride, 0, 16, pivots + 16)));
  return safe;
}

/** Slopes r from what `starMesh` left; returns the largest. */
export function resistances(n: i32, c: usize, pivots: usize, r: usize): v128 {
  const stride = <usize>n << 4;
  const zero = f64x2.splat(0);
  const half = f64x2.splat(0.5);
  let largest = zero;
  for (let k = 1; k < n; k++) {
    const p = c + <usize>k * stride;
    const t = r + <usize>k * stride;
    const width = <usize>k << 4;
    zeros(t, width);
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
      let i: usize = 0;
      if (j > 0) do {
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
      } while ((i += 16) < j);
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
      let i: usize = 0;
      if (j > 0) do {
        const x = v128.load(to + i);
        sum = plus(sum, ml(x, v128.load(p + i)));
        addTo(t + i, ml(x, pj));
      } while ((i += 16) < j);
      v128.store(t + j, sum);
    }
    let sum = zero;
    let i: usize = 0;
    do sum = plus(sum, ml(v128.load(p + i), v128.load(t + i)));
    while ((i += 16) < width);
    const inverse = f64x2.div(f64x2.splat(1), v128.load(pivots + width));
    const shift = f64x2.sub(inverse, ml(half, sum));
    i = 0;
    do {
      const x = plus(shift, v128.load(t + i));
      v128.store(t + i, x);
      largest = f64x2.pmax(largest, x);
    } while ((i += 16) < width);
  }
  return largest;
}

/** `starMesh`, one vertex at a time, with tangents `toD` bytes on. */
export function starMeshTangent(n: i32, c: usize, toD: usize, pivots: usize, pivotTangents: usize): v128 {
  const stride = <usize>n << 4;
  const zero = f64x2.splat(0);
  let safe = isSafe(f64x2.splat(1));
  for (let k = n - 1; k >= 1; k--) {
    const row = c + <usize>k * stride;
    const width = <usize>k << 4;
    const s = sumTangent(row, 0, width, toD, pivots + width, pivotTangents + width);
    safe = v128.and(safe, isSafe(s));
    const ds = v128.load(pivotTangents + width);
    const inverse = f64x2.div(f64x2.splat(1), s);
    for (let j: usize = 16, to = c + stride; j < width; j += 16, to += stride) {
      const f = v128.load(row + j);
      // A lane without this edge stays as it is.
      const joined = f64x2.ne(f, zero);
      if (!v128.any_true(joined)) continue;
      const p = ml(f, inverse);
      const dp = quotientTangent(p, v128.load(row + j + toD), ds, inverse);
      let i: usize = 0;
      do {
        const ci = v128.load(row + i);
        addTo(to + i, ml(p, ci));
        const dc = v128.load(to + i + toD);
        const moved = plus(dc, plus(ml(dp, ci), ml(p, v128.load(row + i + toD))));
        v128.store(to + i + toD, v128.bitselect(moved, dc, joined));
      } while ((i += 16) < j);
    }
    divideTangent(row, width, toD, inverse, pivotTangents + width);
  }
  return safe;
}

/** `resistances`, a row at a time, with tangents `toD` bytes on; returns the largest of both. */
export function resistancesTangent(n: i32, c: usize, r: usize, toD: usize, pivots: usize, pivotTangents: usize): v128 {
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
      let i: usize = 0;
      do {
        const x = v128.load(to + i);
        const dx = v128.load(to + i + toD);
        const q = v128.load(p + i);
        sum = plus(sum, ml(x, q));
        dSum = plus(dSum, plus(ml(dx, q), ml(x, v128.load(p + i + toD))));
        addTo(t + i, ml(x, pj));
        addTo(t + i + toD, plus(ml(dx, pj), ml(x, dpj)));
      } while ((i += 16) < j);
      v128.store(t + j, sum);
      v128.store(t + j + toD, dSum);
    }
    let sum = zero;
    let dSum = zero;
    let i: usize = 0;
    do {
      const q = v128.load(p + i);
      const x = v128.load(t + i);
      sum = plus(sum, ml(q, x));
      dSum = plus(dSum, plus(ml(v128.load(p + i + toD), x), ml(q, v128.load(t + i + toD))));
    } while ((i += 16) < width);
    const inverse = f64x2.div(f64x2.splat(1), v128.load(pivots + width));
    const shift = f64x2.sub(inverse, ml(half, sum));
    const dPivot = ml(inverse, v128.load(pivotTangents + width));
    const dShift = f64x2.sub(ml(f64x2.neg(inverse), dPivot), ml(half, dSum));
    i = 0;
    do {
      const x = plus(shift, v128.load(t + i));
      const dx = plus(dShift, v128.load(t + i + toD));
      v128.store(t + i, x);
      v128.store(t + i + toD, dx);
      largest = f64x2.max(largest, f64x2.max(x, f64x2.abs(dx)));
    } while ((i += 16) < width);
  }
  return largest;
}
