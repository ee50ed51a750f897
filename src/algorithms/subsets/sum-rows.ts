import type { FloatArray } from "../../contracts.ts";
import { coreKernels } from "../../core/core-kernels.ts";
import { ARENA, ARENA_END } from "../../core/kernels.ts";
import { log } from "../../core/log-exp.ts";
import { writeFound } from "../write-found.ts";
import { type Counted, LARGEST, LARGEST_DERIVED } from "./conditional-bernoulli.ts";

/** Numbers that are worked on at once: they stay in the cache. */
const BLOCK = 4096;

/**
 * Marginals of rows of θ, or their products with the rows of `direction`, by a kernel; rows that odds do not
 * suit are left to `sum`, which writes them. False where no kernel can. `out` must not be read meanwhile. With `check`, what is
 * wrong with numbers is found out by the kernel: only then it is called, before anything is written; false too where that is
 * more than fits.
 */
export function sumRows(
  theta: FloatArray,
  direction: FloatArray | undefined,
  rows: number,
  n: number,
  k: number,
  out: FloatArray,
  sum: (row: number) => void,
  check?: () => void,
): boolean {
  return inBlocks(theta, direction, rows, n, k, check ? rows * n : BLOCK, true, (row, undone, sums) => {
    // A check may use the kernels' memory.
    const found = check && undone ? sums.slice() : sums;
    if (undone) check?.();
    writeFound(found, n, row, undone, out, sum);
  });
}

/**
 * Visits rows of θ with what a kernel counted of them, marginals included if those are asked for; without, where odds do
 * not suit a row. False where no kernel can. A visit may draw words, but call no other kernel.
 */
export function countRows(
  theta: FloatArray,
  rows: number,
  n: number,
  k: number,
  marginals: boolean,
  visit: (row: number, counted?: Counted) => void,
): boolean {
  return inBlocks(theta, undefined, rows, n, k, 1, marginals, (row, undone, sums, cells, table) => {
    for (let i = 0; i < sums.length / n; i++) {
      const ofRow = sums.subarray(i * n, (i + 1) * n);
      // A row that was only counted may hold anything: then it is counted again.
      const counted = undone === 0 || !Number.isNaN(ofRow[0]);
      visit(
        row + i,
        counted ? { cells, odds: ARENA / 8 + i, table: table + i, marginals: ofRow } : undefined,
      );
    }
  });
}

/** Runs the kernel on some `numbers` of θ at a time, two rows at least. */
function inBlocks(
  theta: FloatArray,
  direction: FloatArray | undefined,
  rows: number,
  n: number,
  k: number,
  numbers: number,
  finished: boolean,
  take: (row: number, undone: number, sums: Float64Array, cells: Float64Array, table: number) => void,
): boolean {
  const ones = Math.min(k, n - k);
  const cells = (Math.ceil(n / 2) + 1) * (ones + 1);
  const step = direction ? 32 : 16;
  const tableAt = ARENA + step * (n + ones + 3);
  const thetaAt = tableAt + step * cells;
  const block = Math.min(2 * Math.ceil(numbers / n / 2), rows) * n;
  const directionAt = thetaAt + 8 * block;
  const outAt = directionAt + 8 * block;
  const fits = ones > 0 && outAt + 8 * block + 8 <= ARENA_END;
  const native = fits ? coreKernels() : undefined;
  if (!native) return false;
  const { run, f64 } = native;
  const logOdds = log(k / (n - k));
  const sign = 2 * k > n ? -1 : 1;
  for (let start = 0; start < rows * n; start += block) {
    const end = Math.min(start + block, rows * n);
    const here = (end - start) / n;
    f64.set(theta.subarray(start, end), thetaAt / 8);
    if (direction) f64.set(direction.subarray(start, end), directionAt / 8);
    const v = direction ? directionAt : 0;
    const largest = direction ? LARGEST_DERIVED : LARGEST;
    const undone = run.kSubsetSums(thetaAt, v, here, n, ones, logOdds, sign, largest, finished, ARENA, outAt);
    const sums = f64.subarray(outAt / 8, outAt / 8 + end - start);
    take(start / n, undone, sums, f64, tableAt / 8);
  }
  return true;
}
