/** e^x as in src/core/log-exp.ts, two numbers side by side. */

/** Its table, which src/core/kernels.ts writes: 64 doubles. */
const TABLE: usize = 160 << 10;

/** A number added to this is rounded to an integer, which its lowest bits then are; above 6 bits, 1023 more. */
const ROUND: f64 = 6755399441055744 + 64 * 1023;

/** e^x of two x ≤ 709; most have x ≤ 0. */
@inline export function expPair(x: v128): v128 {
  const rounded = f64x2.add(f64x2.mul(x, f64x2.splat(64 / 0.6931471805599453)), f64x2.splat(ROUND));
  const n = f64x2.sub(rounded, f64x2.splat(ROUND));
  const high = f64x2.mul(n, f64x2.splat(6.9314718036912382e-1 / 64));
  const r = f64x2.sub(f64x2.sub(x, high), f64x2.mul(n, f64x2.splat(1.9082149292705877e-10 / 64)));
  const square = f64x2.mul(r, r);
  const fourth = f64x2.add(f64x2.splat(1 / 24), f64x2.mul(r, f64x2.splat(1 / 120)));
  const second = f64x2.add(f64x2.splat(1 / 2), f64x2.mul(r, f64x2.splat(1 / 6)));
  const p = f64x2.add(r, f64x2.mul(square, f64x2.add(second, f64x2.mul(square, fourth))));
  const one = TABLE + ((i32x4.extract_lane(rounded, 0) & 63) << 3);
  const two = TABLE + ((i32x4.extract_lane(rounded, 2) & 63) << 3);
  const t = v128.load64_lane(two, v128.load64_zero(one), 1);
  const power = i64x2.shl(v128.and(rounded, i64x2.splat(-64)), 46);
  const y = f64x2.mul(f64x2.add(t, f64x2.mul(t, p)), power);
  // Below −708 the result is 0, whatever came of it.
  return v128.andnot(y, f64x2.lt(x, f64x2.splat(-708)));
}
