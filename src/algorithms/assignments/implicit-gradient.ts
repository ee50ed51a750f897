import { across, down } from "./matrix-vector.ts";
import { MATRIX, scalingKernels, vectorAt } from "./scaling-kernels.ts";

/**
 * X ∘ (G + α 1ᵀ + 1 βᵀ) with rows and columns of sum 0, for X with columns of sum 1: what rounds converge to in reverse,
 * found by those. False where β still changes by more than `rounding` of the largest |G| after `rounds`.
 */
export function balanced(
  plan: Float64Array,
  n: number,
  rowSums: Float64Array,
  cotangent: Float64Array,
  rounds: number,
  rounding: number,
  scratch: Float64Array,
  out: Float64Array,
): boolean {
  const native = scalingKernels(n, n * n + 6 * (n + 1));
  if (native) {
    const { run, f64 } = native;
    const at = (k: number): number => 8 * vectorAt(n, k);
    const cotangentAt = vectorAt(n, 6);
    f64.set(plan.subarray(0, n * n), MATRIX);
    f64.set(rowSums.subarray(0, n), vectorAt(n, 0));
    f64.set(cotangent.subarray(0, n * n), cotangentAt);
    const found = run.balanced(
      8 * MATRIX,
      n,
      at(0),
      8 * cotangentAt,
      rounds,
      rounding,
      at(1),
      at(2),
      at(3),
      at(4),
      at(5),
    );
    if (found) out.set(f64.subarray(cotangentAt, cotangentAt + n * n));
    return found === 1;
  }
  const [alpha, beta, ofRows, ofColumns, sums] = [0, 1, 2, 3, 4].map((k) =>
    scratch.subarray(k * n, (k + 1) * n),
  ) as [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
  let largest = 0;
  ofColumns.fill(0);
  for (let i = 0, at = 0; i < n; i++) {
    let even = 0;
    let odd = 0;
    for (let j = 0; j < n; j++, at++) {
      const g = cotangent[at]!;
      const x = plan[at]! * g;
      largest = Math.max(largest, Math.abs(g));
      ofColumns[j]! += x;
      if (j & 1) odd += x;
      else even += x;
    }
    ofRows[i] = even + odd;
  }
  for (let j = 0; j < n; j++) beta[j] = -ofColumns[j]!;
  for (let round = 0; ; round++) {
    if (round === rounds) return false;
    across(plan, n, beta, sums);
    for (let i = 0; i < n; i++) alpha[i] = -(ofRows[i]! + sums[i]!) / rowSums[i]!;
    down(plan, n, alpha, sums);
    let change = 0;
    for (let j = 0; j < n; j++) {
      const next = -(ofColumns[j]! + sums[j]!);
      change = Math.max(change, Math.abs(next - beta[j]!));
      beta[j] = next;
    }
    if (change <= rounding * largest) break;
  }
  for (let i = 0, at = 0; i < n; i++) {
    const ofRow = alpha[i]!;
    for (let j = 0; j < n; j++, at++) out[at] = plan[at]! * (cotangent[at]! + ofRow + beta[j]!);
  }
  return true;
}
