import { ARENA, ARENA_END } from "../../core/kernels.ts";
import { type TreeKernels, treeKernels } from "../../core/tree-kernels.ts";
import type { RowKernel } from "../row-kernel.ts";
import { markTrees } from "./mark-trees.ts";
import type { TreeSpec } from "./tree-spec.ts";

type Spec = Omit<TreeSpec, "map">;

/** Numbers that are copied at once: they stay in the cache. */
const BLOCK = 4096;
/** Vertices from which copying a single row pays. */
const WORTHWHILE = 6;

/** Best arborescences of many rows by a kernel, as chu-liu-edmonds.ts finds them. */
export function arborescenceRows(spec: Spec): NonNullable<RowKernel["mapRows"]> {
  const { vertices, from, to, single } = spec;
  const stride = (vertices + 1) & ~1;
  // As in chu-liu-edmonds.ts.
  const slots = from.map((a, e) => (to[e]! < 0 ? 0 : to[e]! * stride + a));
  // Two numbers and an integer a place, nodes of 32 bytes, and what stands by vertex.
  return bestTreeRows(spec, slots, 20 * vertices * stride + 72 * vertices, (run, theta, rows, ...places) =>
    run.bestArborescences(theta, rows, to.length, vertices, single, ...places),
  );
}

/** Best spanning trees of many rows by a kernel, as prim.ts finds them: there are no parallel edges. */
export function spanningTreeRows(spec: Spec): NonNullable<RowKernel["mapRows"]> {
  const { vertices, from, to } = spec;
  const size = to.length;
  const stride = (vertices + 3) & ~3;
  /** Where each edge stands in a matrix of weights, twice, then the edge of each pair of vertices. */
  const tables = new Int32Array(2 * size + vertices * vertices);
  for (let e = 0; e < size; e++) {
    const [a, b] = [from[e]!, to[e]!];
    // A loop stands where vertex 0 has one, which is in the tree.
    if (b < 0) continue;
    tables[2 * e] = a * stride + b;
    tables[2 * e + 1] = b * stride + a;
    tables[2 * size + a * vertices + b] = e;
    tables[2 * size + b * vertices + a] = e;
  }
  return bestTreeRows(spec, tables, 8 * (vertices + 2) * stride, (run, theta, rows, ...places) =>
    run.bestSpanningTrees(theta, rows, size, vertices, ...places),
  );
}

/**
 * Runs `solve` on blocks of rows, with the addresses of its tables, of `bytes` of scratch and of what it finds: the elements of
 * each row's tree, the first of them −1 where there is none. It returns how many have none; `alone` solves those.
 */
function bestTreeRows(
  { vertices, to }: Spec,
  tables: Int32Array,
  bytes: number,
  solve: (
    run: TreeKernels,
    theta: number,
    rows: number,
    tables: number,
    scratch: number,
    out: number,
  ) => number,
): NonNullable<RowKernel["mapRows"]> {
  const size = to.length;
  const chosen = vertices - 1;
  return (theta, out, alone) => {
    const rows = theta.length / size;
    const block = Math.min(Math.max(1, Math.floor(BLOCK / size)), rows);
    const thetaAt = ARENA + 8 * Math.ceil(tables.length / 2);
    const scratch = thetaAt + 8 * block * size;
    const outAt = scratch + bytes;
    const fits = size > 0 && chosen > 0 && outAt + 4 * block * chosen <= ARENA_END;
    const native = fits ? treeKernels(rows > 1 || vertices >= WORTHWHILE) : undefined;
    if (!native) return false;
    const { run, f64, u32 } = native;
    u32.set(tables, ARENA / 4);
    for (let first = 0; first < rows; first += block) {
      const count = Math.min(block, rows - first);
      const [start, end] = [first * size, (first + count) * size];
      f64.set(theta.subarray(start, end), thetaAt / 8);
      const without = solve(run, thetaAt, count, ARENA, scratch, outAt);
      markTrees(u32, outAt, first, count, chosen, without, out, size, alone);
    }
    return true;
  };
}
