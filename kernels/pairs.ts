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

@inline export function ml(a: v128, b: v128): v128 {
  return f64x2.mul(a, b);
}

@inline export function plus(a: v128, b: v128): v128 {
  return f64x2.add(a, b);
}

@inline export function addTo(at: usize, x: v128): void {
  v128.store(at, f64x2.add(v128.load(at), x));
}

/** Fills at least 16 bytes, a few: memory.fill is a call of its own. */
@inline export function zeros(at: usize, bytes: usize): void {
  let i: usize = 0;
  do v128.store(at + i, f64x2.splat(0));
  while ((i += 16) < bytes);
}

/** Two numbers, or the last of an odd number of them. */
@inline export function get(at: usize, both: bool): v128 {
  return both ? v128.load(at) : v128.load64_zero(at);
}

@inline export function put(at: usize, x: v128, both: bool): void {
  if (both) v128.store(at, x);
  else v128.store64_lane(at, x, 0);
}

/** Their sum: of what even and odd numbers add up to. */
@inline export function sumOf(pair: v128): f64 {
  return f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1);
}
