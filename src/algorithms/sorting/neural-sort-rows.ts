/**
 * NeuralSort's n × n weights X[i] = softmax_j(((n − 1 − 2i) s_j − Σ_l |s_j − s_l|) / t), i = 0 … n − 1, and their products. Even and odd
 * scores are summed apart, as two lanes do.
 */
import type { FloatArray } from "../../contracts.ts";
import { ARENA, ARENA_END } from "../../core/kernels.ts";
import { exp } from "../../core/log-exp.ts";
import { neuralSortKernels } from "../../core/neural-sort-kernels.ts";

export interface NeuralSortRow {
  /** The scores, of which `load` reads the first n. */
  readonly scores: Float64Array;
  load(n: number): void;
  /** Row i of the weights at temperature t, which stays as it is until the next call. */
  weights(n: number, i: number, t: number): Float64Array;
  /** Gradient by the scores, from the cotangent of the weights, row-major with rows of `stride` from `start` on. */
  product(n: number, cotangent: FloatArray, start: number, stride: number, t: number): Float64Array;
}

export function neuralSortRow(capacity: number): NeuralSortRow {
  const scores = new Float64Array(capacity);
  const spread = new Float64Array(capacity);
  const weight = new Float64Array(capacity);
  const ofSpread = new Float64Array(capacity);
  const gradient = new Float64Array(capacity);

  function weights(n: number, i: number, t: number): Float64Array {
    const [s, d, w] = [scores, spread, weight];
    const slope = n - 1 - 2 * i;
    const inverse = 1 / t;
    let max = -Infinity;
    for (let j = 0; j < n; j++) {
      const logit = slope * s[j]! - d[j]!;
      w[j] = logit;
      if (logit > max) max = logit;
    }
    let even = 0;
    let odd = 0;
    for (let j = 0; j < n; j++) {
      const e = exp((w[j]! - max) * inverse);
      w[j] = e;
      if (j & 1) odd += e;
      else even += e;
    }
    const share = 1 / (even + odd);
    for (let j = 0; j < n; j++) w[j] = w[j]! * share;
    return w;
  }

  return {
    scores,
    weights,
    load(n): void {
      const [s, d] = [scores, spread];
      for (let j = 0; j < n; j++) {
        const own = s[j]!;
        let sum = 0;
        for (let l = 0; l < n; l++) sum += Math.abs(own - s[l]!);
        d[j] = sum;
      }
    },
    product(n, cotangent, start, stride, t): Float64Array {
      const [s, of, to] = [scores, ofSpread, gradient];
      const inverse = 1 / t;
      to.fill(0);
      of.fill(0);
      for (let i = 0; i < n; i++) {
        const w = weights(n, i, t);
        const at = start + i * stride;
        const slope = n - 1 - 2 * i;
        let even = 0;
        let odd = 0;
        for (let j = 0; j < n; j++) {
          const x = w[j]! * cotangent[at + j]!;
          if (j & 1) odd += x;
          else even += x;
        }
        const mean = even + odd;
        for (let j = 0; j < n; j++) {
          const ofLogit = w[j]! * (cotangent[at + j]! - mean) * inverse;
          to[j] = to[j]! + slope * ofLogit;
          of[j] = of[j]! - ofLogit;
        }
      }
      for (let j = 0; j < n; j++) {
        const own = s[j]!;
        const ofOwn = of[j]!;
        let sum = to[j]!;
        for (let l = 0; l < n; l++) {
          const distance = own - s[l]!;
          sum += (ofOwn + of[l]!) * (+(distance > 0) - +(distance < 0));
        }
        to[j] = sum;
      }
      return to;
    },
  };
}

/** Numbers that are worked on at once: they stay in the cache. */
const BLOCK = 4096;

/**
 * The weights of rows of n scores each, or products with their cotangents, by a kernel; false where it cannot. `out` must not be read
 * meanwhile.
 */
export function neuralSortRows(
  scores: FloatArray,
  cotangent: FloatArray | undefined,
  n: number,
  t: number,
  out: FloatArray,
): boolean {
  const rowsAtOnce = Math.max(1, Math.floor(BLOCK / (n * n)));
  const rows = scores.length / n;
  const scoresAt = ARENA / 8 + 5 * (n + 1);
  const cotangentAt = scoresAt + rowsAtOnce * n;
  const outAt = cotangentAt + (cotangent ? rowsAtOnce * n * n + 1 : 0);
  const size = cotangent ? n : n * n;
  const fits = n > 1 && outAt + rowsAtOnce * size < ARENA_END / 8;
  const native = fits ? neuralSortKernels(n > 2) : undefined;
  if (!native) return false;
  const { run, f64 } = native;
  for (let row = 0; row < rows; row += rowsAtOnce) {
    const count = Math.min(rowsAtOnce, rows - row);
    f64.set(scores.subarray(row * n, (row + count) * n), scoresAt);
    if (cotangent) {
      f64.set(cotangent.subarray(row * n * n, (row + count) * n * n), cotangentAt);
      f64[cotangentAt + count * n * n] = 0;
    }
    run.neuralSort(8 * scoresAt, cotangent ? 8 * cotangentAt : 0, count, n, 1 / t, ARENA, 8 * outAt);
    out.set(f64.subarray(outAt, outAt + count * size), row * size);
  }
  return true;
}
