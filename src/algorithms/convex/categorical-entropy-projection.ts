import type { CappedSimplexKernel } from "./capped-simplex-kernel.ts";

/**
 * With the m largest at 1, the others share k − m in proportion to exp y. The smallest m for which the largest of them
 * stays below 1 is right; if it is too small, so is every smaller one, so m comes down from k − 1, which always holds.
 */
export const categoricalEntropyProjection: CappedSimplexKernel = (y, sorted, count, k, x, slope) => {
  const size = y.length;
  let mass = 0;
  for (let i = size - count; i <= size - k; i++) mass += Math.exp(sorted[i]!);
  let capped = k - 1;
  while (capped > 0) {
    const largest = Math.exp(sorted[size - capped]!);
    if (!(largest * (k - capped) <= mass)) break;
    mass += largest;
    capped--;
  }
  const cap = sorted[size - 1 - capped]!;
  const scale = (k - capped) / mass;
  for (let i = 0; i < size; i++) {
    x[i] = y[i]! > cap ? 1 : Math.min(1, Math.exp(y[i]!) * scale);
    slope[i] = y[i]! > cap ? 0 : x[i]!;
  }
};
