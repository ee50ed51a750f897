/**
 * Products of a row-major n × n matrix and a vector. Sums along a row have even and odd columns apart, and sums along a column
 * take four rows at a time: so do two lanes.
 */

/** K x, a sum a row. */
export function across(matrix: Float64Array, n: number, x: Float64Array, out: Float64Array): void {
  const pairs = n & ~1;
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const row0 = i * n;
    const row1 = row0 + n;
    const row2 = row1 + n;
    const row3 = row2 + n;
    let even0 = 0;
    let even1 = 0;
    let even2 = 0;
    let even3 = 0;
    let odd0 = 0;
    let odd1 = 0;
    let odd2 = 0;
    let odd3 = 0;
    for (let j = 0; j < pairs; j += 2) {
      const a = x[j]!;
      const b = x[j + 1]!;
      even0 += matrix[row0 + j]! * a;
      odd0 += matrix[row0 + j + 1]! * b;
      even1 += matrix[row1 + j]! * a;
      odd1 += matrix[row1 + j + 1]! * b;
      even2 += matrix[row2 + j]! * a;
      odd2 += matrix[row2 + j + 1]! * b;
      even3 += matrix[row3 + j]! * a;
      odd3 += matrix[row3 + j + 1]! * b;
    }
    if (pairs < n) {
      const a = x[pairs]!;
      even0 += matrix[row0 + pairs]! * a;
      even1 += matrix[row1 + pairs]! * a;
      even2 += matrix[row2 + pairs]! * a;
      even3 += matrix[row3 + pairs]! * a;
    }
    out[i] = even0 + odd0;
    out[i + 1] = even1 + odd1;
    out[i + 2] = even2 + odd2;
    out[i + 3] = even3 + odd3;
  }
  for (; i < n; i++) {
    const row = i * n;
    let even = 0;
    let odd = 0;
    for (let j = 0; j < pairs; j += 2) {
      even += matrix[row + j]! * x[j]!;
      odd += matrix[row + j + 1]! * x[j + 1]!;
    }
    if (pairs < n) even += matrix[row + pairs]! * x[pairs]!;
    out[i] = even + odd;
  }
}

/** Kᵀ y, a sum a column. */
export function down(matrix: Float64Array, n: number, y: Float64Array, out: Float64Array): void {
  for (let j = 0; j < n; j++) out[j] = 0;
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const row0 = i * n;
    const row1 = row0 + n;
    const row2 = row1 + n;
    const row3 = row2 + n;
    const y0 = y[i]!;
    const y1 = y[i + 1]!;
    const y2 = y[i + 2]!;
    const y3 = y[i + 3]!;
    for (let j = 0; j < n; j++) {
      const first = matrix[row0 + j]! * y0 + matrix[row1 + j]! * y1;
      const second = matrix[row2 + j]! * y2 + matrix[row3 + j]! * y3;
      out[j]! += first + second;
    }
  }
  for (; i < n; i++) {
    const row = i * n;
    const scale = y[i]!;
    for (let j = 0; j < n; j++) out[j]! += matrix[row + j]! * scale;
  }
}
