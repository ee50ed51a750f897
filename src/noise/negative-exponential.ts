import type { Noise } from "../contracts.ts";
import { log, log1p } from "../core/log-exp.ts";
import { rateDivergence } from "./rate-divergence.ts";
import { type NoiseOptions, tabulated } from "./tabulated.ts";

const make: (options?: NoiseOptions) => Noise = tabulated(
  "negativeExponential",
  -1,
  1,
  (p, upper, at) => {
    at[0] = upper ? log1p(-p) : log(p);
    at[1] = upper ? 1 - p : p;
  },
  // Centred, utilities of different rates end at different places.
  (shift) => (shift === 0 ? { divergence: rateDivergence } : {}),
);

/**
 * Minus an exponential variable of rate 1: P(X ≤ x) = e^x for x ≤ 0. Utilities for shortest paths and arborescences,
 * whose costs −X are positive.
 *
 * Mean −1, variance 1. Drawn by a tabulated inverse distribution function, within 2e-8.
 *
 * @param options `centered` subtracts the mean; half of the costs are then negative.
 * @throws TypeError for an unknown option.
 * @example
 * import { negativeExponential } from "hardgrad";
 * negativeExponential().mean; // -1
 * @see Paulus et al. 2020, "Gradient estimation with stochastic softmax tricks", Section 8.2.
 */
export function negativeExponential(options?: NoiseOptions): Noise {
  return make(options);
}
