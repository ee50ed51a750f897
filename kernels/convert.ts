/** Singles to doubles and back, in place. */

/** `length` singles to doubles at `at`; they lie behind the place of that many singles, in whole groups of four. */
export function promote(at: usize, length: i32): void {
  const groups = (length + 3) & ~3;
  const end = at + (groups << 3);
  for (let from = at + (groups << 2); at < end; at += 32, from += 16) {
    const four = v128.load(from);
    v128.store(at, f64x2.promote_low_f32x4(four));
    v128.store(at, f64x2.promote_low_f32x4(v128.shuffle<i64>(four, four, 1, 1)), 16);
  }
}

/** `length` doubles to singles at `at`, in whole groups of four. */
export function demote(at: usize, length: i32): void {
  const end = at + (length << 2);
  for (let from = at; at < end; at += 16, from += 32) {
    const low = f32x4.demote_f64x2_zero(v128.load(from));
    v128.store(at, v128.shuffle<i64>(low, f32x4.demote_f64x2_zero(v128.load(from, 16)), 0, 2));
  }
}
