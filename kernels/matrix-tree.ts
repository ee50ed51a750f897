/**
 * Directed trees by elimination, two rows in the two lanes: the same sums in the same order as
 * src/algorithms/trees/matrix-tree.ts, which explains them. Matrices hold pairs of doubles, [child · n + parent]; those of
 * tangents lie `toD` bytes behind.
 */
import { addTo, ml, plus, zeros } from "./pairs";
import { divideTangent, isSafe, pivot, sumTangent } from "./pivots";

/** The root's arc is unsafe where it is not part of S_k and this many times as large. */
const LARGEST: f64 = 1e250;

/** Where the parents begin whose arcs make up S_k, in bytes. */
@inline function firstOf(k: i32, single: bool): usize {
  return single && k > 1 ? 16 : 0;
}

/** Row k becomes p, and S_k goes to `at`; returns the lanes, as masks, where they are safe. */
@inline function step(row: usize, k: i32, single: bool, at: usize): v128 {
  const safe = isSafe(pivot(row, firstOf(k, single), <usize>k << 4, at));
  return single ? v128.and(safe, f64x2.lt(v128.load(row), f64x2.splat(LARGEST))) : safe;
}

/** Eliminates; returns the lanes, as masks, whose pivots are safe. */
export function eliminate(n: i32, single: bool, w: usize, pivots: usize): v128 {
  const stride = <usize>n << 4;
  const zero = f64x2.splat(0);
  let safe = f64x2.eq(zero, zero);
  let k = n - 1;
  for (; k >= 2; k -= 2) {
    const one = w + <usize>k * stride;
    const two = one - stride;
    const width = <usize>(k - 1) << 4;
    safe = v128.and(safe, step(one, k, single, pivots + width + 16));
    const f = v128.load(two + width, 16);
    let i: usize = 0;
    do addTo(two + i, ml(f, v128.load(one + i)));
    while ((i += 16) < width);
    safe = v128.and(safe, step(two, k - 1, single, pivots + width));
    const between = v128.load(one + width);
    for (let j: usize = 16, to = w + stride; j < width; j += 16, to += stride) {
      const a = v128.load(to + width, 16);
      const b = plus(v128.load(to + width), ml(a, between));
      v128.store(to + width, b);
      // A lane without these arcs adds zeros.
      if (!v128.any_true(f64x2.ne(plus(a, b), zero))) continue;
      i = 0;
      do addTo(to + i, plus(ml(a, v128.load(one + i)), ml(b, v128.load(two + i))));
      while ((i += 16) < width);
    }
  }
  return k == 1 ? v128.and(safe, step(w + stride, 1, single, pivots + 16)) : safe;
}

/** Slopes g from what `eliminate` left; returns the largest. */
export function gradient(n: i32, single: bool, w: usize, pivots: usize, g: usize): v128 {
  const stride = <usize>n << 4;
  const zero = f64x2.splat(0);
  const one = f64x2.splat(1);
  let largest = zero;
  for (let k = 1; k < n; k++) {
    const p = w + <usize>k * stride;
    const t = g + <usize>k * stride;
    const width = <usize>k << 4;
    let centre = one;
    zeros(t, width + 16);
    let j = 1;
    let arcs = w + stride + width;
    let to = g + stride;
    for (; j + 4 <= k; j += 4, arcs += 4 * stride, to += 4 * stride) {
      const to1 = to + stride;
      const to2 = to1 + stride;
      const to3 = to2 + stride;
      const f0 = v128.load(arcs);
      const f1 = v128.load(arcs + stride);
      const f2 = v128.load(arcs + 2 * stride);
      const f3 = v128.load(arcs + 3 * stride);
      let mean0 = zero;
      let mean1 = zero;
      let mean2 = zero;
      let mean3 = zero;
      let i: usize = 0;
      do {
        const x0 = v128.load(to + i);
        const x1 = v128.load(to1 + i);
        const x2 = v128.load(to2 + i);
        const x3 = v128.load(to3 + i);
        const q = v128.load(p + i);
        mean0 = plus(mean0, ml(q, x0));
        mean1 = plus(mean1, ml(q, x1));
        mean2 = plus(mean2, ml(q, x2));
        mean3 = plus(mean3, ml(q, x3));
        addTo(t + i, plus(plus(ml(f0, x0), ml(f1, x1)), plus(ml(f2, x2), ml(f3, x3))));
      } while ((i += 16) < width);
      v128.store(to + width, mean0);
      v128.store(to1 + width, mean1);
      v128.store(to2 + width, mean2);
      v128.store(to3 + width, mean3);
      const sum = plus(plus(ml(f0, mean0), ml(f1, mean1)), plus(ml(f2, mean2), ml(f3, mean3)));
      centre = f64x2.sub(centre, sum);
      largest = f64x2.max(f64x2.max(largest, mean0), f64x2.max(mean1, f64x2.max(mean2, mean3)));
    }
    for (; j < k; j++, arcs += stride, to += stride) {
      const f = v128.load(arcs);
      let mean = zero;
      let i: usize = 0;
      do {
        const x = v128.load(to + i);
        mean = plus(mean, ml(v128.load(p + i), x));
        addTo(t + i, ml(f, x));
      } while ((i += 16) < width);
      v128.store(to + width, mean);
      centre = f64x2.sub(centre, ml(f, mean));
      largest = f64x2.max(largest, mean);
    }
    const inverse = f64x2.div(one, v128.load(pivots + width));
    let i = firstOf(k, single);
    if (i > 0) v128.store(t, ml(v128.load(t), inverse));
    do {
      const x = ml(plus(centre, v128.load(t + i)), inverse);
      v128.store(t + i, x);
      largest = f64x2.max(largest, x);
    } while ((i += 16) < width);
  }
  return largest;
}

