/** Writes Σ_i w_i x_i over the first `count` rows of `size` numbers to `out`, four rows at a time, which add up one by one. */
export function combineRows(
  x: Float64Array,
  size: number,
  weights: Float64Array,
  count: number,
  out: Float64Array,
): void {
  out.fill(0);
  for (let i = 0; i < count; i += 4) {
    const row0 = i * size;
    const row1 = Math.min(i + 1, count - 1) * size;
    const row2 = Math.min(i + 2, count - 1) * size;
    const row3 = Math.min(i + 3, count - 1) * size;
    const w0 = weights[i]!;
    const w1 = i + 1 < count ? weights[i + 1]! : 0;
    const w2 = i + 2 < count ? weights[i + 2]! : 0;
    const w3 = i + 3 < count ? weights[i + 3]! : 0;
    for (let p = 0; p < size; p++) {
      out[p] = out[p]! + w0 * x[row0 + p]! + w1 * x[row1 + p]! + w2 * x[row2 + p]! + w3 * x[row3 + p]!;
    }
  }
}
