import { dotProducts } from "../dot-products.ts";
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
  for (let i = 1; i < n; i++) dotProducts(plan, n, i, 0, weights, i * n);
  solveLaplacian(weights, b, x, n, floor);
}
