import type { FloatArray, Noise } from "../contracts.ts";
import { checkInteger, checkLength, checkNoise, checkTheta } from "../core/check.ts";
import type { LossAndGradient } from "./loss-and-gradient.ts";

/**
 * KL divergence of random utilities from their prior, summed over the entries of a row.
 *
 * What the evidence lower bound of a stochastic softmax trick subtracts: an upper bound on the divergence of the states.
 * With d = θ − θ₀, for an entry of
 *
 *     Gumbel, U = θ + ε            d + e^−d − 1
 *     negative exponential,        d + e^−d − 1, where −U has rate e^θ (`parameter: "logRate"`)
 *     logistic, U = θ + ε          d coth(d / 2) − 2
 *     Gaussian, U = θ + ε          d² / 2
 *
 * An undirected edge is one entry of θ and counts once.
 *
 * @param noise the utilities' noise: `gumbel()`, `logistic()`, `gaussian()`, `negativeExponential()`, not centred, or any
 *   that knows its `divergence`.
 * @param theta parameters, rows × size; excluded entries, −Infinity, count 0.
 * @param size entries of a row.
 * @param prior θ₀, as long as `theta`; 0 by default.
 * @returns nats of each row, and dKL/dθ. O(rows · size).
 * @throws TypeError or RangeError for arrays of the wrong kind or length, RangeError for a noise without a divergence.
 * @example
 * import { gumbel, utilityKl } from "hardgrad";
 * const { value, gradient } = utilityKl(gumbel(), Float64Array.of(0, Math.log(2)), 2);
 * value[0].toFixed(6); // "0.193147"
 * gradient; // Float64Array [0, 0.5]
 * @see Paulus et al. 2020, Appendix D; its published code counts each undirected edge twice.
 */
export function utilityKl(
  noise: Noise,
  theta: FloatArray,
  size: number,
  prior?: FloatArray,
): LossAndGradient {
  const who = "utilityKl";
  checkNoise(who, noise);
  const { divergence } = noise;
  if (typeof divergence?.value !== "function" || typeof divergence.slope !== "function") {
    throw new RangeError(
      `${who}: noise expected one with a divergence, as gumbel(), logistic() and gaussian() have, got ${noise.name}`,
    );
  }
  checkInteger(who, "size", size, 0);
  const rows = checkTheta(who, theta, size);
  if (prior !== undefined) {
    checkLength(who, "prior", prior, theta.length);
    checkTheta(who, prior, size, "prior");
  }
  const value = new Float64Array(rows);
  const gradient = theta.slice();
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let i = row * size; i < (row + 1) * size; i++) {
      gradient[i] = 0;
      if (theta[i] === -Infinity) continue;
      const d = theta[i]! - (prior ? prior[i]! : 0);
      sum += divergence.value(d);
      gradient[i] = divergence.slope(d);
    }
    value[row] = sum;
  }
  return { value, gradient };
}
