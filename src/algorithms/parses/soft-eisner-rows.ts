import type { FloatArray } from "../../contracts.ts";
import { ARENA, ARENA_END } from "../../core/kernels.ts";
import { softEisnerKernels } from "../../core/soft-eisner-kernels.ts";
import type { EisnerChart } from "./eisner-chart.ts";

/** Bytes of a split in a block: two integers, scores and odds of two rows. */
const SPLIT = 40;
/** The score of what is excluded: lower than any other, and sums of it are finite. */
const EXCLUDED = -1e300;

/**
 * Mean trees of some rows of utilities u under soft choices at temperature t, or gradients of their cotangents; arcs of −Infinity are
 * excluded. False where no kernel can. `out` may be either array.
 */
export type SoftEisnerRows = (
  rows: Int32Array,
  u: FloatArray,
  cotangent: FloatArray | undefined,
  t: number,
  out: FloatArray,
) => boolean;

/**
 * Solves rows of `size` numbers two at a time by a kernel. Splits that do not fit its memory pass through it in blocks of items, upwards
 * and then downwards.
 */
export function softEisnerRows(chart: EisnerChart, size: number): SoftEisnerRows {
  const { starts, adding, arcs, items } = chart;
  const ofMeans = layout(chart, false);
  const ofProducts = layout(chart, true);

  return (rows, u, cotangent, t, out) => {
    const product = cotangent !== undefined;
    const { values, worths, found, ofSplits, room, block, cuts, blocks } = product ? ofProducts : ofMeans;
    const native = cuts.length > 1 ? softEisnerKernels() : undefined;
    if (!native) return false;
    const { run, f64, u32 } = native;
    const last = cuts.length - 2;
    /** Scores and odds of all blocks but the last. */
    const kept = last > 0 ? new Float64Array(4 * room * last) : NOTHING;
    u32.set(starts, ARENA / 4);
    if (last === 0) u32.set(blocks[0]!, block / 4);
    run.softEisnerChart(product, items, room, ARENA, block, 8 * values);
    for (let i = 0; i < rows.length; i += 2) {
      // An odd one out goes along with itself.
      const first = rows[i]! * size;
      const second = rows[Math.min(i + 1, rows.length - 1)]! * size;
      f64.fill(0, values, values + 2 * items);
      if (product) f64.fill(0, worths, worths + 2 * items);
      for (let k = 0; k < arcs.length; k++) {
        const at = 2 * adding[k]!;
        const e = arcs[k]!;
        f64[values + at] = Math.max(u[first + e]!, EXCLUDED);
        f64[values + at + 1] = Math.max(u[second + e]!, EXCLUDED);
        if (!cotangent) continue;
        f64[worths + at] = cotangent[first + e]!;
        f64[worths + at + 1] = cotangent[second + e]!;
      }
      for (let b = 0; b <= last; b++) {
        if (last > 0) u32.set(blocks[b]!, block / 4);
        run.softEisnerUp(product, cuts[b]!, cuts[b + 1]!, 1 / t);
        if (b < last) kept.set(f64.subarray(ofSplits, ofSplits + 4 * room), 4 * room * b);
      }
      for (let b = last; b >= 0; b--) {
        if (b < last) {
          u32.set(blocks[b]!, block / 4);
          f64.set(kept.subarray(4 * room * b, 4 * room * (b + 1)), ofSplits);
        }
        run.softEisnerDown(product, cuts[b]!, cuts[b + 1]!, 1 / t);
      }
      out.fill(0, first, first + size);
      out.fill(0, second, second + size);
      for (let k = 0; k < arcs.length; k++) {
        const at = found + 2 * adding[k]!;
        out[first + arcs[k]!] = f64[at]!;
        out[second + arcs[k]!] = f64[at + 1]!;
      }
    }
    return true;
  };
}

const NOTHING = new Float64Array(0);

/** Where things are in the kernel's memory, in doubles, as kernels/soft-eisner.ts has them. */
function layout({ starts, splits, items }: EisnerChart, product: boolean) {
  const values = ARENA / 8 + 2 * Math.ceil(starts.length / 4);
  const contributions = values + 4 * items;
  const worths = contributions + 2 * items;
  const ofValues = worths + 2 * items;
  const ofSplits = product ? ofValues + 2 * items : worths;
  const most = Math.floor((ARENA_END - 8 * ofSplits) / SPLIT);
  const room = Math.min(most, splits.length / 2);
  const cuts = cutsOf(starts, items, room);
  return {
    values,
    worths,
    found: product ? ofValues : contributions,
    ofSplits,
    room,
    /** In bytes. */
    block: ARENA_END - 8 * room,
    cuts,
    blocks: cuts.slice(1).map((to, b) => splits.subarray(2 * starts[cuts[b]!]!, 2 * starts[to]!)),
  };
}

/** Items at which blocks of at most `room` splits begin, and the end; none where there are no items or one is larger. */
function cutsOf(starts: Int32Array, items: number, room: number): number[] {
  const cuts = [1];
  for (let item = 1, first = 0; item < items; item++) {
    const end = starts[item + 1]!;
    if (end - first <= room) continue;
    first = starts[item]!;
    if (end - first > room) return [];
    cuts.push(item);
  }
  if (items > 1) cuts.push(items);
  return cuts;
}
