import { numpy as np, random } from "@jax-js/jax";
import type { Rng } from "../../src/contracts.ts";
import { checkFraction } from "../../src/core/check.ts";

/**
 * Sets a share `rate` of the entries to zero and scales the others up; for training.
 *
 * @param rate in [0, 1).
 * @param key of `randomKey`. It must be an argument of the jitted function: one that is captured as a constant drops
 * the same entries each time.
 * @throws RangeError for another rate: of 1 nothing is left to be scaled up.
 */
export function dropout(key: np.Array, x: np.Array, rate: number): np.Array {
  checkFraction("dropout", "rate", rate);
  if (rate === 0) {
    key.dispose();
    return x;
  }
  const kept = random.bernoulli(key, 1 - rate, x.shape);
  return np.where(kept, x.mul(1 / (1 - rate)), 0);
}

/** A key for jax-js's generator. */
export function randomKey(rng: Rng): np.Array {
  return np.array(Uint32Array.of(rng.bits(), rng.bits()));
}
