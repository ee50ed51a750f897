/** Numbers of two rows, side by side. */
@inline export function loadPair(first: usize, second: usize): v128 {
  return v128.load64_lane(second, v128.load64_zero(first), 1);
}

@inline export function storePair(first: usize, second: usize, pair: v128): void {
  v128.store64_lane(first, pair, 0);
  v128.store64_lane(second, pair, 1);
}

/** Two numbers side by side in memory, as doubles. */
@inline export function two<T>(at: usize): v128 {
  return sizeof<T>() == 4 ? f64x2.promote_low_f32x4(v128.load64_zero(at)) : v128.load(at);
}
