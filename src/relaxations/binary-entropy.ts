import type { Relaxation, Structure } from "../contracts.ts";
import type { KSubsetContext } from "../structures/k-subset.ts";
import { type CappedSimplexKernel, cappedSimplex } from "./capped-simplex.ts";

/** A gap between the k-th and the next element of which e^(−gap / 2) is nothing beside 1: the state is hard. */
const HARD_GAP = 600;
/** Exponents of elements farther away than this are as good as at it. */
const FAR = 350;
const MAX_STEPS = 100;

/**
 * Sigmoids with a common threshold on {0 ≤ x ≤ 1, Σx = k}.
 *
 * x = argmax ⟨u, x⟩ − t Σ (x log x + (1 − x) log(1 − x)), that is x_i = σ(u_i / t − ν). A smaller temperature makes
 * x harder; no entry ever reaches 0 or 1, so all get some gradient.
 *
 * @param structure `kSubset(n, k)` or `categorical(n)`; its context holds, k, lengths and mask row by row.
 * @returns the relaxation; O(n log n) a row, and about six passes of Newton's method without an exponential.
 * @throws TypeError for another structure; its methods throw RangeError for a row with fewer than k elements.
 * @example
 * import { binaryEntropy, kSubset } from "hardgrad";
 * const x = new Float64Array(4);
 * binaryEntropy(kSubset(4, 2)).relax(Float64Array.of(-1, 0, 0, 1), 0.01, x);
 * Array.from(x, (p) => p.toFixed(2)); // ["0.00", "0.50", "0.50", "1.00"]
 * @see Amos, Koltun and Kolter 2019; "Bin. Ent. Top k" of Paulus et al. 2020.
 */
export function binaryEntropy(structure: Structure<KSubsetContext>): Relaxation<KSubsetContext> {
  return cappedSimplex("binaryEntropy", structure, binaryKernel);
}

/**
 * Σx = k says that what the elements below the k-th have, A(ν) = Σ σ(y − ν), is what the k largest lack,
 * B(ν) = Σ σ(ν − y). Newton's method finds the root of log A − log B, decreasing and nearly linear where both are
 * tiny; bisection catches steps out of the bracket. Sums of small numbers keep their precision that k − Σx loses.
 */
function binaryKernel(size: number): CappedSimplexKernel {
  /** exp(y − centre), ascending. */
  const factors = new Float64Array(size);

  return (y, sorted, count, k, x, slope) => {
    const first = size - count;
    const split = size - k;
    const next = sorted[split - 1]!;
    if (next < -HARD_GAP) {
      for (let i = 0; i < size; i++) x[i] = y[i]! >= 0 ? 1 : 0;
      slope.fill(0);
      return;
    }
    const centre = next / 2;
    for (let i = first; i < size; i++) {
      factors[i] = Math.exp(Math.min(Math.max(sorted[i]! - centre, -FAR), FAR));
    }
    let low = centre - Math.log(2 * k);
    let high = -centre + Math.log(2 * (count - k));
    let threshold = 0;
    for (let step = 0; step < MAX_STEPS; step++) {
      const shift = Math.exp(-threshold);
      let has = 0;
      let hasSlope = 0;
      for (let i = first; i < split; i++) {
        const odds = factors[i]! * shift;
        const lacking = 1 / (1 + odds);
        has += odds * lacking;
        hasSlope += odds * lacking * lacking;
      }
      let lacks = 0;
      let lacksSlope = 0;
      for (let i = split; i < size; i++) {
        const odds = factors[i]! * shift;
        const lacking = 1 / (1 + odds);
        lacks += lacking;
        lacksSlope += odds * lacking * lacking;
      }
      const value = Math.log(has / lacks);
      if (value >= 0) low = threshold;
      if (value <= 0) high = threshold;
      const previous = threshold;
      threshold += value / (hasSlope / has + lacksSlope / lacks);
      if (!(threshold >= low && threshold <= high)) threshold = (low + high) / 2;
      if (Math.abs(threshold - previous) <= 4e-16 * (1 + Math.abs(threshold))) break;
    }
    threshold += centre;
    for (let i = 0; i < size; i++) {
      const e = Math.exp(-Math.abs(y[i]! - threshold));
      x[i] = (y[i]! >= threshold ? 1 : e) / (1 + e);
      slope[i] = e / ((1 + e) * (1 + e));
    }
  };
}
