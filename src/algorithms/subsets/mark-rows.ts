import type { FloatArray } from "../../contracts.ts";
import { type CoreKernels, coreKernels } from "../../core/core-kernels.ts";
import { loadFloats, storeFloats } from "../../core/kernel-floats.ts";
import { ARENA, type KernelModule } from "../../core/kernels.ts";
import type { PerturbedMap } from "../../core/perturbed-map.ts";
import { firstGuess, LONGEST_ROW } from "./select.ts";

/** Fewer numbers than these are faster marked in JavaScript than copied. */
const KERNEL_NUMBERS = 256;
/** Numbers that are marked at once: they stay in the cache. */
const BLOCK = 4096;

const ROOM: number = 8 * (LONGEST_ROW + 16);
const X_AT: number = ARENA;
const OUT_AT: number = X_AT + ROOM;
const STATES_AT: number = OUT_AT + ROOM;
const KEYS_AT: number = STATES_AT + ROOM;
const SUMS_AT: number = KEYS_AT + ROOM / 2;
const WEIGHTS_AT: number = SUMS_AT + 16;

/** Marks the k largest of x[from .. from + n) in out[start .. start + n), the lowest index on ties. */
type Mark = (x: Float64Array, from: number, n: number, k: number, out: FloatArray, start: number) => void;

/**
 * Marks the k largest of each row by a kernel; rows that are too close to call are left to `mark`. Results must not be read
 * meanwhile: what is written shares memory with no input, or is θ itself.
 */
export function rowMarker(n: number, k: number, mark: Mark): PerturbedMap {
  const [quantile, spacing] = firstGuess(n, k);
  const block = Math.max(1, Math.floor(BLOCK / n)) * n;

  function kernelsFor(numbers: number): KernelModule<CoreKernels> | undefined {
    return n > 0 && n <= LONGEST_ROW ? coreKernels(numbers >= KERNEL_NUMBERS) : undefined;
  }

  /** From numbers at X_AT to states at OUT_AT. */
  function markBlock({ run, f64 }: KernelModule<CoreKernels>, length: number): void {
    let undone = run.kSubsetMap(X_AT, length / n, n, k, quantile, spacing, KEYS_AT, OUT_AT);
    for (let at = 0; undone > 0; at += n) {
      if (!Number.isNaN(f64[OUT_AT / 8 + at]!)) continue;
      mark(f64, X_AT / 8 + at, n, k, f64, OUT_AT / 8 + at);
      undone--;
    }
  }

  /** x += scale · values at X_AT, by way of OUT_AT; whether all sums are finite. Nothing is added where there are no values. */
  function add(
    native: KernelModule<CoreKernels>,
    values: FloatArray,
    scale: number,
    start: number,
    end: number,
  ): boolean {
    if (values.length === 0) return true;
    loadFloats(native, values, start, end, OUT_AT);
    return native.run.perturb(X_AT, OUT_AT, scale, end - start) !== 0;
  }

  return {
    map(theta, noise, temperature, out) {
      const native = kernelsFor(theta.length);
      if (!native) return false;
      for (let start = 0; start < theta.length; start += block) {
        const end = Math.min(start + block, theta.length);
        loadFloats(native, theta, start, end, X_AT);
        if (!add(native, noise, temperature, start, end)) return false;
        markBlock(native, end - start);
        storeFloats(native, OUT_AT, out, start, end);
      }
      return true;
    },

    difference(theta, cotangent, step, noise, temperature, states, weight, out, distance) {
      const native = kernelsFor(theta.length);
      if (!native) return false;
      const { run, f64 } = native;
      f64.fill(weight, WEIGHTS_AT / 8, WEIGHTS_AT / 8 + block / n);
      f64[SUMS_AT / 8] = distance.total;
      f64[SUMS_AT / 8 + 1] = distance.changed;
      for (let start = 0; start < theta.length; start += block) {
        const end = Math.min(start + block, theta.length);
        const length = end - start;
        loadFloats(native, theta, start, end, X_AT);
        if (!add(native, cotangent, step, start, end)) return false;
        if (!add(native, noise, temperature, start, end)) return false;
        markBlock(native, length);
        loadFloats(native, states, start, end, STATES_AT);
        // The gradient takes the place of what was solved.
        f64.fill(0, X_AT / 8, X_AT / 8 + length);
        run.addDifference(X_AT, WEIGHTS_AT, STATES_AT, OUT_AT, length / n, n, SUMS_AT);
        storeFloats(native, X_AT, out, start, end);
      }
      distance.total = f64[SUMS_AT / 8]!;
      distance.changed = f64[SUMS_AT / 8 + 1]!;
      return true;
    },
  };
}
