/** Where the first double greater than `least` lies in x … end, or at least `end`; reads up to three doubles further. */
export function firstAbove(x: usize, end: usize, least: f64): usize {
  const t = f64x2.splat(least);
  while (x < end && !v128.any_true(v128.or(f64x2.gt(v128.load(x), t), f64x2.gt(v128.load(x, 16), t)))) x += 32;
  while (x < end && !(load<f64>(x) > least)) x += 8;
  return x;
}
