import type { FloatArray } from "../../contracts.ts";
import { ARENA, ARENA_END } from "../../core/kernels.ts";
import { log } from "../../core/log-exp.ts";
import { projectionKernels } from "../../core/projection-kernels.ts";
import { firstGuess } from "../subsets/select.ts";

/** Numbers that are worked on at once: they stay in the cache. */
const BLOCK = 4096;

/** What the kernel knows: the regularizers of the projections beside this file. */
export const PROJECTIONS = { euclidean: 0, categoricalEntropy: 1, binaryEntropy: 2 } as const;

/**
 * Projections of whole rows of n finite u / t onto {0 ≤ x ≤ 1, Σx = k}, 0 < k < n, or their Jacobian products with the rows of
 * `direction`, by a kernel. False where none can. `out` must not be read meanwhile.
 */
export function projectRows(
  kind: keyof typeof PROJECTIONS,
  u: FloatArray,
  direction: FloatArray | undefined,
  n: number,
  k: number,
  t: number,
  out: FloatArray,
): boolean {
  const rowsAtOnce = Math.max(1, Math.floor(BLOCK / n));
  const block = Math.min(rowsAtOnce * n, u.length);
  const uAt = ARENA + 8 * 4 * (n + 4);
  const directionAt = uAt + 8 * block;
  const outAt = directionAt + (direction ? 8 * (block + 1) : 0);
  const fits = 0 < k && k < n && outAt + 8 * (block + 1) <= ARENA_END;
  const native = fits ? projectionKernels() : undefined;
  if (!native) return false;
  const { run, f64 } = native;
  const [quantile, spacing] = firstGuess(n, k);
  const [logLow, logHigh] = [log(2 * k), log(2 * (n - k))];
  for (let start = 0; start < u.length; start += block) {
    const length = Math.min(block, u.length - start);
    f64.set(u.subarray(start, start + length), uAt / 8);
    if (direction) {
      f64.set(direction.subarray(start, start + length), directionAt / 8);
      f64[directionAt / 8 + length] = 0;
    }
    const v = direction ? directionAt : 0;
    run.project(
      PROJECTIONS[kind],
      uAt,
      v,
      length / n,
      n,
      k,
      1 / t,
      quantile,
      spacing,
      logLow,
      logHigh,
      ARENA,
      outAt,
    );
    out.set(f64.subarray(outAt / 8, outAt / 8 + length), start);
  }
  return true;
}
