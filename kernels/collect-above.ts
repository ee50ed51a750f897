/**
 * Collects what is not at most `most` of the `length` ≥ 1 doubles at x, in pairs with its index from `first` on; up to seven
 * numbers more may be read. Returns how many.
 */
export function collectAbove(x: usize, length: i32, most: f64, first: f64, found: usize): i32 {
  const t = f64x2.splat(most);
  const end = x + (length << 3);
  const start = found;
  do {
    const next = min(x + 64, end);
    const a = v128.and(f64x2.le(v128.load(x), t), f64x2.le(v128.load(x, 16), t));
    const b = v128.and(f64x2.le(v128.load(x, 32), t), f64x2.le(v128.load(x, 48), t));
    if (i64x2.all_true(v128.and(a, b))) first += 8;
    else for (let at = x; at < next; at += 8, first++) {
      const value = load<f64>(at);
      store<f64>(found, value);
      store<f64>(found, first, 8);
      if (!(value <= most)) found += 16;
    }
    x = next;
  } while (x < end);
  return (found - start) >> 4;
}
