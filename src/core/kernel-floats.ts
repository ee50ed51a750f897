/** Arrays of either kind into the kernels' memory and out of it; there they are doubles. */
import type { FloatArray } from "../contracts.ts";
import type { CoreKernels } from "./core-kernels.ts";
import type { KernelModule } from "./kernels.ts";

/** Copies values[start .. end) to `at`; up to three doubles more are overwritten. */
export function loadFloats(
  { run, f64, f32 }: KernelModule<CoreKernels>,
  values: FloatArray,
  start: number,
  end: number,
  at: number,
): void {
  const part = values.subarray(start, end);
  if (part instanceof Float32Array) {
    // Between arrays of two kinds `set` goes number by number.
    f32.set(part, at / 4 + ((part.length + 3) & ~3));
    run.promote(at, part.length);
  } else f64.set(part, at / 8);
}

/** Copies doubles at `at` to values[start .. end); they are spoilt where the array holds singles. */
export function storeFloats(
  { run, f64, f32 }: KernelModule<CoreKernels>,
  at: number,
  values: FloatArray,
  start: number,
  end: number,
): void {
  const length = end - start;
  if (values instanceof Float32Array) {
    run.demote(at, length);
    values.set(f32.subarray(at / 4, at / 4 + length), start);
  } else values.set(f64.subarray(at / 8, at / 8 + length), start);
}
