import type { Noise } from "../contracts.ts";
import { log, log1p } from "../core/log-exp.ts";
import { type NoiseOptions, tabulated } from "./tabulated.ts";

/** π² / 3. */
const VARIANCE = 3.289868133696453;

const make: (options?: NoiseOptions) => Noise = tabulated(
  "logistic",
  0,
  VARIANCE,
  (p, upper, at) => {
    const x = log(p) - log1p(-p);
    at[0] = upper ? -x : x;
    at[1] = p * (1 - p);
  },
  () => ({ score: (z) => Math.tanh(z / 2), divergence: { value, slope } }),
);

/**
 * Standard logistic noise: P(X ≤ x) = 1 / (1 + e^(−x)), the difference of two Gumbel variables. The sign of θ + X is a
 * faithful sample of independent bits.
 *
 * Mean 0, variance π²/3. Drawn by a tabulated inverse distribution function, within 2e-8.
 *
 * @param options `centered` changes nothing here: the mean is 0.
 * @throws TypeError for an unknown option.
 * @example
 * import { logistic } from "hardgrad";
 * logistic().variance; // 3.289868133696453
 */
export function logistic(options?: NoiseOptions): Noise {
  return make(options);
}

/** d coth(d / 2) − 2 = d² / 6 − d⁴ / 360 + … */
function value(d: number): number {
  if (Math.abs(d) < 1e-2) return (d * d) / 6 - d ** 4 / 360;
  return d / Math.tanh(d / 2) - 2;
}

/** coth(d / 2) − (d / 2) / sinh²(d / 2) = d / 3 − d³ / 90 + … */
function slope(d: number): number {
  if (Math.abs(d) < 1e-2) return d / 3 - d ** 3 / 90;
  const half = Math.min(Math.abs(d) / 2, 300);
  return Math.sign(d) * (1 / Math.tanh(half) - half / Math.sinh(half) ** 2);
}
