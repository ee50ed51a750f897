import { ARENA, ARENA_END } from "../../core/kernels.ts";
import { treeKernels } from "../../core/tree-kernels.ts";
import type { RowKernel } from "../row-kernel.ts";

/** Numbers that are worked on at once: they stay in the cache. */
const BLOCK = 4096;

/**
 * Marginals of spanning trees, and their products, of many rows by a kernel; rows that doubles may not hold are left to
 * `alone`. Edge e joins from[e] and to[e], which is −1 where it is in no tree. `out` must not be read meanwhile.
 */
export function sumTreeRows(
  vertices: number,
  from: Int32Array,
  to: Int32Array,
): NonNullable<RowKernel["batch"]> {
  const size = from.length;
  const slots = from.map((a, e) => {
    const b = to[e]!;
    return b < 0 ? -1 : Math.max(a, b) * vertices + Math.min(a, b);
  });
  return (theta, direction, out, alone) => {
    if (vertices < 2) return false;
    const matrices = direction ? 4 : 2;
    const scratch = ARENA + 16 * Math.ceil(size / 4);
    const thetaAt = scratch + 16 * (size + 2 * vertices + matrices * vertices * vertices);
    const rowsAtOnce = Math.max(2, 2 * Math.floor(BLOCK / size / 2));
    const block = Math.min(rowsAtOnce * size, theta.length);
    const directionAt = thetaAt + 8 * block;
    const outAt = directionAt + (direction ? 8 * block : 0);
    const native = outAt + 8 * block <= ARENA_END ? treeKernels(theta.length > size) : undefined;
    if (!native) return false;
    const { run, f64, u32 } = native;
    for (let start = 0; start < theta.length; start += block) {
      const end = Math.min(start + block, theta.length);
      const rows = (end - start) / size;
      u32.set(slots, ARENA / 4);
      f64.set(theta.subarray(start, end), thetaAt / 8);
      if (direction) f64.set(direction.subarray(start, end), directionAt / 8);
      const undone = direction
        ? run.treeJvp(thetaAt, directionAt, rows, size, vertices, ARENA, scratch, outAt)
        : run.treeMarginals(thetaAt, rows, size, vertices, ARENA, scratch, outAt);
      const sums = f64.slice(outAt / 8, outAt / 8 + end - start);
      if (undone === 0) out.set(sums, start);
      else {
        for (let row = 0; row < rows; row++) {
          if (Number.isNaN(sums[row * size]!)) alone(start / size + row);
          else out.set(sums.subarray(row * size, (row + 1) * size), start + row * size);
        }
      }
    }
    return true;
  };
}
