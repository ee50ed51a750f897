import { coreKernels } from "../../core/core-kernels.ts";
import { ARENA } from "../../core/kernels.ts";

/** A reusable search for the k-th largest of up to `capacity` numbers, expected O(n); scratch 2.5 `capacity` numbers. */
export interface Selector {
  /**
   * A threshold T with at most k of x[0 .. n) above it and at least k at or above it, 1 ≤ k ≤ n.
   * The numbers are finite; x is not changed.
   */
  threshold(x: Float64Array, n: number, k: number): number;
  /**
   * Where k ≪ n, 1 ≤ k: finds the k largest, the lowest index on ties, and leaves their indices in `places`; else false. Numbers
   * may be anything: false where one might count that is not finite.
   */
  findFew(x: Float64Array, n: number, k: number): boolean;
  readonly places: Int32Array;
}

/** In long rows most numbers are told apart from the k < n / FEW_BELOW best by one comparison with a guess from a sample. */
const LONG = 300;
const FEW_BELOW = 12;
/** Rounds of counting before quickselect, which ends on any input, ties included. */
const MAX_ROUNDS = 16;

/** Longest row that a kernel selects from in its own memory. */
export const LONGEST_ROW = 32_768;
/** Numbers of longer rows that are compared at once: they stay in the cache. */
const BLOCK = 2048;
const FOUND_AT: number = ARENA + 8 * BLOCK + 128;

/** Where the k-th largest of n normal variates lies, in standard deviations, and the gap to its neighbours; roughly. */
export function firstGuess(n: number, k: number): readonly [quantile: number, spacing: number] {
  const share = k / n;
  return [0.6 * Math.log((n - k + 0.5) / (k + 0.5)), 2.5 / (n * (4 * share * (1 - share) + 0.1))];
}

function isFew(k: number, n: number): boolean {
  return n >= LONG && k * FEW_BELOW < n;
}

export function selector(capacity: number): Selector {
  const scratch = new Float64Array(capacity);
  /** Numbers that may be among the k best, and where they stand. */
  const found = new Float64Array(capacity);
  const places = new Int32Array(capacity);

  /**
   * Searches for a number that separates the k largest, by counting how many lie above a guess: first that of a
   * normal law with the same mean and variance, then interpolated. Counting has no branches that could be
   * mispredicted, which is what quickselect's time goes to.
   */
  function count(x: Float64Array, n: number, k: number): number {
    const unrolled = n & ~3;
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < n; i++) {
      sum += x[i]!;
      squares += x[i]! * x[i]!;
    }
    const mean = sum / n;
    const deviation = Math.sqrt(Math.max(squares / n - mean * mean, 0));
    const [quantile, spacing] = firstGuess(n, k);
    const gap = deviation * spacing;
    let guess = mean + deviation * quantile;
    let low = -Infinity;
    let high = Infinity;
    let aboveLow = n;
    let aboveHigh = 0;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      let above = 0;
      let i = 0;
      for (; i < unrolled; i += 4) {
        above += +(x[i]! > guess) + +(x[i + 1]! > guess) + +(x[i + 2]! > guess) + +(x[i + 3]! > guess);
      }
      for (; i < n; i++) above += +(x[i]! > guess);
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
    for (let i = 0; i < n; i++) scratch[i] = x[i]!;
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

  /**
   * Collects the numbers above a guess, or what is no number, until there are k of them or nothing is left out. The guess is
   * the largest of a sample with good odds of that. Returns how many.
   */
  function collect(x: Float64Array, n: number, k: number): number {
    const native = coreKernels(n >= BLOCK);
    const stride = Math.ceil(Math.sqrt(n) / 2);
    let size = 0;
    for (let i = 0; i < n; i += stride) scratch[size++] = x[i]!;
    const expected = (k * size) / n;
    for (let rank = Math.ceil(expected + 2 * Math.sqrt(expected)) + 1; ; rank *= 2) {
      const guess = rank < size ? quickselect(size, rank) : -Infinity;
      let count = 0;
      for (let from = 0; native && from < n; from += BLOCK) {
        const { run, f64, u32 } = native;
        const part = x.subarray(from, Math.min(from + BLOCK, n));
        f64.set(part, ARENA / 8);
        const more = run.collectAbove(ARENA, part.length, guess, FOUND_AT);
        for (let i = FOUND_AT / 4; i < FOUND_AT / 4 + more; i++) {
          const at = u32[i]! / 8;
          found[count] = f64[at]!;
          places[count++] = at - ARENA / 8 + from;
        }
      }
      for (let i = 0; !native && i < n; i++) {
        if (x[i]! <= guess) continue;
        found[count] = x[i]!;
        places[count++] = i;
      }
      if (count >= k || guess === -Infinity) return count;
    }
  }

  return {
    places,

    threshold: count,

    findFew(x, n, k) {
      if (!isFew(k, n)) return false;
      const length = collect(x, n, k);
      let spoilt = 0;
      for (let i = 0; i < length; i++) {
        scratch[i] = found[i]!;
        spoilt += found[i]! - found[i]!;
      }
      if (length < k || spoilt !== 0) return false;
      const threshold = quickselect(length, k);
      let above = 0;
      for (let i = 0; i < length; i++) above += +(found[i]! > threshold);
      let tied = k - above;
      let kept = 0;
      for (let i = 0; i < length; i++) {
        if (found[i]! > threshold || (found[i] === threshold && tied-- > 0)) places[kept++] = places[i]!;
      }
      return true;
    },
  };
}
