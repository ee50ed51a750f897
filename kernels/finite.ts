/** Whether x · scale is finite for `length` doubles; up to three more are overwritten. */
export function allFinite(x: usize, length: i32, scale: f64): bool {
  const end = x + (length << 3);
  const scales = f64x2.splat(scale);
  v128.store(end, i32x4.splat(0));
  store<f64>(end, 0, 16);
  // x − x is 0 for finite x, else NaN, which stays.
  let a = f64x2.splat(0);
  let b = a;
  for (; x < end; x += 32) {
    const low = f64x2.mul(v128.load(x), scales);
    const high = f64x2.mul(v128.load(x, 16), scales);
    a = f64x2.add(a, f64x2.sub(low, low));
    b = f64x2.add(b, f64x2.sub(high, high));
  }
  a = f64x2.add(a, b);
  return f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1) == 0;
}
