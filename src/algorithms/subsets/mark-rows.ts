import type { FloatArray } from "../../contracts.ts";
import { coreKernels } from "../../core/core-kernels.ts";
import { ARENA } from "../../core/kernels.ts";
import { firstGuess } from "./select.ts";

/** Fewer numbers than these are faster marked in JavaScript than copied. */
const KERNEL_NUMBERS = 256;
/** Longest row that the arena holds with its noise, its keys and its state. */
const LONGEST_ROW = 32_768;
/** Numbers that are marked at once: they stay in the cache. */
const BLOCK = 4096;

const X_AT: number = ARENA;
const OUT_AT: number = ARENA + 8 * (LONGEST_ROW + 2);
/** Noise lies where the states will be. */
const KEYS_AT: number = OUT_AT + 8 * (LONGEST_ROW + 16);

/** Marks the k largest of x[from .. from + n) in out[start .. start + n), the lowest index on ties. */
type Mark = (x: Float64Array, from: number, n: number, k: number, out: FloatArray, start: number) => void;

/**
 * Marks the k largest of each row of θ, or of θ + τ ε, by a kernel; rows that are too close to call are left to `mark`.
 * False where no kernel can, or a sum is not finite. `out` must not be read meanwhile: it shares memory with no input, or
 * is θ itself.
 */
export function markRows(
  theta: FloatArray,
  n: number,
  k: number,
  out: FloatArray,
  mark: Mark,
  noise?: Float64Array,
  temperature = 1,
): boolean {
  const native = n <= LONGEST_ROW && n > 0 ? coreKernels(theta.length >= KERNEL_NUMBERS) : undefined;
  if (!native) return false;
  const { run, f64 } = native;
  const [quantile, spacing] = firstGuess(n, k);
  const block = Math.max(1, Math.floor(BLOCK / n)) * n;
  for (let start = 0; start < theta.length; start += block) {
    const end = Math.min(start + block, theta.length);
    f64.set(theta.subarray(start, end), X_AT / 8);
    if (noise) {
      f64.set(noise.subarray(start, end), OUT_AT / 8);
      if (!run.perturb(X_AT, OUT_AT, temperature, end - start)) return false;
    }
    const undone = run.kSubsetMap(X_AT, (end - start) / n, n, k, quantile, spacing, KEYS_AT, OUT_AT);
    out.set(f64.subarray(OUT_AT / 8, OUT_AT / 8 + end - start), start);
    if (undone === 0) continue;
    for (let row = start; row < end; row += n) {
      if (f64[OUT_AT / 8 + row - start]! !== 0 && f64[OUT_AT / 8 + row - start]! !== 1)
        mark(f64, X_AT / 8 + row - start, n, k, out, row);
    }
  }
  return true;
}
