/** Stores four rows of four numbers as four columns, `stride` bytes apart. */
export function transposeFour(a: v128, b: v128, c: v128, d: v128, to: usize, stride: usize): void {
  const lowAB = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const highAB = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const lowCD = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const highCD = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(lowAB, lowCD, 0, 2));
  v128.store(to + stride, v128.shuffle<i64>(lowAB, lowCD, 1, 3));
  v128.store(to + 2 * stride, v128.shuffle<i64>(highAB, highCD, 0, 2));
  v128.store(to + 3 * stride, v128.shuffle<i64>(highAB, highCD, 1, 3));
}
