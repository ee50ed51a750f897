import type { FloatArray } from "../../contracts.ts";
import { ARENA, ARENA_END } from "../../core/kernels.ts";
import { softEisnerKernels } from "../../core/soft-eisner-kernels.ts";
import type { EisnerChart } from "./eisner-chart.ts";
import { spread } from "./spread.ts";

/** Bytes of a split in a block: three integers, scores and weights of two rows. */
const SPLIT = 44;

/**
 * Mean trees of `rows` of utilities u under soft choices at temperature t, or gradients of their cotangents, two rows at a time by a
 * kernel; arcs of −Infinity or with mask 0 are excluded. False where it cannot. `out` may be either array.
 *
 * Splits that do not fit the kernel's memory pass through it in blocks of items, upwards and then downwards.
 */
export function softEisnerRows(
  chart: EisnerChart,
  rows: readonly number[],
  u: FloatArray,
  mask: ArrayLike<number> | undefined,
  cotangent: FloatArray | undefined,
  size: number,
  t: number,
  out: FloatArray,
): boolean {
  const { starts, left, items } = chart;
  // The kernel's arrays of pairs, counted in doubles.
  const arrays = ARENA / 8 + 2 * Math.ceil(starts.length / 4);
  const cotangents = arrays + 2 * (size + 1);
  const values = cotangents + 2 * (size + 1);
  const worths = values + 2 * items;
  const results = worths + 2 * items;
  const contributions = results + 2 * (size + 1);
  const block = contributions + 4 * items;
  const most = Math.floor((ARENA_END - 8 * block) / SPLIT);
  const room = 4 * Math.floor(Math.min(most, left.length + 3) / 4);
  const scores = block + (12 * room) / 8;
  const cuts = cutsOf(starts, items, room);
  const native = cuts && softEisnerKernels();
  if (!native) return false;
  const { run, f64, u32 } = native;
  const product = cotangent !== undefined;
  const last = cuts.length - 2;
  /** Scores and weights of all blocks but the last. */
  const kept = new Float64Array(4 * room * last);
  u32.set(starts, ARENA / 4);
  if (last === 0) loadSplits(chart, 1, items, room, u32, 2 * block);
  for (let i = 0; i < rows.length; i += 2) {
    // An odd one out goes along with itself.
    const first = rows[i]! * size;
    const second = rows[Math.min(i + 1, rows.length - 1)]! * size;
    spread(u, first, second, size, f64, arrays);
    if (mask) exclude(mask, first, second, size, f64, arrays);
    if (cotangent) spread(cotangent, first, second, size, f64, cotangents);
    // Of no arc, and of the empty span.
    f64.fill(0, cotangents - 2, cotangents);
    f64.fill(0, values - 2, values + 2);
    f64.fill(0, worths, worths + 2);
    f64.fill(0, results, block);
    f64.fill(1, contributions + 2 * (items - 1), contributions + 2 * items);
    for (let b = 0; b <= last; b++) {
      const [from, to] = [cuts[b]!, cuts[b + 1]!];
      if (last > 0) loadSplits(chart, from, to, room, u32, 2 * block);
      run.softEisnerUp(product, from, to, ARENA, 8 * block, room, 8 * arrays, size, items, 1 / t);
      if (b < last) kept.set(f64.subarray(scores, scores + 4 * room), 4 * room * b);
    }
    for (let b = last; b >= 0; b--) {
      const [from, to] = [cuts[b]!, cuts[b + 1]!];
      if (b < last) {
        loadSplits(chart, from, to, room, u32, 2 * block);
        f64.set(kept.subarray(4 * room * b, 4 * room * (b + 1)), scores);
      }
      run.softEisnerDown(product, from, to, ARENA, 8 * block, room, 8 * arrays, size, items, 1 / t);
    }
    for (let e = 0; e < size; e++) {
      out[first + e] = f64[results + 2 * e]!;
      out[second + e] = f64[results + 2 * e + 1]!;
    }
  }
  return true;
}

/** Items at which blocks of at most `room` splits begin, and the end; undefined where there is none or one is larger. */
function cutsOf(starts: Int32Array, items: number, room: number): number[] | undefined {
  const cuts = [1];
  for (let item = 1, first = 0; item < items; item++) {
    const end = starts[item + 1]!;
    if (end - first <= room) continue;
    first = starts[item]!;
    if (end - first > room) return undefined;
    cuts.push(item);
  }
  cuts.push(items);
  return items > 1 ? cuts : undefined;
}

/** Writes what the splits of some items are made of. */
function loadSplits(
  { starts, left, right, arc }: EisnerChart,
  from: number,
  to: number,
  room: number,
  out: Uint32Array,
  at: number,
): void {
  const [first, end] = [starts[from]!, starts[to]!];
  out.set(left.subarray(first, end), at);
  out.set(right.subarray(first, end), at + room);
  out.set(arc.subarray(first, end), at + 2 * room);
}

/** −Infinity where a mask of the two rows is 0. */
function exclude(
  mask: ArrayLike<number>,
  first: number,
  second: number,
  size: number,
  out: Float64Array,
  at: number,
): void {
  for (let e = 0; e < size; e++) {
    if (mask[first + e] === 0) out[at + 2 * e] = -Infinity;
    if (mask[second + e] === 0) out[at + 2 * e + 1] = -Infinity;
  }
}
