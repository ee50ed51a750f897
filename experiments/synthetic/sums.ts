import type { JsonObject } from "../../lab/run/json.ts";
import type { Noise, Rng } from "../../src/index.ts";

/** Bins of Figure 2's histograms. */
export const FIRST_EDGE = -4;
export const BIN_WIDTH = 0.25;
export const BINS = 76;

/** Draws sums of k noise variables, and says how far their distribution is from Gumbel(0, 1). */
export function histogramOfSums(noise: Noise, k: number, count: number, rng: Rng): JsonObject {
  const draws = new Float64Array(k * count);
  noise.fill(draws, rng);
  const sums = Float64Array.from({ length: count }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < k; j++) sum += draws[i * k + j]!;
    return sum;
  }).sort();
  const counts = new Array<number>(BINS).fill(0);
  let distance = 0;
  for (const [i, sum] of sums.entries()) {
    const bin = Math.floor((sum - FIRST_EDGE) / BIN_WIDTH);
    if (bin >= 0 && bin < BINS) counts[bin]! += 1;
    const expected = Math.exp(-Math.exp(-sum));
    distance = Math.max(distance, Math.abs(expected - i / count), Math.abs(expected - (i + 1) / count));
  }
  const mean = sums.reduce((total, x) => total + x, 0) / count;
  return { count, counts, mean, kolmogorov: distance };
}

/** The density of Gumbel(0, 1). */
export function gumbelDensity(x: number): number {
  return Math.exp(-x - Math.exp(-x));
}
