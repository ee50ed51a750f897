import { coreKernels } from "../../core/core-kernels.ts";
import { ARENA } from "../../core/kernels.ts";

/** A reusable search for the k-th largest of up to `capacity` numbers, expected O(n); scratch `capacity` numbers. */
export interface Selector {
  /**
   * A threshold T with at most k of x[start .. start + n) above it and at least k at or above it, 1 ≤ k ≤ n.
   * The numbers are finite; x is not changed.
   */
  threshold(x: Float64Array, start: number, n: number, k: number): number;
  /** Where k ≪ n: finds the k largest, the lowest index on ties, and leaves their indices in `places`; else false. */
  findFew(x: Float64Array, start: number, n: number, k: number): boolean;
  readonly places: Int32Array;
}

/** Below k = n / SCAN_BELOW a heap of the k best, scanned against its least, beats counting: it is seldom changed. */
const SCAN_BELOW = 25;
/** Rounds of counting before quickselect, which ends on any input, ties included. */
const MAX_ROUNDS = 16;

/** Longest row that a kernel selects from in its own memory; of longer ones it scans a block at a time. */
export const LONGEST_ROW = 32_768;
const BLOCK = 8192;

/** Where the k-th largest of n normal variates lies, in standard deviations, and the gap to its neighbours; roughly. */
export function firstGuess(n: number, k: number): readonly [quantile: number, spacing: number] {
  const share = k / n;
  return [0.6 * Math.log((n - k + 0.5) / (k + 0.5)), 2.5 / (n * (4 * share * (1 - share) + 0.1))];
}

export function selector(capacity: number): Selector {
  const scratch = new Float64Array(capacity);
  const places = new Int32Array(Math.ceil(capacity / SCAN_BELOW));
  let lastN = 0;
  let lastK = 0;
  let quantile = 0;
  let spacing = 0;

  /**
   * Searches for a number that separates the k largest, by counting how many lie above a guess: first that of a
   * normal law with the same mean and variance, then interpolated. Counting has no branches that could be
   * mispredicted, which is what quickselect's time goes to.
   */
  function count(x: Float64Array, start: number, n: number, k: number): number {
    const end = start + n;
    const unrolled = end - (n & 3);
    // Two sums side by side: additions wait for each other.
    let sum = 0;
    let sum1 = 0;
    let squares = 0;
    let squares1 = 0;
    for (let i = start; i < end - 1; i += 2) {
      const value = x[i]!;
      const value1 = x[i + 1]!;
      sum += value;
      sum1 += value1;
      squares += value * value;
      squares1 += value1 * value1;
    }
    const mean = (sum + sum1) / n;
    const deviation = Math.sqrt(Math.max((squares + squares1) / n - mean * mean, 0));
    if (n !== lastN || k !== lastK) {
      lastN = n;
      lastK = k;
      [quantile, spacing] = firstGuess(n, k);
    }
    const gap = deviation * spacing;
    let guess = mean + deviation * quantile;
    let low = -Infinity;
    let high = Infinity;
    let aboveLow = n;
    let aboveHigh = 0;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      let above = 0;
      let i = start;
      for (; i < unrolled; i += 4) {
        above += +(x[i]! > guess) + +(x[i + 1]! > guess) + +(x[i + 2]! > guess) + +(x[i + 3]! > guess);
      }
      for (; i < end; i++) above += +(x[i]! > guess);
      if (above === k) return guess;
      if (above > k) {
        low = guess;
        aboveLow = above;
      } else {
        high = guess;
        aboveHigh = above;
      }
      if (low === -Infinity || high === Infinity) guess += (above - k) * gap;
      else {
        // Every fourth guess bisects: interpolation alone can creep.
        const fraction = round % 4 === 3 ? 0.5 : (aboveLow - k) / (aboveLow - aboveHigh);
        guess = low + (high - low) * fraction;
      }
    }
    for (let i = 0; i < n; i++) scratch[i] = x[start + i]!;
    return quickselect(n, k);
  }

  /** Hoare's quickselect on scratch[0..n). */
  function quickselect(n: number, k: number): number {
    let low = 0;
    let high = n - 1;
    const rank = k - 1;
    while (low < high) {
      const pivot = scratch[(low + high) >> 1]!;
      let i = low;
      let j = high;
      while (i <= j) {
        while (scratch[i]! > pivot) i++;
        while (scratch[j]! < pivot) j--;
        if (i <= j) {
          const swap = scratch[i]!;
          scratch[i++] = scratch[j]!;
          scratch[j--] = swap;
        }
      }
      if (rank <= j) high = j;
      else if (rank >= i) low = i;
      else break;
    }
    return scratch[rank]!;
  }

  /** Keeps the k best in a min-heap, lower indices first on ties; most numbers cost one comparison with its root. */
  function scan(x: Float64Array, start: number, n: number, k: number): number {
    const end = start + n;
    for (let i = 0; i < k; i++) scratch[i] = x[start + i]!;
    for (let i = 0; i < k; i++) places[i] = i;
    for (let i = (k >> 1) - 1; i >= 0; i--) sink(k, i, scratch[i]!, places[i]!);
    const native = n > LONGEST_ROW ? coreKernels() : undefined;
    let least = scratch[0]!;
    for (let from = start + k; native && from < end; from += BLOCK) {
      const { run, f64 } = native;
      const length = Math.min(BLOCK, end - from);
      const last = ARENA + 8 * length;
      f64.set(x.subarray(from, from + length), ARENA / 8);
      for (let at = ARENA; ; at += 8) {
        at = run.firstAbove(at, last, least);
        if (at >= last) break;
        sink(k, 0, f64[at / 8]!, from - start + (at - ARENA) / 8);
        least = scratch[0]!;
      }
    }
    if (native) return least;
    for (let i = start + k; i < end; i++) {
      const value = x[i]!;
      if (value > least) {
        sink(k, 0, value, i - start);
        least = scratch[0]!;
      }
    }
    return least;
  }

  /** Puts `value` at position `i` of the min-heap scratch[0..k) and lets it sink; of equal ones the last is least. */
  function sink(k: number, i: number, value: number, place: number): void {
    for (;;) {
      let child = 2 * i + 1;
      if (child >= k) break;
      if (child + 1 < k && isLess(child + 1, scratch[child]!, places[child]!)) child++;
      if (!isLess(child, value, place)) break;
      scratch[i] = scratch[child]!;
      places[i] = places[child]!;
      i = child;
    }
    scratch[i] = value;
    places[i] = place;
  }

  function isLess(i: number, value: number, place: number): boolean {
    return scratch[i]! < value || (scratch[i] === value && places[i]! > place);
  }

  return {
    places,
    threshold: (x, start, n, k) => (k * SCAN_BELOW < n ? scan(x, start, n, k) : count(x, start, n, k)),
    findFew(x, start, n, k) {
      if (k * SCAN_BELOW >= n) return false;
      scan(x, start, n, k);
      return true;
    },
  };
}
