import { MATRIX, scalingKernels } from "./scaling-kernels.ts";

/** Floyd and Warshall's distances over the first n² of `distance`, row-major n × n, Infinity where there is no way. O(n³). */
export function shortestDistances(distance: Float64Array, n: number): void {
  const native = scalingKernels(n);
  if (native) {
    const { run, f64 } = native;
    f64.set(distance.subarray(0, n * n), MATRIX);
    run.shortestDistances(8 * MATRIX, n);
    distance.set(f64.subarray(MATRIX, MATRIX + n * n));
    return;
  }
  for (let p = 0; p < n; p++) {
    for (let i = 0; i < n; i++) {
      const first = distance[i * n + p]!;
      if (first === Infinity) continue;
      for (let j = 0; j < n; j++) {
        const through = first + distance[p * n + j]!;
        if (through < distance[i * n + j]!) distance[i * n + j] = through;
      }
    }
  }
}
