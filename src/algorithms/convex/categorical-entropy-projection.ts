import { exp } from "../../core/log-exp.ts";
import type { CappedSimplexKernel } from "./capped-simplex-kernel.ts";

/**
 * With the m largest at 1, the others share k − m in proportion to exp y. The smallest m for which the largest of them
 * stays below 1 is right; if it is too small, so is every smaller one, so m comes down from the number above the k-th, which
 * always holds.
 */
export function categoricalEntropyProjection(size: number): CappedSimplexKernel {
  const above = new Float64Array(size);

  return (y, _count, k, x, slope) => {
    let capped = 0;
    let mass = 0;
    for (let i = 0; i < size; i++) {
      const value = y[i]!;
      above[capped] = value;
      capped += +(value > 0);
      x[i] = exp(Math.min(value, 0));
      mass += value > 0 ? 0 : x[i]!;
    }
    const sorted = above.subarray(0, capped).sort();
    let cap = 0;
    for (const next of sorted) {
      const largest = exp(next);
      if (!(largest * (k - capped) <= mass)) break;
      mass += largest;
      cap = next;
      capped--;
    }
    const scale = (k - capped) / mass;
    for (let i = 0; i < size; i++) {
      const value = y[i]!;
      x[i] = value > cap ? 1 : Math.min(1, (value > 0 ? exp(value) : x[i]!) * scale);
      slope[i] = value > cap ? 0 : x[i]!;
    }
  };
}
