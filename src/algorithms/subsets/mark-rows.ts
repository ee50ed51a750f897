import type { FloatArray } from "../../contracts.ts";
import { coreKernels } from "../../core/core-kernels.ts";
import { ARENA, ARENA_END } from "../../core/kernels.ts";
import type { PerturbedMap, StateDifference } from "../../core/perturbed-map.ts";
import { firstGuess, LONGEST_ROW } from "./select.ts";

/** Fewer numbers than these are faster marked in JavaScript than copied. */
const KERNEL_NUMBERS = 256;
/** Numbers that are marked at once: they stay in the cache. */
const BLOCK = 4096;
/** Longest row that a network of comparators sorts. */
const NETWORK = 32;

/** Marks the k largest of x[0 .. n) in out[start .. start + n), the lowest index on ties. */
type Mark = (x: Float64Array, n: number, k: number, out: FloatArray, start: number) => void;

interface RowMarker extends PerturbedMap {
  /** Where θ alone is not known to be `finite`, nothing is written unless all is. */
  map(
    theta: FloatArray,
    noise: Float64Array,
    temperature: number,
    out: FloatArray,
    finite?: boolean,
  ): boolean;
}

/**
 * Marks the k largest of each row by a kernel; rows that are too close to call are left to `mark`. Results must not be read
 * meanwhile: what is written shares memory with no input, or is θ itself.
 */
export function rowMarker(n: number, k: number, mark: Mark): RowMarker {
  const [quantile, spacing] = firstGuess(n, k);
  const network = comparators(n, k);
  const some = Math.max(1, Math.floor(BLOCK / n)) * n;
  const room = 8 * (some + 16);
  // θ and gradient lie where `mark` may search, once they were read.
  const someAt = ARENA;
  const gradientAt = someAt + room;
  const noiseAt = gradientAt + room;
  const statesAt = noiseAt + room;
  const foundAt = statesAt + room;
  const networkAt = foundAt + room;
  const scratchAt = networkAt + 16 * Math.ceil(network.byteLength / 16);
  const sumsAt = scratchAt + 8 * (n + 264);
  const allAt = sumsAt + 64;
  const values = new Float64Array(n);

  /**
   * A block at a time; θ alone that is not known to be finite all at once, marked where it lies. Arrays that are empty are nothing
   * to add, and no states to subtract from.
   */
  function pass(
    theta: FloatArray,
    gradient: FloatArray,
    step: number,
    noise: Float64Array,
    temperature: number,
    states: FloatArray,
    weight: number,
    out: FloatArray,
    finite = false,
  ): StateDifference | undefined {
    const moved = gradient.length > 0;
    const perturbed = noise.length > 0;
    const all = !(moved || perturbed || finite);
    const fits = !all || allAt + 8 * theta.length < ARENA_END;
    const may = fits && 0 < k && k < n && n <= LONGEST_ROW;
    const native = may ? coreKernels(theta.length >= KERNEL_NUMBERS) : undefined;
    if (!native) return undefined;
    const { run, f32, f64, u32 } = native;
    const single = [theta, gradient, states, out].every((a) => a instanceof Float32Array || a.length === 0);
    const view = single ? f32 : f64;
    const size = view.BYTES_PER_ELEMENT;
    const block = all ? theta.length : some;
    const xAt = all ? allAt : someAt;
    // A kernel writes up to three numbers more.
    const outAt = all ? allAt - 32 : foundAt;
    u32.set(network, networkAt / 4);
    f64.fill(0, sumsAt / 8, sumsAt / 8 + 2);
    for (let start = 0; start < theta.length; start += block) {
      const end = Math.min(start + block, theta.length);
      const rows = (end - start) / n;
      view.set(theta.subarray(start, end), xAt / size);
      view.set(gradient.subarray(start, end), gradientAt / size);
      f64.set(noise.subarray(start, end), noiseAt / 8);
      const undone = run.kSubsetMap(
        single,
        xAt,
        moved ? gradientAt : 0,
        step,
        perturbed ? noiseAt : 0,
        temperature,
        rows,
        n,
        k,
        networkAt,
        networkAt + network.byteLength,
        quantile,
        spacing,
        scratchAt,
        outAt,
      );
      // What was found finite is too large for a single.
      if (undone < 0 && !finite) return undefined;
      for (let row = 0; undone !== 0 && row < rows; row++) {
        const to = outAt / size + row * n;
        if (undone > 0 && !Number.isNaN(view[to]!)) continue;
        for (let i = 0; i < n; i++) {
          const at = start + row * n + i;
          const move = moved ? step * gradient[at]! : 0;
          values[i] = theta[at]! + move + (perturbed ? temperature * noise[at]! : 0);
        }
        mark(values, n, k, view, to);
      }
      if (states.length > 0) {
        view.set(states.subarray(start, end), statesAt / size);
        run.stateDifference(single, statesAt, outAt, rows, n, weight, sumsAt);
      }
      out.set(view.subarray(outAt / size, outAt / size + end - start), start);
    }
    return { changed: f64[sumsAt / 8]!, zeroRows: f64[sumsAt / 8 + 1]! };
  }

  return {
    map: (theta, noise, temperature, out, finite) =>
      pass(theta, NOTHING, 0, noise, temperature, NOTHING, 0, out, finite) !== undefined,
    difference: pass,
  };
}

const NOTHING = new Float64Array(0);

/**
 * Pairs of places in which larger numbers go to the second, so that in the end the two about the k-th largest are in their
 * places: what these need of the pairwise sorting network (Parberry 1992). In units of 32 bytes, a number of eight rows.
 */
function comparators(n: number, k: number): Uint32Array {
  const pairs: (readonly [number, number])[] = [];
  if (n > NETWORK) return new Uint32Array(0);
  for (let a = 1; a < n; a *= 2) {
    for (let i = 0; i + a < n; i++) if ((i & a) === 0) pairs.push([i, i + a]);
  }
  for (let a = NETWORK / 4, most = 1; a >= 1; a /= 2, most = 2 * most + 1) {
    for (let far = most; far > 0; far >>= 1) {
      for (let b = (far + 1) * a; b < n; b++) if ((b & a) === 0) pairs.push([b - far * a, b]);
    }
  }
  const needed = new Set([n - k - 1, n - k]);
  const network: number[] = [];
  for (const [low, high] of pairs.reverse()) {
    if (!needed.has(low) && !needed.has(high)) continue;
    needed.add(low).add(high);
    network.push(32 * high, 32 * low);
  }
  return Uint32Array.from(network.reverse());
}
