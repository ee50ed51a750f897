/** The gradient of I-MLE on states of zeros and ones. */

function differenceOf<T>(states: usize, to: usize, rows: i32, n: i32, weight: T, sums: usize): void {
  const lanes = 16 / sizeof<T>();
  const weights = v128.splat<T>(weight);
  const rest = lanes == 4
    ? i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(n & 3))
    : i64x2.lt_s(i64x2(0, 1), i64x2.splat(n & 1));
  let changed = 0;
  let zeros = 0;
  for (let row = 0; row < rows; row++) {
    let different = 0;
    const end = to + n * sizeof<T>();
    do {
      const old = v128.load(to);
      let change = v128.sub<T>(v128.load(states), old);
      let product = v128.mul<T>(change, weights);
      // The last group may hold what is the next row's.
      if (to + 16 > end) {
        change = v128.and(change, rest);
        product = v128.bitselect(product, old, rest);
      }
      v128.store(to, product);
      const moved = v128.ne<T>(change, v128.splat<T>(0));
      different += popcnt(lanes == 4 ? i32x4.bitmask(moved) : i64x2.bitmask(moved));
      to += 16;
      states += 16;
    } while (to < end);
    states -= to - end;
    to = end;
    changed += different;
    zeros += i32(different == 0 || weight == 0);
  }
  store<f64>(sums, load<f64>(sums) + changed);
  store<f64>(sums, load<f64>(sums, 8) + zeros, 8);
}

/**
 * Writes weight (states − to) over `to`, rows of n singles or doubles. At `sums` stand how many numbers differ, and how many
 * rows became zero; both are added to.
 */
export function stateDifference(
  single: bool,
  states: usize,
  to: usize,
  rows: i32,
  n: i32,
  weight: f64,
  sums: usize,
): void {
  if (single) differenceOf<f32>(states, to, rows, n, <f32>weight, sums);
  else differenceOf<f64>(states, to, rows, n, weight, sums);
}
