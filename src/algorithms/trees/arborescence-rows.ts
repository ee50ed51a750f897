import { ARENA, ARENA_END } from "../../core/kernels.ts";
import { treeKernels } from "../../core/tree-kernels.ts";
import type { RowKernel } from "../row-kernel.ts";
import type { TreeSpec } from "./tree-spec.ts";

/** Numbers that are copied at once: they stay in the cache. */
const BLOCK = 4096;
/** Vertices from which copying a single row pays. */
const WORTHWHILE = 5;

/** −1 as the kernel writes it. */
const NONE = 2 ** 32 - 1;

/** Best arborescences of many rows by a kernel, as chu-liu-edmonds.ts finds them; `alone` solves a row that has none. */
export function arborescenceRows({
  vertices,
  from,
  to,
  single,
}: Omit<TreeSpec, "map">): NonNullable<RowKernel["mapRows"]> {
  const size = from.length;
  const stride = (vertices + 1) & ~1;
  /** As in chu-liu-edmonds.ts. */
  const slots = from.map((a, e) => (to[e]! < 0 ? 0 : to[e]! * stride + a));
  const arcs = vertices - 1;
  return (theta, out, alone) => {
    const rows = theta.length / size;
    const block = Math.min(Math.max(1, Math.floor(BLOCK / size)), rows);
    const thetaAt = ARENA + 8 * Math.ceil(size / 2);
    const outAt = thetaAt + 8 * block * size;
    const scratch = outAt + 8 * Math.ceil((block * arcs) / 2);
    // Two numbers and an integer a place, nodes of 32 bytes, and what stands by vertex.
    const fits = size > 0 && arcs > 0 && scratch + 20 * vertices * stride + 72 * vertices <= ARENA_END;
    const native = fits ? treeKernels(rows > 1 || vertices >= WORTHWHILE) : undefined;
    if (!native) return false;
    const { run, f64, u32 } = native;
    for (let first = 0; first < rows; first += block) {
      const count = Math.min(block, rows - first);
      const [start, end] = [first * size, (first + count) * size];
      u32.set(slots, ARENA / 4);
      f64.set(theta.subarray(start, end), thetaAt / 8);
      const without = run.bestArborescences(thetaAt, count, size, vertices, single, ARENA, scratch, outAt);
      if (without === 0) out.fill(0, start, end);
      for (let row = 0, at = outAt / 4; row < count; row++, at += arcs) {
        const own = start + row * size;
        if (without > 0) {
          if (u32[at] === NONE) {
            alone(first + row);
            continue;
          }
          out.fill(0, own, own + size);
        }
        for (let k = 0; k < arcs; k++) out[own + u32[at + k]!] = 1;
      }
    }
    return true;
  };
}
