import type { FloatArray } from "../../contracts.ts";
import { ARENA, ARENA_END, type KernelMemory } from "../../core/kernels.ts";
import { type RngKey, rngKey } from "../../core/rng.ts";
import { treeKernels } from "../../core/tree-kernels.ts";
import type { RowKernel } from "../row-kernel.ts";
import { writeFound } from "../write-found.ts";
import { elementGroup, elementSlot, SAFE_LOG_SLOPE } from "./linear-trees.ts";
import { markTrees } from "./mark-trees.ts";
import { logProduct } from "./matrix-tree.ts";
import { placedElements } from "./tree-sampler.ts";
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
const SAMPLE = 4;
const [UNDIRECTED, DIRECTED, SINGLE] = [0, 1, 2];

/** What linear-trees.ts finds, for many rows by a kernel; rows that doubles may not hold are left to `alone`. */
export function sumTreeRows(
  spec: Omit<TreeSpec, "map">,
): Required<Pick<RowKernel, "batch" | "batchNumbers" | "sampleRows">> {
  const { vertices, to } = spec;
  const size = to.length;
  const alive = Array.from(to.keys()).filter((e) => to[e]! >= 0);
  const kind = spec.symmetric ? UNDIRECTED : spec.single ? SINGLE : DIRECTED;
  const product = logProduct();
  /** Pivots with larger exponents than this in sum, as doubles hold them, need no look at slopes: linear-trees.ts. */
  const least =
    Math.ceil((vertices * Math.log(vertices) - SAFE_LOG_SLOPE) / Math.LN2) + 1023 * (vertices - 1);
  let listMade: Uint32Array | undefined;
  /** Element, slot and group of all that may be in a tree. */
  const list = (): Uint32Array => {
    listMade ??= Uint32Array.from(
      alive.flatMap((e) => [e, elementSlot(spec, vertices, e), elementGroup(spec, e)]),
    );
    return listMade;
  };
  let tablesMade: Uint32Array | undefined;
  /** The list, and how the sampler finds an arc's elements in it. */
  const listAndTables = (): Uint32Array => {
    if (!tablesMade) {
      const { first, next } = placedElements(
        alive.map((e) => elementSlot(spec, vertices, e)),
        vertices,
      );
      tablesMade = Uint32Array.from([...list(), ...first, ...next]);
    }
    return tablesMade;
  };

  /**
   * Runs the kernel on blocks of rows, and calls `write` with all of its memory, where in it a block's results are, `width`
   * doubles a row, which rows those are, and how many of them are undone. Samples need the streams that rows draw from.
   */
  function inBlocks(
    what: number,
    width: number,
    theta: FloatArray,
    direction: FloatArray | undefined,
    streams: RngKey | undefined,
    write: (memory: KernelMemory, at: number, first: number, rows: number, undone: number) => void,
  ): boolean {
    const matrices = direction ? 4 : 2;
    const integers = 3 * alive.length + (streams ? alive.length + vertices * vertices : 0);
    const scratch = ARENA + 16 * Math.ceil(integers / 4);
    const rows = theta.length / size;
    const block = Math.min(Math.max(2, 2 * Math.floor(BLOCK / size / 2)), rows);
    // Two words a row and 28 bytes a vertex are the sampler's.
    const sampler = streams ? 8 * block + 32 * vertices + 96 : 0;
    const thetaAt = scratch + 16 * (size + 4 * vertices + matrices * vertices * vertices) + sampler;
    const directionAt = thetaAt + 8 * block * size;
    const outAt = directionAt + (direction ? 8 * block * size : 0);
    const fits = vertices >= 2 && alive.length > 0 && outAt + 8 * block * width <= ARENA_END;
    const native = fits ? treeKernels(rows > 1 || vertices >= WORTHWHILE) : undefined;
    if (!native) return false;
    const { run, f64, u32 } = native;
    for (let first = 0; first < rows; first += block) {
      const own = Math.min(block, rows - first);
      const [start, end] = [first * size, (first + own) * size];
      u32.set(streams ? listAndTables() : list(), ARENA / 4);
      f64.set(theta.subarray(start, end), thetaAt / 8);
      if (direction) f64.set(direction.subarray(start, end), directionAt / 8);
      run.placeTrees(what, kind, vertices, size, ARENA, alive.length, least, scratch);
      const undone = streams
        ? run.treeSamples(thetaAt, own, streams.key0, streams.key1, streams.firstRow + first, outAt)
        : run.treeSums(thetaAt, directionAt, own, outAt);
      write(native, outAt, first, own, undone);
    }
    return true;
  }

  return {
    batch: (theta, direction, out, alone) =>
      inBlocks(
        direction ? JVP : MARGINALS,
        size,
        theta,
        direction,
        undefined,
        ({ f64 }, at, first, rows, undone) =>
          writeFound(f64.subarray(at / 8, at / 8 + rows * size), size, first, undone, out, alone),
      ),
    batchNumbers: (entropy, theta, out, alone) =>
      inBlocks(
        entropy ? ENTROPY : LOG_PARTITION,
        vertices,
        theta,
        undefined,
        undefined,
        ({ f64 }, start, first, rows) => {
          for (let row = first, at = start / 8; row < first + rows; row++, at += vertices) {
            product.restart();
            for (let k = vertices - 1; k >= 1; k--) product.times(f64[at + k]!);
            const logZ = product.log();
            if (Number.isNaN(f64[at]!)) alone(row);
            else out[row] = entropy ? Math.max(0, logZ - f64[at]!) : logZ + f64[at]!;
          }
        },
      ),
    sampleRows(theta, rng, out, alone) {
      const chosen = vertices - 1;
      const streams = rngKey(rng);
      if (!streams || streams.firstRow + theta.length / size > 2 ** 32) return false;
      return inBlocks(SAMPLE, chosen / 2, theta, undefined, streams, ({ u32 }, at, first, rows, undone) =>
        markTrees(u32, at, first, rows, chosen, undone, out, size, alone),
      );
    },
  };
}
