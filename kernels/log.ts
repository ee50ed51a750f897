/** ln x as in src/core/log-exp.ts, two numbers side by side. */

/** Its tables, which src/core/logarithm-kernels.ts writes: 129 inverses and their logarithms. */
const INVERSES: usize = (160 << 10) + 512;
const LOGARITHMS: usize = INVERSES + 129 * 8;

/** ln of two normal, finite x > 0; of 0 it is some number. */
@inline export function logNormal(x: v128): v128 {
  const mantissa = v128.and(x, i64x2.splat(0x000fffffffffffff));
  const cells = i64x2.shr_u(i64x2.add(mantissa, i64x2.splat(0x0000100000000000)), 45);
  const ones = i64x2.splat(0x3ff0000000000000);
  const one = <usize>i32x4.extract_lane(cells, 0) << 3;
  const two = <usize>i32x4.extract_lane(cells, 2) << 3;
  const inverse = v128.load64_lane(INVERSES + two, v128.load64_zero(INVERSES + one), 1);
  const table = v128.load64_lane(LOGARITHMS + two, v128.load64_zero(LOGARITHMS + one), 1);
  const r = f64x2.mul(f64x2.sub(v128.or(mantissa, ones), i64x2.add(ones, i64x2.shl(cells, 45))), inverse);
  const square = f64x2.mul(r, r);
  const sixth = f64x2.add(f64x2.splat(-1 / 6), f64x2.mul(r, f64x2.splat(1 / 7)));
  const fourth = f64x2.add(f64x2.splat(-1 / 4), f64x2.mul(r, f64x2.splat(1 / 5)));
  const second = f64x2.add(f64x2.splat(-1 / 2), f64x2.mul(r, f64x2.splat(1 / 3)));
  const rest = f64x2.add(second, f64x2.mul(square, f64x2.add(fourth, f64x2.mul(square, sixth))));
  const tail = f64x2.mul(square, rest);
  // From cell 53 on the table is of half the mantissa.
  const biased = i64x2.sub(i64x2.sub(i64x2.shr_u(x, 52), i64x2.splat(1023)), i64x2.ge_s(cells, i64x2.splat(53)));
  const exponent = f64x2.convert_low_i32x4_s(v128.shuffle<i32>(biased, biased, 0, 2, 0, 2));
  const low = f64x2.add(f64x2.add(r, tail), f64x2.mul(exponent, f64x2.splat(1.9082149292705877e-10)));
  return f64x2.add(f64x2.mul(exponent, f64x2.splat(6.9314718036912382e-1)), f64x2.add(table, low));
}
