import type { Noise } from "../contracts.ts";
import { log, log1p } from "../core/log-exp.ts";
import { rateDivergence } from "./rate-divergence.ts";
import { type NoiseOptions, tabulated } from "./tabulated.ts";

/** Euler's constant γ, and π² / 6. */
const MEAN = 0.5772156649015329;
const VARIANCE = 1.6449340668482264;

const make: (options?: NoiseOptions) => Noise = tabulated(
  "gumbel",
  MEAN,
  VARIANCE,
  (p, upper, at) => {
    const rate = upper ? -log1p(-p) : -log(p);
    at[0] = -log(rate);
    at[1] = (upper ? 1 - p : p) * rate;
  },
  // e^−(θ + X) is exponential with rate e^θ, whatever the mean of X.
  (shift) => ({ score: (z) => -Math.expm1(shift - z), divergence: rateDivergence }),
);

/**
 * Standard Gumbel noise: P(X ≤ x) = exp(−e^(−x)). Added to every state's score it would make perturb-and-MAP sample
 * from p(z) ∝ exp⟨z, θ⟩; added to every entry of θ it does so for `categorical` alone.
 *
 * Mean γ ≈ 0.577, variance π²/6. Drawn by a tabulated inverse distribution function, within 2e-8.
 *
 * @param options `centered` subtracts the mean: it matters where states differ in their number of ones.
 * @throws TypeError for an unknown option.
 * @example
 * import { gumbel } from "hardgrad";
 * gumbel().mean; // 0.5772156649015329
 * gumbel({ centered: true }).mean; // 0
 * @see Papandreou and Yuille 2011, "Perturb-and-MAP random fields".
 */
export function gumbel(options?: NoiseOptions): Noise {
  return make(options);
}
