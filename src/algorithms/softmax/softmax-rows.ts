import type { FloatArray } from "../../contracts.ts";
import { ARENA, ARENA_END } from "../../core/kernels.ts";
import { softmaxKernels } from "../../core/softmax-kernels.ts";
import { writeFound } from "../write-found.ts";

/** Numbers that are worked on at once: they stay in the cache. */
const BLOCK = 4096;
/** Numbers from which copying them pays. */
const WORTHWHILE = 8;

/**
 * Softmaxes of rows of n numbers, −Infinity among them, or their products with the rows of `direction`, by a kernel; a row of −Infinity
 * alone is left to `alone`. False where no kernel can. `out` must not be read meanwhile.
 */
export function softmaxRows(
  theta: FloatArray,
  direction: FloatArray | undefined,
  n: number,
  out: FloatArray,
  alone: (row: number) => void,
): boolean {
  const block = Math.min(Math.max(1, Math.floor(BLOCK / n)) * n, theta.length);
  const thetaAt = ARENA / 8 + n + 1;
  const directionAt = thetaAt + block;
  const outAt = directionAt + (direction ? block + 1 : 0);
  const fits = outAt + block < ARENA_END / 8;
  const native = fits ? softmaxKernels(theta.length >= WORTHWHILE) : undefined;
  if (!native) return false;
  const { run, f64 } = native;
  for (let start = 0; start < theta.length; start += block) {
    const length = Math.min(block, theta.length - start);
    f64.set(theta.subarray(start, start + length), thetaAt);
    if (direction) {
      f64.set(direction.subarray(start, start + length), directionAt);
      f64[directionAt + length] = 0;
    }
    const v = direction ? 8 * directionAt : 0;
    const undone = run.softmaxRows(8 * thetaAt, v, length / n, n, ARENA, 8 * outAt);
    writeFound(f64.subarray(outAt, outAt + length), n, start / n, undone, out, alone);
  }
  return true;
}

/** σ(θ), or σ(θ) σ(−θ) times `direction`, of all numbers, by a kernel; false where it cannot. `out` may be either array. */
export function sigmoids(theta: FloatArray, direction: FloatArray | undefined, out: FloatArray): boolean {
  const native = softmaxKernels(theta.length >= WORTHWHILE);
  if (!native) return false;
  const { run, f64 } = native;
  const thetaAt = ARENA / 8;
  const directionAt = thetaAt + BLOCK;
  for (let start = 0; start < theta.length; start += BLOCK) {
    const length = Math.min(BLOCK, theta.length - start);
    f64.set(theta.subarray(start, start + length), thetaAt);
    if (direction) f64.set(direction.subarray(start, start + length), directionAt);
    run.sigmoids(8 * thetaAt, 8 * (thetaAt + length), direction ? 8 * directionAt : 0, 8 * thetaAt);
    out.set(f64.subarray(thetaAt, thetaAt + length), start);
  }
  return true;
}

/** Σ log(1 + e^θ) of rows of n numbers, or Σ of the entropies of bits of probability σ(θ), by a kernel; false where it cannot. */
export function bitSums(entropy: boolean, theta: FloatArray, n: number, out: FloatArray): boolean {
  const block = Math.max(1, Math.floor(BLOCK / n)) * n;
  const thetaAt = ARENA / 8;
  const outAt = thetaAt + block + 1;
  const fits = n > 0 && outAt + block / n <= ARENA_END / 8;
  const native = fits ? softmaxKernels(theta.length >= WORTHWHILE) : undefined;
  if (!native) return false;
  const { run, f64 } = native;
  for (let start = 0; start < theta.length; start += block) {
    const part = theta.subarray(start, start + block);
    const rows = part.length / n;
    f64.set(part, thetaAt);
    run.bitSums(entropy, 8 * thetaAt, rows, n, 8 * outAt);
    out.set(f64.subarray(outAt, outAt + rows), start / n);
  }
  return true;
}
