import { exp, log } from "../../core/log-exp.ts";
import type { CappedSimplexKernel } from "./capped-simplex-kernel.ts";

/** A gap between the k-th and the next element of which e^(−gap / 2) is nothing beside 1: the state is hard. */
const HARD_GAP = 600;
/** Exponents of elements farther away than this are as good as at it. */
const FAR = 350;
const MAX_STEPS = 100;

/**
 * Σx = k says that what the elements below the k-th have, A(ν) = Σ σ(y − ν), is what the k largest lack,
 * B(ν) = Σ σ(ν − y). Newton's method finds the root of log A − log B, decreasing and nearly linear where both are
 * tiny; bisection catches steps out of the bracket. Sums of small numbers keep their precision that k − Σx loses.
 */
export function binaryEntropyProjection(size: number): CappedSimplexKernel {
  /** y of the k largest from the end, of the others from the beginning, and then exp(y − centre). */
  const factors = new Float64Array(size);

  return (y, count, k, x, slope) => {
    const split = count - k;
    let low = 0;
    let high = count;
    let next = -Infinity;
    for (let i = 0; i < size; i++) if (y[i]! > 0) factors[--high] = y[i]!;
    for (let i = 0; i < size; i++) {
      const value = y[i]!;
      if (value > 0 || value === -Infinity) continue;
      // Of those that equal the k-th, as many as there is room for.
      if (value === 0 && high > split) factors[--high] = 0;
      else {
        factors[low++] = value;
        next = Math.max(next, value);
      }
    }
    if (next < -HARD_GAP) {
      for (let i = 0; i < size; i++) x[i] = y[i]! >= 0 ? 1 : 0;
      slope.fill(0);
      return;
    }
    const centre = next / 2;
    for (let i = 0; i < count; i++) {
      factors[i] = exp(Math.min(Math.max(factors[i]! - centre, -FAR), FAR));
    }
    low = centre - log(2 * k);
    high = -centre + log(2 * (count - k));
    let threshold = 0;
    for (let step = 0; step < MAX_STEPS; step++) {
      const shift = exp(-threshold);
      let has = 0;
      let hasSlope = 0;
      for (let i = 0; i < split; i++) {
        const odds = factors[i]! * shift;
        const lacking = 1 / (1 + odds);
        has += odds * lacking;
        hasSlope += odds * lacking * lacking;
      }
      let lacks = 0;
      let lacksSlope = 0;
      for (let i = split; i < count; i++) {
        const odds = factors[i]! * shift;
        const lacking = 1 / (1 + odds);
        lacks += lacking;
        lacksSlope += odds * lacking * lacking;
      }
      const value = log(has / lacks);
      if (value >= 0) low = threshold;
      if (value <= 0) high = threshold;
      const previous = threshold;
      threshold += value / (hasSlope / has + lacksSlope / lacks);
      if (!(threshold >= low && threshold <= high)) threshold = (low + high) / 2;
      if (Math.abs(threshold - previous) <= 4e-16 * (1 + Math.abs(threshold))) break;
    }
    threshold += centre;
    for (let i = 0; i < size; i++) {
      const e = exp(-Math.abs(y[i]! - threshold));
      x[i] = (y[i]! >= threshold ? 1 : e) / (1 + e);
      slope[i] = e / ((1 + e) * (1 + e));
    }
  };
}
