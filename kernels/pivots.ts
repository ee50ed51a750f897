/**
 * What eliminating a vertex does to its own row, two rows of θ in the two lanes: S, its sum over the vertices that are left, and p, the
 * row divided by S. A row ends `width` bytes behind its begin; those of tangents lie `toD` bytes behind.
 */
import { ml, plus } from "./pairs";

/** A pivot below this has an unsafe inverse. */
const SMALLEST: f64 = 1e-290;

@inline export function isSafe(s: v128): v128 {
  return f64x2.gt(s, f64x2.splat(SMALLEST));
}

/** The row, summed from `first` on, becomes p; S goes to `at` and is returned. */
@inline export function pivot(row: usize, first: usize, width: usize, at: usize): v128 {
  let s = f64x2.splat(0);
  const end = row + width;
  let i = row + first;
  do s = plus(s, v128.load(i));
  while ((i += 16) < end);
  const inverse = f64x2.div(f64x2.splat(1), s);
  i = row;
  do v128.store(i, ml(v128.load(i), inverse));
  while ((i += 16) < end);
  v128.store(at, s);
  return s;
}

/** S, which goes to `at` and is returned, and its tangent, which goes to `atD`. */
@inline export function sumTangent(
  row: usize,
  first: usize,
  width: usize,
  toD: usize,
  at: usize,
  atD: usize,
): v128 {
  let s = f64x2.splat(0);
  let ds = f64x2.splat(0);
  let i = first;
  do {
    s = plus(s, v128.load(row + i));
    ds = plus(ds, v128.load(row + i + toD));
  } while ((i += 16) < width);
  v128.store(at, s);
  v128.store(atD, ds);
  return s;
}

/** The row becomes p, its tangents those of p. */
@inline export function divideTangent(
  row: usize,
  width: usize,
  toD: usize,
  inverse: v128,
  atD: usize,
): void {
  const ds = v128.load(atD);
  let i: usize = 0;
  do {
    const p = ml(v128.load(row + i), inverse);
    v128.store(row + i, p);
    v128.store(row + i + toD, quotientTangent(p, v128.load(row + i + toD), ds, inverse));
  } while ((i += 16) < width);
}

/** Of p = c / S. */
@inline export function quotientTangent(p: v128, dc: v128, ds: v128, inverse: v128): v128 {
  return ml(f64x2.sub(dc, ml(p, ds)), inverse);
}
