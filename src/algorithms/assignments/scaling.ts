/** Sinkhorn's scaling of the rows and columns of a matrix K ≥ 0, row-major n × n. */
import { across, down } from "./matrix-vector.ts";
import { MATRIX, scalingKernels, vectorAt } from "./scaling-kernels.ts";

/** Why rounds ended: all were done, row sums are right, scalings left the safe range, or nothing changes any more. */
export const COUNT = 0;
export const RIGHT = 1;
export const UNSAFE = 2;
export const FIXED = 3;

export interface Rounds {
  /** Rounds that were done; one that ends outside of the safe range does not count. */
  done: number;
  end: number;
}

/**
 * Up to `count` rounds u = 1 / (K v), v = 1 / (Kᵀ u), until row sums were right to within `tolerance` before the last,
 * a scaling is outside of [1 / safe, safe], or v is what it was, bit for bit, so that all further rounds would be the same.
 * With `history`, u and v of the k-th round go there, from 2 k n on.
 */
export function scalingRounds(
  matrix: Float64Array,
  n: number,
  u: Float64Array,
  v: Float64Array,
  sums: Float64Array,
  count: number,
  tolerance: number,
  safe: number,
  ended: Rounds,
  history?: Float64Array,
): void {
  const native = scalingKernels(n, 3 * (n + 1) + 2 * n * count);
  if (native) {
    const { run, f64 } = native;
    const [uAt, vAt, sumsAt, historyAt] = [vectorAt(n, 0), vectorAt(n, 1), vectorAt(n, 2), vectorAt(n, 3)];
    f64.set(matrix.subarray(0, n * n), MATRIX);
    f64.set(u.subarray(0, n), uAt);
    f64.set(v.subarray(0, n), vAt);
    const found = run.scalingRounds(
      8 * MATRIX,
      n,
      8 * uAt,
      8 * vAt,
      8 * sumsAt,
      count,
      tolerance,
      safe,
      history ? 8 * historyAt : 0,
    );
    ended.done = found >> 2;
    ended.end = found & 3;
    u.set(f64.subarray(uAt, uAt + n));
    v.set(f64.subarray(vAt, vAt + n));
    history?.set(f64.subarray(historyAt, historyAt + 2 * n * ended.done));
    return;
  }
  const least = 1 / safe;
  ended.end = COUNT;
  ended.done = 0;
  while (ended.done < count) {
    let residual = 0;
    let isSafe = true;
    let changed = false;
    across(matrix, n, v, sums);
    for (let i = 0; i < n; i++) {
      const sum = sums[i]!;
      const off = Math.abs(u[i]! * sum - 1);
      if (!(off <= residual)) residual = off;
      const scale = 1 / sum;
      if (!(scale < safe && scale > least)) isSafe = false;
      u[i] = scale;
    }
    down(matrix, n, u, sums);
    for (let j = 0; j < n; j++) {
      const scale = 1 / sums[j]!;
      if (!(scale < safe && scale > least)) isSafe = false;
      if (scale !== v[j]) changed = true;
      v[j] = scale;
    }
    if (!isSafe) {
      ended.end = UNSAFE;
      return;
    }
    if (history) {
      const at = 2 * n * ended.done;
      for (let i = 0; i < n; i++) {
        history[at + i] = u[i]!;
        history[at + n + i] = v[i]!;
      }
    }
    ended.done++;
    if (residual <= tolerance) {
      ended.end = RIGHT;
      return;
    }
    if (!changed) {
      ended.end = FIXED;
      return;
    }
  }
}

/** X = diag(u) K diag(v), and its row sums. */
export function scaledPlan(
  matrix: Float64Array,
  u: Float64Array,
  v: Float64Array,
  plan: Float64Array,
  n: number,
  rowSums: Float64Array,
): void {
  const native = scalingKernels(n, 3 * (n + 1));
  if (native) {
    const { run, f64 } = native;
    const [uAt, vAt, sumsAt] = [vectorAt(n, 0), vectorAt(n, 1), vectorAt(n, 2)];
    f64.set(matrix.subarray(0, n * n), MATRIX);
    f64.set(u.subarray(0, n), uAt);
    f64.set(v.subarray(0, n), vAt);
    run.scaledPlan(8 * MATRIX, n, 8 * uAt, 8 * vAt, 8 * sumsAt);
    plan.set(f64.subarray(MATRIX, MATRIX + n * n));
    rowSums.set(f64.subarray(sumsAt, sumsAt + n));
    return;
  }
  for (let i = 0, at = 0; i < n; i++) {
    const scale = u[i]!;
    let even = 0;
    let odd = 0;
    for (let j = 0; j < n; j++, at++) {
      const x = scale * matrix[at]! * v[j]!;
      plan[at] = x;
      if (j & 1) odd += x;
      else even += x;
    }
    rowSums[i] = even + odd;
  }
}

/** Largest |row sum − 1|. */
export function worstOf(rowSums: Float64Array, n: number): number {
  let worst = 0;
  for (let i = 0; i < n; i++) worst = Math.max(worst, Math.abs(rowSums[i]! - 1));
  return worst;
}
