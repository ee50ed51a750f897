import type { FloatArray } from "../../contracts.ts";
import { ARENA, ARENA_END } from "../../core/kernels.ts";
import { treeKernels } from "../../core/tree-kernels.ts";
import type { RowKernel } from "../row-kernel.ts";
import { elementGroup, elementSlot, SAFE_LOG_SLOPE } from "./linear-trees.ts";
import { logProduct } from "./matrix-tree.ts";
import type { TreeSpec } from "./tree-spec.ts";

/** Numbers that are worked on at once: they stay in the cache. */
const BLOCK = 4096;
/** Vertices from which copying a single row pays. */
const WORTHWHILE = 5;

/** What is asked of the kernel, and of which trees: kernels/tree-sums.ts. */
const MARGINALS = 0;
const JVP = 1;
const LOG_PARTITION = 2;
const ENTROPY = 3;
const [UNDIRECTED, DIRECTED, SINGLE] = [0, 1, 2];

/** What linear-trees.ts finds, for many rows by a kernel; rows that doubles may not hold are left to `alone`. */
export function sumTreeRows(
  spec: Omit<TreeSpec, "map">,
): Required<Pick<RowKernel, "batch" | "batchNumbers">> {
  const { vertices, to } = spec;
  const size = to.length;
  const kind = spec.symmetric ? UNDIRECTED : spec.single ? SINGLE : DIRECTED;
  const product = logProduct();
  let listMade: Uint32Array | undefined;
  /** Element, slot and group of all that may be in a tree. */
  const elements = (): Uint32Array => {
    listMade ??= Uint32Array.from(
      [...to.keys()].flatMap((e) =>
        to[e]! < 0 ? [] : [e, elementSlot(spec, vertices, e), elementGroup(spec, e)],
      ),
    );
    return listMade;
  };

  /**
   * Runs the kernel on blocks of rows, and calls `write` with all of its memory, where in it a block's results are, `width`
   * numbers a row, which rows those are, and how many of them are undone.
   */
  function inBlocks(
    what: number,
    width: number,
    theta: FloatArray,
    direction: FloatArray | undefined,
    write: (f64: Float64Array, at: number, first: number, rows: number, undone: number) => void,
  ): boolean {
    const matrices = direction ? 4 : 2;
    const scratch = ARENA + 16 * Math.ceil((3 * size) / 4);
    const thetaAt = scratch + 16 * (size + 4 * vertices + matrices * vertices * vertices);
    const rows = theta.length / size;
    const block = Math.min(Math.max(2, 2 * Math.floor(BLOCK / size / 2)), rows);
    const directionAt = thetaAt + 8 * block * size;
    const outAt = directionAt + (direction ? 8 * block * size : 0);
    const fits = vertices >= 2 && size > 0 && outAt + 8 * block * width <= ARENA_END;
    const native = fits ? treeKernels(rows > 1 || vertices >= WORTHWHILE) : undefined;
    const list = native ? elements() : [];
    if (!native || list.length === 0) return false;
    const { run, f64, u32 } = native;
    for (let first = 0; first < rows; first += block) {
      const count = Math.min(block, rows - first);
      const [start, end] = [first * size, (first + count) * size];
      u32.set(list, ARENA / 4);
      f64.set(theta.subarray(start, end), thetaAt / 8);
      if (direction) f64.set(direction.subarray(start, end), directionAt / 8);
      const undone = run.treeSums(
        what,
        kind,
        thetaAt,
        directionAt,
        count,
        size,
        vertices,
        ARENA,
        list.length / 3,
        scratch,
        outAt,
      );
      write(f64, outAt / 8, first, count, undone);
    }
    return true;
  }

  return {
    batch: (theta, direction, out, alone) =>
      inBlocks(direction ? JVP : MARGINALS, size, theta, direction, (f64, at, first, rows, undone) => {
        const results = f64.subarray(at, at + rows * size);
        if (undone === 0) {
          out.set(results, first * size);
          return;
        }
        for (let row = 0; row < rows; row++) {
          if (Number.isNaN(results[row * size]!)) alone(first + row);
          else out.set(results.subarray(row * size, (row + 1) * size), (first + row) * size);
        }
      }),
    batchNumbers(entropy, theta, out, alone) {
      // Below, linear-trees.ts looks at the slopes.
      const least = vertices * Math.log(vertices) - SAFE_LOG_SLOPE;
      return inBlocks(
        entropy ? ENTROPY : LOG_PARTITION,
        vertices,
        theta,
        undefined,
        (f64, start, first, rows) => {
          for (let row = first, at = start; row < first + rows; row++, at += vertices) {
            product.restart();
            for (let k = vertices - 1; k >= 1; k--) product.times(f64[at + k]!);
            const logZ = product.log();
            if (Number.isNaN(f64[at]!) || (!entropy && !(logZ > least))) alone(row);
            else out[row] = entropy ? Math.max(0, logZ - f64[at]!) : logZ + f64[at]!;
          }
        },
      );
    },
  };
}
