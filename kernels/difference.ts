/**
 * gradient += weight (other − to) on rows of `size` doubles, with a weight a row. At `sums` stand
 * Σ |other − to|, row by row with even and odd places apart, and how many numbers differ; both are added to.
 */
export function addDifference(
  gradient: usize,
  weights: usize,
  other: usize,
  to: usize,
  rows: i32,
  size: i32,
  sums: usize,
): void {
  let total = load<f64>(sums);
  let changed = load<f64>(sums, 8);
  const pairs = (size & ~1) << 3;
  for (let row = 0; row < rows; row++) {
    const weight = load<f64>(weights + (row << 3));
    const weightTwo = f64x2.splat(weight);
    let sum = f64x2.splat(0);
    let equal = i64x2.splat(0);
    for (let end = gradient + pairs; gradient < end; gradient += 16, other += 16, to += 16) {
      const change = f64x2.sub(v128.load(other), v128.load(to));
      v128.store(gradient, f64x2.add(v128.load(gradient), f64x2.mul(weightTwo, change)));
      sum = f64x2.add(sum, f64x2.abs(change));
      equal = i64x2.add(equal, f64x2.eq(change, f64x2.splat(0)));
    }
    let even = f64x2.extract_lane(sum, 0);
    let different = size + <i32>(i64x2.extract_lane(equal, 0) + i64x2.extract_lane(equal, 1));
    if (size & 1) {
      const change = load<f64>(other) - load<f64>(to);
      store<f64>(gradient, load<f64>(gradient) + weight * change);
      even += abs(change);
      different -= i32(change == 0);
      gradient += 8, other += 8, to += 8;
    }
    total += even + f64x2.extract_lane(sum, 1);
    changed += different;
  }
  store<f64>(sums, total);
  store<f64>(sums, changed, 8);
}
