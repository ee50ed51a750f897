import type { numpy as np } from "@jax-js/jax";
import type { Tree } from "../../src/frameworks/jax.ts";
import type { Rng } from "../../src/index.ts";

/** What scores items, and what predicts from the chosen ones. */
export interface Networks<E extends Tree, P extends Tree> {
  init(rng: Rng, features: number): { encoder: E; predictor: P };
  /** rows × width × features → rows × width × 2. Keys are for dropout; without any there is none. */
  encode(encoder: E, features: np.Array, keys: readonly np.Array[]): np.Array;
  /** @param z rows × width. @param sizes rows, how many are chosen. @returns logits, a number a row. */
  predict(predictor: P, features: np.Array, z: np.Array, sizes: np.Array): np.Array;
}
