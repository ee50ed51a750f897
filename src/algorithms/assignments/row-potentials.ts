import { solveLaplacian } from "../graphs/laplacian.ts";
import { MATRIX, scalingKernels } from "./scaling-kernels.ts";

/**
 * Solves the Laplacian system of the graph of rows with weights (X Xᵀ)_ik for b, as `solveLaplacian` does; b and `weights` (n × n)
 * are overwritten. O(n³).
 */
export function rowPotentials(
  plan: Float64Array,
  n: number,
  b: Float64Array,
  floor: number,
  weights: Float64Array,
  x: Float64Array,
): void {
  const columnsAt = MATRIX + n * n;
  const weightsAt = columnsAt + n * (n + 7);
  const bAt = weightsAt + n * n + 8;
  const xAt = bAt + n;
  const native = scalingKernels(n, xAt + n - columnsAt);
  if (native) {
    const { run, f64 } = native;
    f64.set(plan.subarray(0, n * n), MATRIX);
    f64.set(b.subarray(0, n), bAt);
    run.rowPotentials(8 * MATRIX, n, 8 * bAt, floor, 8 * columnsAt, 8 * weightsAt, 8 * xAt);
    x.set(f64.subarray(xAt, xAt + n));
    return;
  }
  loadWeights(plan, n, weights);
  solveLaplacian(weights, b, x, n, floor);
}

/** (X Xᵀ)_ik for k < i; four sums at a time, which do not wait for each other. */
function loadWeights(plan: Float64Array, n: number, weights: Float64Array): void {
  for (let i = 1; i < n; i++) {
    const row = i * n;
    for (let k = 0; k < i; k += 4) {
      const row0 = k * n;
      const row1 = Math.min(k + 1, i) * n;
      const row2 = Math.min(k + 2, i) * n;
      const row3 = Math.min(k + 3, i) * n;
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      for (let j = 0; j < n; j++) {
        const x = plan[row + j]!;
        s0 += x * plan[row0 + j]!;
        s1 += x * plan[row1 + j]!;
        s2 += x * plan[row2 + j]!;
        s3 += x * plan[row3 + j]!;
      }
      weights[row + k] = s0;
      if (k + 1 < i) weights[row + k + 1] = s1;
      if (k + 2 < i) weights[row + k + 2] = s2;
      if (k + 3 < i) weights[row + k + 3] = s3;
    }
  }
}
