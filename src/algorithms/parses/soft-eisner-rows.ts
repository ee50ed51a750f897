import type { FloatArray } from "../../contracts.ts";
import { ARENA, ARENA_END } from "../../core/kernels.ts";
import { softEisnerKernels } from "../../core/soft-eisner-kernels.ts";
import type { EisnerChart } from "./eisner-chart.ts";

/**
 * Mean trees of rows of finite utilities u under soft choices at temperature t, or gradients of their cotangents, two rows at a time by
 * a kernel. False where it cannot. `out` may be either array.
 */
export function softEisnerRows(
  { starts, left, right, arc, items }: EisnerChart,
  u: FloatArray,
  cotangent: FloatArray | undefined,
  size: number,
  t: number,
  out: FloatArray,
): boolean {
  const splits = left.length;
  const listsEnd = ARENA + 4 * (starts.length + 3 * splits);
  const arrays = 16 * Math.ceil(listsEnd / 16);
  const uAt = arrays + 16 * (3 * (size + 1) + 4 * items + 2 * splits);
  const cotangentAt = uAt + 16 * size;
  const fits = items > 1 && cotangentAt + 16 * size <= ARENA_END;
  const native = fits ? softEisnerKernels() : undefined;
  if (!native) return false;
  const { run, f64, u32 } = native;
  let list = ARENA / 4;
  for (const part of [starts, left, right, arc]) {
    u32.set(part, list);
    list += part.length;
  }
  for (let start = 0; start < u.length; start += 2 * size) {
    const end = Math.min(start + 2 * size, u.length);
    f64.set(u.subarray(start, end), uAt / 8);
    if (cotangent) f64.set(cotangent.subarray(start, end), cotangentAt / 8);
    const second = 8 * (end - start - size);
    const g = cotangent ? cotangentAt : 0;
    run.softEisner(uAt, g, second, size, ARENA, items, 1 / t, arrays, uAt);
    out.set(f64.subarray(uAt / 8, uAt / 8 + end - start), start);
  }
  return true;
}
