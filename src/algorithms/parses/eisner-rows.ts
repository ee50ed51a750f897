import type { FloatArray } from "../../contracts.ts";
import { type EisnerKernels, eisnerKernels } from "../../core/eisner-kernels.ts";
import { ARENA, ARENA_END, type KernelModule } from "../../core/kernels.ts";
import type { RowKernel } from "../row-kernel.ts";
import { CHILD, OPEN_LEFT, OPEN_RIGHT, RIGHT, type SpanTables, spanDerivation } from "./spans.ts";

/** Words from which copying a single row pays, and copying its sums back. */
const WORTHWHILE = 3;
const WORTHWHILE_BACK = 6;
/** Which of the four tables of spans: kernels/eisner.ts. */
const INSIDE = 0;
const SECONDS = 1;
const OUTSIDE = 2;
const OUTSIDE_SECONDS = 3;

export interface EisnerRows extends Pick<RowKernel, "mapRows" | "batch" | "batchNumbers"> {
  /** `fillSpans` with sums, of a single row's first n words; undefined where no kernel can. */
  sums(theta: Float64Array, n: number, inside: SpanTables): number | undefined;
}

/** Best projective trees of many rows, and what is summed over all, two rows at a time by a kernel, as inside-outside.ts has them. */
export function eisnerRows(words: number, single: boolean): EisnerRows {
  const stride = words + 1;
  const size = stride * stride;
  // In doubles; the kernel's tables are pairs.
  const tables = ARENA / 8;
  const arcs = tables + 48 * size;
  const direction = arcs + 2 * size;
  const fits = words > 0 && direction + 2 * size <= ARENA_END / 8;
  const tree = new Float64Array(fits ? size : 0);
  /** Where the number of a pair stands: table, kind, place and lane. */
  const at = (table: number, kind: number, place: number, lane: number): number =>
    tables + 2 * ((6 * table + kind) * size + place) + lane;
  const wholeOf = (n: number): number => (single ? at(INSIDE, CHILD, 0, 0) : at(INSIDE, RIGHT, n, 0));
  const whole = wholeOf(words);

  let memory: Float64Array = tree;
  let lane = 0;
  const derive = spanDerivation(words, single, (row, from, column, start, count) => {
    const f64 = memory;
    let a = at(INSIDE, row, from, lane);
    let b = at(INSIDE, column, start, lane);
    let top = -Infinity;
    let place = 0;
    for (let j = 0; j < count; j++, a += 2, b += 2 * stride) {
      const x = f64[a]! + f64[b]!;
      if (x > top) {
        top = x;
        place = j;
      }
    }
    return place;
  });

  /** Runs `solve` on pairs of rows, an odd one with itself, then `write` for each row, with its lane. */
  function pairs(
    theta: FloatArray,
    second: FloatArray | undefined,
    solve: (run: EisnerKernels, f64: Float64Array) => void,
    write: (f64: Float64Array, row: number, lane: number) => void,
  ): boolean {
    const rows = theta.length / size;
    const native: KernelModule<EisnerKernels> | undefined = fits
      ? eisnerKernels(rows > 1 || words >= WORTHWHILE)
      : undefined;
    if (!native) return false;
    const { run, f64 } = native;
    for (let row = 0; row < rows; row += 2) {
      const next = Math.min(row + 1, rows - 1);
      spread(theta, row * size, next * size, size, f64, arcs);
      if (second) spread(second, row * size, next * size, size, f64, direction);
      solve(run, f64);
      write(f64, row, 0);
      if (next > row) write(f64, next, 1);
    }
    return true;
  }

  /** Writes the numbers of arcs' spans in the arcs' places. */
  function collect(f64: Float64Array, table: number, out: FloatArray, start: number, ofLane: number): void {
    out.fill(0, start, start + size);
    const rightAt = at(table, OPEN_RIGHT, 0, ofLane);
    const leftAt = at(table, OPEN_LEFT, 0, ofLane);
    const rootAt = single ? at(table, CHILD, 0, ofLane) : rightAt;
    for (let t = 1; t <= words; t++) {
      out[start + t] = f64[rootAt + 2 * t]!;
      for (let s = 1; s < t; s++) {
        out[start + s * stride + t] = f64[rightAt + 2 * (s * stride + t)]!;
        out[start + t * stride + s] = f64[leftAt + 2 * (s * stride + t)]!;
      }
    }
  }

  return {
    mapRows: (theta, out, alone) =>
      pairs(
        theta,
        undefined,
        (run) => run.eisnerBest(words, stride, single, 8 * tables, 8 * arcs),
        (f64, row, ofLane) => {
          if (f64[whole + ofLane] === -Infinity) return alone(row);
          memory = f64;
          lane = ofLane;
          derive(words, tree);
          out.set(tree, row * size);
        },
      ),

    batch: (theta, along, out, alone) =>
      pairs(
        theta,
        along,
        (run) => {
          run.eisnerSums(words, stride, single, 8 * tables, 8 * arcs);
          if (along) run.eisnerSeconds(false, words, stride, single, 8 * tables, 8 * direction);
          run.eisnerOutside(along !== undefined, words, stride, single, 8 * tables);
        },
        (f64, row, ofLane) => {
          if (f64[whole + ofLane] === -Infinity) return alone(row);
          const start = row * size;
          collect(f64, along ? OUTSIDE_SECONDS : OUTSIDE, out, start, ofLane);
          // Sums of shares may round to just above.
          for (let e = start; !along && e < start + size; e++) out[e] = Math.min(out[e]!, 1);
        },
      ),

    batchNumbers: (entropic, theta, out, alone) =>
      pairs(
        theta,
        undefined,
        (run, f64) => {
          run.eisnerSums(words, stride, single, 8 * tables, 8 * arcs);
          if (!entropic) return;
          f64.fill(0, direction, direction + 2 * size);
          run.eisnerSeconds(true, words, stride, single, 8 * tables, 8 * direction);
        },
        (f64, row, ofLane) => {
          if (f64[whole + ofLane] === -Infinity) return alone(row);
          out[row] = f64[whole + (entropic ? 12 * size * SECONDS : 0) + ofLane]!;
        },
      ),

    sums(theta, n, inside) {
      const native = fits ? eisnerKernels(n >= WORTHWHILE_BACK) : undefined;
      if (!native) return undefined;
      const { run, f64 } = native;
      spread(theta, 0, 0, size, f64, arcs);
      run.eisnerSums(n, stride, single, 8 * tables, 8 * arcs);
      inside.forEach((table, kind) => {
        const from = at(INSIDE, kind, 0, 0);
        for (let k = 0; k < size; k++) table[k] = f64[from + 2 * k]!;
      });
      return f64[wholeOf(n)]!;
    },
  };
}

/** Writes two rows of x side by side: `size` pairs from `at` on. */
function spread(
  x: FloatArray,
  first: number,
  second: number,
  size: number,
  out: Float64Array,
  at: number,
): void {
  for (let e = 0; e < size; e++) {
    out[at + 2 * e] = x[first + e]!;
    out[at + 2 * e + 1] = x[second + e]!;
  }
}
