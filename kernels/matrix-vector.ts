/**
 * Products of a matrix and a vector, as in src/algorithms/assignments/matrix-vector.ts: n × n doubles for n ≥ 2, and vectors with
 * room for one number more. Two lanes are two columns.
 */
import { sumOf } from "./pairs";

@inline export function firstOf(at: usize): v128 {
  return v128.load64_zero(at);
}

/** Makes the odd one out stand in for the number after it. */
@inline export function pad(array: usize, size: usize): void {
  store<f64>(array + size, load<f64>(array + size - 8));
}

/** K x. */
export function across(matrix: usize, n: i32, x: usize, out: usize): void {
  const stride = <usize>n << 3;
  const fours = x + (<usize>(n & ~3) << 3);
  const zero = f64x2.splat(0);
  let i = 4;
  if (i <= n) do {
    let a0 = zero;
    let a1 = zero;
    let a2 = zero;
    let a3 = zero;
    let row0 = matrix;
    let row1 = row0 + stride;
    let row2 = row1 + stride;
    let row3 = row2 + stride;
    let at = x;
    do {
      const first = v128.load(at);
      const second = v128.load(at, 16);
      a0 = f64x2.add(f64x2.add(a0, f64x2.mul(v128.load(row0), first)), f64x2.mul(v128.load(row0, 16), second));
      a1 = f64x2.add(f64x2.add(a1, f64x2.mul(v128.load(row1), first)), f64x2.mul(v128.load(row1, 16), second));
      a2 = f64x2.add(f64x2.add(a2, f64x2.mul(v128.load(row2), first)), f64x2.mul(v128.load(row2, 16), second));
      a3 = f64x2.add(f64x2.add(a3, f64x2.mul(v128.load(row3), first)), f64x2.mul(v128.load(row3, 16), second));
      at += 32, row0 += 32, row1 += 32, row2 += 32, row3 += 32;
    } while (at < fours);
    if (n & 2) {
      const first = v128.load(at);
      a0 = f64x2.add(a0, f64x2.mul(v128.load(row0), first));
      a1 = f64x2.add(a1, f64x2.mul(v128.load(row1), first));
      a2 = f64x2.add(a2, f64x2.mul(v128.load(row2), first));
      a3 = f64x2.add(a3, f64x2.mul(v128.load(row3), first));
      at += 16, row0 += 16, row1 += 16, row2 += 16, row3 += 16;
    }
    if (n & 1) {
      const last = firstOf(at);
      a0 = f64x2.add(a0, f64x2.mul(firstOf(row0), last));
      a1 = f64x2.add(a1, f64x2.mul(firstOf(row1), last));
      a2 = f64x2.add(a2, f64x2.mul(firstOf(row2), last));
      a3 = f64x2.add(a3, f64x2.mul(firstOf(row3), last));
    }
    v128.store(out, f64x2.add(v128.shuffle<f64>(a0, a1, 0, 2), v128.shuffle<f64>(a0, a1, 1, 3)));
    v128.store(out, f64x2.add(v128.shuffle<f64>(a2, a3, 0, 2), v128.shuffle<f64>(a2, a3, 1, 3)), 16);
    i += 4, out += 32, matrix += stride << 2;
  } while (i <= n);
  for (i -= 4; i < n; i++, out += 8, matrix += stride) {
    let a = zero;
    let row = matrix;
    let at = x;
    const end = x + (<usize>(n & ~1) << 3);
    do {
      a = f64x2.add(a, f64x2.mul(v128.load(row), v128.load(at)));
      at += 16, row += 16;
    } while (at < end);
    if (n & 1) a = f64x2.add(a, f64x2.mul(firstOf(row), firstOf(at)));
    store<f64>(out, sumOf(a));
  }
}

/** Kᵀ y. */
export function down(matrix: usize, n: i32, y: usize, out: usize): void {
  const stride = <usize>n << 3;
  const pairs = out + (<usize>(n & ~1) << 3);
  memory.fill(out, 0, stride);
  let i = 4;
  if (i <= n) do {
    const y0 = v128.load_splat<f64>(y);
    const y1 = v128.load_splat<f64>(y, 8);
    const y2 = v128.load_splat<f64>(y, 16);
    const y3 = v128.load_splat<f64>(y, 24);
    let row0 = matrix;
    let row1 = row0 + stride;
    let row2 = row1 + stride;
    let row3 = row2 + stride;
    let at = out;
    do {
      const first = f64x2.add(f64x2.mul(v128.load(row0), y0), f64x2.mul(v128.load(row1), y1));
      const second = f64x2.add(f64x2.mul(v128.load(row2), y2), f64x2.mul(v128.load(row3), y3));
      v128.store(at, f64x2.add(v128.load(at), f64x2.add(first, second)));
      at += 16, row0 += 16, row1 += 16, row2 += 16, row3 += 16;
    } while (at < pairs);
    if (n & 1) {
      const first = f64x2.add(f64x2.mul(firstOf(row0), y0), f64x2.mul(firstOf(row1), y1));
      const second = f64x2.add(f64x2.mul(firstOf(row2), y2), f64x2.mul(firstOf(row3), y3));
      v128.store64_lane(at, f64x2.add(firstOf(at), f64x2.add(first, second)), 0);
    }
    i += 4, y += 32, matrix += stride << 2;
  } while (i <= n);
  for (i -= 4; i < n; i++, y += 8) {
    const scale = v128.load_splat<f64>(y);
    let at = out;
    do {
      v128.store(at, f64x2.add(v128.load(at), f64x2.mul(v128.load(matrix), scale)));
      at += 16, matrix += 16;
    } while (at < pairs);
    if (n & 1) {
      v128.store64_lane(at, f64x2.add(firstOf(at), f64x2.mul(firstOf(matrix), scale)), 0);
      matrix += 8;
    }
  }
}
