import type { FloatArray } from "../../contracts.ts";
import { coreKernels } from "../../core/core-kernels.ts";
import { ARENA, ARENA_END } from "../../core/kernels.ts";
import { log } from "../../core/log-exp.ts";

/** Numbers that are worked on at once: they stay in the cache. */
const BLOCK = 4096;

/**
 * Marginals of rows of θ, or their products with the rows of `direction`, by a kernel; rows that odds do not
 * suit are left to `sum`, which writes them. False where no kernel can. `out` must not be read meanwhile.
 */
export function sumRows(
  theta: FloatArray,
  direction: FloatArray | undefined,
  rows: number,
  n: number,
  k: number,
  out: FloatArray,
  sum: (row: number) => void,
): boolean {
  const ones = Math.min(k, n - k);
  const tables = direction ? 2 : 1;
  const cells = (Math.ceil(n / 2) + 1) * (ones + 1) + 1;
  const scratch = 16 * (2 * (n + 1) + 2 * (ones + 2) + tables * cells);
  const rowsAtOnce = Math.max(2, 2 * Math.floor(BLOCK / n / 2));
  const block = Math.min(rowsAtOnce, rows) * n;
  const thetaAt = ARENA + scratch;
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
    const undone = run.kSubsetSums(thetaAt, v, here, n, ones, logOdds, sign, ARENA, outAt);
    const sums = f64.subarray(outAt / 8, outAt / 8 + end - start);
    if (undone === 0) {
      out.set(sums, start);
      continue;
    }
    // Where θ is overwritten, rows that are not done still stand there.
    const left: number[] = [];
    for (let row = 0; row < here; row++) {
      if (Number.isNaN(sums[row * n])) left.push(start / n + row);
      else out.set(sums.subarray(row * n, (row + 1) * n), start + row * n);
    }
    left.forEach(sum);
  }
  return true;
}
