import { exp } from "../../core/log-exp.ts";
import { MATRIX, scalingKernels, vectorAt } from "./scaling-kernels.ts";

/**
 * K = exp(L − row maximum), row-major n × n, and the maxima. Returns the largest range of a row, Infinity where a pair is
 * forbidden.
 */
export function gibbsKernel(score: Float64Array, n: number, out: Float64Array, tops: Float64Array): number {
  const native = scalingKernels(n, n + 1);
  if (native) {
    const { run, f64 } = native;
    const topsAt = vectorAt(n, 0);
    f64.set(score.subarray(0, n * n), MATRIX);
    const range = run.exponentials(8 * MATRIX, n, 8 * topsAt);
    out.set(f64.subarray(MATRIX, MATRIX + n * n));
    tops.set(f64.subarray(topsAt, topsAt + n));
    return range;
  }
  let range = 0;
  for (let i = 0; i < n; i++) {
    let max = -Infinity;
    let min = Infinity;
    for (let at = i * n; at < (i + 1) * n; at++) {
      const x = score[at]!;
      if (x > max) max = x;
      if (x < min) min = x;
    }
    range = Math.max(range, max - min);
    tops[i] = max;
    for (let at = i * n; at < (i + 1) * n; at++) out[at] = exp(score[at]! - max);
  }
  return range;
}
