import type { Noise } from "../contracts.ts";
import { exp, log } from "../core/log-exp.ts";
import { type NoiseOptions, tabulated } from "./tabulated.ts";

/** 1 / √(2π). */
const DENSITY_AT_0 = 0.3989422804014327;

const make: (options?: NoiseOptions) => Noise = tabulated(
  "gaussian",
  0,
  1,
  (p, upper, at) => {
    // Newton's method on the logarithm of the tail, which is concave, from a bound above.
    let x = p === 0.5 ? 0 : Math.sqrt(-2 * log(2 * p));
    for (let i = 0; i < 30; i++) {
      const tail = upperTail(x);
      const step = (log(tail / p) * tail) / density(x);
      x += step;
      if (Math.abs(step) < 1e-9) break;
    }
    at[0] = upper ? x : -x;
    at[1] = density(x);
  },
  () => ({
    score: (z) => z,
    divergence: { value: (d) => (d * d) / 2, slope: (d) => d },
  }),
);

/**
 * Standard normal noise.
 *
 * Mean 0, variance 1. Drawn by a tabulated inverse distribution function, within 2e-8.
 *
 * @param options `centered` changes nothing here: the mean is 0.
 * @throws TypeError for an unknown option.
 * @example
 * import { gaussian } from "hardgrad";
 * gaussian().variance; // 1
 */
export function gaussian(options?: NoiseOptions): Noise {
  return make(options);
}

function density(x: number): number {
  return DENSITY_AT_0 * exp(-0.5 * x * x);
}

/** P(X > x) for x ≥ 0: a power series near 0, Laplace's continued fraction beyond. */
function upperTail(x: number): number {
  if (x < 3) {
    let term = x;
    let sum = x;
    for (let n = 3; term > 1e-17 * sum; n += 2) {
      term *= (x * x) / n;
      sum += term;
    }
    return 0.5 - density(x) * sum;
  }
  let fraction = x;
  for (let n = 100; n >= 1; n--) fraction = x + n / fraction;
  return density(x) / fraction;
}
