import { two } from "./pairs";

function allFiniteOf<T>(x: usize, length: i32, scale: f64): bool {
  const half = 2 * sizeof<T>();
  const end = x + length * sizeof<T>();
  const scales = f64x2.splat(scale);
  v128.store(end, i32x4.splat(0));
  if (sizeof<T>() == 8) store<f64>(end, 0, 16);
  // x − x is 0 for finite x, else NaN, which stays.
  let a = f64x2.splat(0);
  let b = a;
  do {
    const low = f64x2.mul(two<T>(x), scales);
    const high = f64x2.mul(two<T>(x + half), scales);
    a = f64x2.add(a, f64x2.sub(low, low));
    b = f64x2.add(b, f64x2.sub(high, high));
    x += 2 * half;
  } while (x < end);
  a = f64x2.add(a, b);
  return f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1) == 0;
}

/** Whether x · scale is finite for `length` ≥ 1 singles or doubles; up to three more are overwritten. */
export function allFinite(single: bool, x: usize, length: i32, scale: f64): bool {
  return single ? allFiniteOf<f32>(x, length, scale) : allFiniteOf<f64>(x, length, scale);
}
