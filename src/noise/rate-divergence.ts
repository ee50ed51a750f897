import type { Divergence } from "../contracts.ts";

/** Divergence of exponential variables of rates e^θ and e^θ₀, and so of all that is made of them one to one: d + e^−d − 1. */
export const rateDivergence: Divergence = {
  // Without cancellation around 0.
  value: (d) => (Math.abs(d) < 1e-3 ? (d * d * (12 - d * (4 - d))) / 24 : d + Math.expm1(-d)),
  slope: (d) => -Math.expm1(-d),
};
