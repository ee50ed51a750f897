import type { FloatArray } from "../contracts.ts";
import { coreKernels } from "../core/core-kernels.ts";
import { loadFloats } from "../core/kernel-floats.ts";
import { ARENA } from "../core/kernels.ts";
import type { Distance } from "../core/perturbed-map.ts";

/** Fewer numbers than these are faster done in JavaScript than copied. */
const KERNEL_NUMBERS = 256;
/** Numbers that a kernel takes at once: they stay in the cache. */
const BLOCK = 4096;
const WEIGHTS_AT: number = ARENA + 16;
const GRADIENT_AT: number = WEIGHTS_AT + 8 * BLOCK;
const OTHER_AT: number = GRADIENT_AT + 8 * BLOCK;
const TO_AT: number = OTHER_AT + 8 * BLOCK;

/**
 * gradient += weight (other − to), with a weight a row, and the distance added up as it goes. `other` is read from `from` on.
 */
export function addDifferences(
  gradient: Float64Array,
  weights: Float64Array,
  other: FloatArray,
  from: number,
  to: Float64Array,
  size: number,
  distance: Distance,
): void {
  const rows = weights.length;
  const native = size > 0 && size <= BLOCK ? coreKernels(gradient.length >= KERNEL_NUMBERS) : undefined;
  if (!native) {
    for (let row = 0; row < rows; row++) {
      addRow(gradient, weights[row]!, other, from, to, row * size, size, distance);
    }
    return;
  }
  const { run, f64 } = native;
  const block = Math.floor(BLOCK / size);
  f64[ARENA / 8] = distance.total;
  f64[ARENA / 8 + 1] = distance.changed;
  for (let row = 0; row < rows; row += block) {
    const count = Math.min(block, rows - row);
    const start = row * size;
    const end = start + count * size;
    f64.set(weights.subarray(row, row + count), WEIGHTS_AT / 8);
    f64.set(gradient.subarray(start, end), GRADIENT_AT / 8);
    loadFloats(native, other, from + start, from + end, OTHER_AT);
    f64.set(to.subarray(start, end), TO_AT / 8);
    run.addDifference(GRADIENT_AT, WEIGHTS_AT, OTHER_AT, TO_AT, count, size, ARENA);
    gradient.set(f64.subarray(GRADIENT_AT / 8, GRADIENT_AT / 8 + count * size), start);
  }
  distance.total = f64[ARENA / 8]!;
  distance.changed = f64[ARENA / 8 + 1]!;
}

function addRow(
  gradient: Float64Array,
  weight: number,
  other: FloatArray,
  from: number,
  to: Float64Array,
  start: number,
  size: number,
  distance: Distance,
): void {
  let even = 0;
  let odd = 0;
  let changed = 0;
  for (let i = 0; i < size; i++) {
    const change = other[from + start + i]! - to[start + i]!;
    gradient[start + i] = gradient[start + i]! + weight * change;
    if (i & 1) odd += Math.abs(change);
    else even += Math.abs(change);
    changed += +(change !== 0);
  }
  distance.total += even + odd;
  distance.changed += changed;
}
