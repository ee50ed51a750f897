import { solveLaplacianFlows } from "../graphs/laplacian.ts";
import { MATRIX, scalingKernels } from "./scaling-kernels.ts";

/**
 * Solves the Laplacian system of the graph of rows with weights (X Xᵀ)_ik for flows Σ_j X_ij X_kj (G_kj − G_ij), as
 * `solveLaplacianFlows` does; `weights` and `flows` (n × n) are overwritten. O(n³).
 */
export function flowPotentials(
  plan: Float64Array,
  cotangent: Float64Array,
  n: number,
  weights: Float64Array,
  flows: Float64Array,
  x: Float64Array,
): void {
  const square = n * n;
  // A row's end may run over into what is behind it.
  const [cotangentAt, weightsAt, flowsAt, xAt] = [1, 2, 3, 4].map((k) => MATRIX + k * (square + 1));
  const native = scalingKernels(n, 3 * square + 4 + n);
  if (native) {
    const { run, f64 } = native;
    f64.set(plan.subarray(0, square), MATRIX);
    f64.set(cotangent.subarray(0, square), cotangentAt);
    run.flowPotentials(8 * MATRIX, n, 8 * cotangentAt!, 8 * weightsAt!, 8 * flowsAt!, 8 * xAt!);
    x.set(f64.subarray(xAt, xAt! + n));
    return;
  }
  for (let i = 1; i < n; i++) {
    for (let k = 0; k < i; k++) {
      // Even and odd columns, whose sums do not wait for each other.
      let weight = 0;
      let flow = 0;
      let oddWeight = 0;
      let oddFlow = 0;
      let own = i * n;
      let other = k * n;
      for (const end = own + n - 1; own < end; own += 2, other += 2) {
        const even = plan[own]! * plan[other]!;
        const odd = plan[own + 1]! * plan[other + 1]!;
        weight += even;
        oddWeight += odd;
        flow += even * (cotangent[other]! - cotangent[own]!);
        oddFlow += odd * (cotangent[other + 1]! - cotangent[own + 1]!);
      }
      if (n & 1) {
        const last = plan[own]! * plan[other]!;
        weight += last;
        flow += last * (cotangent[other]! - cotangent[own]!);
      }
      weights[i * n + k] = weight + oddWeight;
      flows[i * n + k] = flow + oddFlow;
    }
  }
  solveLaplacianFlows(weights, flows, x, n);
}
