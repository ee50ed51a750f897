import { numpy as np } from "@jax-js/jax";

/** A learning rate as a function of the number of updates made, a scalar array: part of the jitted program. */
export type Schedule = (step: np.Array) => np.Array;

/** `rate` times `factor` for each boundary that the step has reached. */
export function stepSchedule(rate: number, boundaries: readonly number[], factor = 0.1): Schedule {
  return (step) => {
    const factors = boundaries.map((boundary) => np.where(step.ref.greaterEqual(boundary), factor, 1));
    step.dispose();
    return factors.reduce((product, f) => product.mul(f), np.full([], rate));
  };
}