/** `eliminate`, one vertex at a time, with tangents `toD` bytes on. */
export function eliminateTangent(
  n: i32,
  single: bool,
  w: usize,
  toD: usize,
  pivots: usize,
  pivotTangents: usize,
): v128 {
  const stride = <usize>n << 4;
  const zero = f64x2.splat(0);
  let safe = f64x2.eq(zero, zero);
  for (let k = n - 1; k >= 1; k--) {
    const row = w + <usize>k * stride;
    const width = <usize>k << 4;
    const s = sumTangent(row, firstOf(k, single), width, toD, pivots + width, pivotTangents + width);
    safe = v128.and(safe, isSafe(s));
    divideTangent(row, width, toD, f64x2.div(f64x2.splat(1), s), pivotTangents + width);
    for (let j: usize = 16, to = w + stride; j < width; j += 16, to += stride) {
      const f = v128.load(to + width);
      // A lane without this arc stays as it is.
      const joined = f64x2.ne(f, zero);
      if (!v128.any_true(joined)) continue;
      const df = v128.load(to + width + toD);
      let i: usize = 0;
      do {
        const p = v128.load(row + i);
        const x = v128.load(to + i);
        const dx = v128.load(to + i + toD);
        const moved = plus(dx, plus(ml(df, p), ml(f, v128.load(row + i + toD))));
        v128.store(to + i, v128.bitselect(plus(x, ml(f, p)), x, joined));
        v128.store(to + i + toD, v128.bitselect(moved, dx, joined));
      } while ((i += 16) < width);
    }
  }
  return safe;
}

/** `gradient`, a row at a time, with tangents `toD` bytes on; returns the largest of both. */
export function gradientTangent(
  n: i32,
  single: bool,
  w: usize,
  g: usize,
  toD: usize,
  pivots: usize,
  pivotTangents: usize,
): v128 {
  const stride = <usize>n << 4;
  const zero = f64x2.splat(0);
  const one = f64x2.splat(1);
  let largest = zero;
  for (let k = 1; k < n; k++) {
    const p = w + <usize>k * stride;
    const t = g + <usize>k * stride;
    const width = <usize>k << 4;
    let centre = one;
    let dCentre = zero;
    zeros(t, width + 16);
    zeros(t + toD, width + 16);
    let arc = w + stride + width;
    for (let j: usize = 16, to = g + stride; j < width; j += 16, to += stride, arc += stride) {
      const f = v128.load(arc);
      const df = v128.load(arc + toD);
      let mean = zero;
      let dMean = zero;
      let i: usize = 0;
      do {
        const x = v128.load(to + i);
        const dx = v128.load(to + i + toD);
        const q = v128.load(p + i);
        mean = plus(mean, ml(q, x));
        dMean = plus(dMean, plus(ml(v128.load(p + i + toD), x), ml(q, dx)));
        addTo(t + i, ml(f, x));
        addTo(t + i + toD, plus(ml(df, x), ml(f, dx)));
      } while ((i += 16) < width);
      v128.store(to + width, mean);
      v128.store(to + width + toD, dMean);
      centre = f64x2.sub(centre, ml(f, mean));
      dCentre = f64x2.sub(dCentre, plus(ml(df, mean), ml(f, dMean)));
    }
    const inverse = f64x2.div(one, v128.load(pivots + width));
    const relative = ml(v128.load(pivotTangents + width), inverse);
    let i = firstOf(k, single);
    if (i > 0) {
      const x = ml(v128.load(t), inverse);
      v128.store(t + toD, f64x2.sub(ml(v128.load(t + toD), inverse), ml(x, relative)));
      v128.store(t, x);
    }
    do {
      const x = ml(plus(centre, v128.load(t + i)), inverse);
      const dx = f64x2.sub(ml(plus(dCentre, v128.load(t + i + toD)), inverse), ml(x, relative));
      v128.store(t + i, x);
      v128.store(t + i + toD, dx);
      largest = f64x2.max(largest, f64x2.max(x, f64x2.abs(dx)));
    } while ((i += 16) < width);
  }
  return largest;
}
