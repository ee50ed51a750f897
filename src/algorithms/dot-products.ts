/**
 * Writes start + ⟨x_i, x_j⟩ for all rows j < i of `size` numbers to out[at + j]; four sums at a time, which do not wait for each
 * other.
 */
export function dotProducts(
  x: Float64Array,
  size: number,
  i: number,
  start: number,
  out: Float64Array,
  at: number,
): void {
  const row = i * size;
  for (let j = 0; j < i; j += 4) {
    const row0 = j * size;
    const row1 = Math.min(j + 1, i) * size;
    const row2 = Math.min(j + 2, i) * size;
    const row3 = Math.min(j + 3, i) * size;
    let s0 = start;
    let s1 = start;
    let s2 = start;
    let s3 = start;
    for (let p = 0; p < size; p++) {
      const own = x[row + p]!;
      s0 += own * x[row0 + p]!;
      s1 += own * x[row1 + p]!;
      s2 += own * x[row2 + p]!;
      s3 += own * x[row3 + p]!;
    }
    out[at + j] = s0;
    if (j + 1 < i) out[at + j + 1] = s1;
    if (j + 2 < i) out[at + j + 2] = s2;
    if (j + 3 < i) out[at + j + 3] = s3;
  }
}
