import { exp, log } from "../../core/log-exp.ts";
import type { CappedSimplexKernel } from "./capped-simplex-kernel.ts";

/** A gap between the k-th and the next element of which e^(−gap / 2) is nothing beside 1: the state is hard. */
const HARD_GAP = 600;
const MAX_STEPS = 100;
/** After a step as short as this nothing but rounding is left: Newton's error is less than its square. */
const SHORT = 1e-8;

/**
 * Σx = k says that what the elements below the k-th have, A(ν) = Σ σ(y − ν), is what the k largest lack,
 * B(ν) = Σ σ(ν − y). Newton's method finds the root of log A − log B, decreasing and nearly linear where both are
 * tiny; bisection catches steps out of the bracket. Sums of small numbers keep their precision that k − Σx loses.
 *
 * Either sum has terms o / (1 + o) with o = exp(−|y − c|) e^±(c − ν) for c between the k-th and the next. Even and odd ones are
 * summed apart, as two lanes do.
 */
export function binaryEntropyProjection(size: number): CappedSimplexKernel {
  const lower = new Float64Array(size + 1);
  const upper = new Float64Array(size + 1);

  return (y, n, k, x, slope) => {
    const [below, above] = [lower, upper];
    let next = -Infinity;
    let ties = 0;
    let room = k;
    for (let i = 0; i < n; i++) {
      const value = y[i]!;
      if (value < 0 && value > next) next = value;
      ties += +(value === 0);
      room -= +(value > 0);
    }
    // Of those that equal the k-th, as many count among the k largest as there is room for.
    if (ties > room) next = 0;
    if (next < -HARD_GAP) {
      for (let i = 0; i < n; i++) x[i] = y[i]! >= 0 ? 1 : 0;
      slope.fill(0, 0, n);
      return;
    }
    const centre = next / 2;
    let nBelow = 0;
    let nAbove = 0;
    for (let i = 0; i < n; i++) {
      const value = y[i]!;
      const factor = exp(value < 0 ? value - centre : centre - value);
      x[i] = factor;
      below[nBelow] = factor;
      above[nAbove] = factor;
      nBelow += +(value < 0);
      nAbove += +(value > 0);
    }
    const own = exp(centre);
    for (let i = 0; i < ties; i++) {
      if (i < room) above[nAbove++] = own;
      else below[nBelow++] = own;
    }
    below[nBelow] = 0;
    above[nAbove] = 0;
    let low = centre - log(2 * k);
    let high = -centre + log(2 * (n - k));
    let threshold = 0;
    for (let step = 0; step < MAX_STEPS; step++) {
      const [has, hasSlope] = sumShares(below, nBelow, exp(-threshold));
      const [lacks, lacksSlope] = sumShares(above, nAbove, exp(threshold));
      // log(A / B) itself near its root, and not far from it elsewhere.
      const root = Math.sqrt(Math.sqrt(has / lacks));
      const value = (8 * (root - 1)) / (root + 1);
      if (value >= 0) low = threshold;
      if (value <= 0) high = threshold;
      const previous = threshold;
      threshold += value / (hasSlope / has + lacksSlope / lacks);
      if (!(threshold >= low && threshold <= high)) threshold = (low + high) / 2;
      if (Math.abs(threshold - previous) <= SHORT) break;
    }
    const down = exp(-threshold);
    const up = exp(threshold);
    for (let i = 0; i < n; i++) {
      const isBelow = y[i]! < 0;
      const odds = x[i]! * (isBelow ? down : up);
      const other = 1 / (1 + odds);
      const share = odds * other;
      x[i] = isBelow ? share : other;
      slope[i] = share * other;
    }
  };
}

/** Σ o / (1 + o) and Σ o / (1 + o)² for o = scale · factor; behind `count` factors stands a 0. */
function sumShares(factors: Float64Array, count: number, scale: number): readonly [number, number] {
  let even = 0;
  let odd = 0;
  let evenSlope = 0;
  let oddSlope = 0;
  for (let i = 0; i < count; i += 2) {
    const a = factors[i]! * scale;
    const b = factors[i + 1]! * scale;
    const otherA = 1 / (1 + a);
    const otherB = 1 / (1 + b);
    even += a * otherA;
    odd += b * otherB;
    evenSlope += a * otherA * otherA;
    oddSlope += b * otherB * otherB;
  }
  return [even + odd, evenSlope + oddSlope];
}
