/** Lanes that are set where two of four numbers are at most `most`. */
@inline function atMost(x: usize, most: v128): v128 {
  return v128.and(f64x2.le(v128.load(x), most), f64x2.le(v128.load(x, 16), most));
}

/**
 * Collects the addresses of what is not at most `most` of the `length` ≥ 1 doubles at x; up to 15 numbers more may be read.
 * Returns how many.
 */
export function collectAbove(x: usize, length: i32, most: f64, found: usize): i32 {
  const t = f64x2.splat(most);
  const end = x + (length << 3);
  const start = found;
  do {
    const next = x + 128;
    const a = v128.and(atMost(x, t), atMost(x + 32, t));
    const b = v128.and(atMost(x + 64, t), atMost(x + 96, t));
    if (i64x2.bitmask(v128.and(a, b)) != 3) for (const last = min(next, end); x < last; x += 8) {
      store<u32>(found, x);
      found += <usize>!(load<f64>(x) <= most) << 2;
    }
    x = next;
  } while (x < end);
  return (found - start) >> 2;
}
