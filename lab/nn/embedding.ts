import { nn, numpy as np } from "@jax-js/jax";
import type { Rng } from "../../src/contracts.ts";
import { normal } from "./initialisers.ts";

/** words × features, normal with deviation 1 as in PyTorch. */
export function initEmbedding(rng: Rng, words: number, features: number, deviation = 1): np.Array {
  return normal(rng, [words, features], deviation);
}

/**
 * Rows of a table. The engine cannot differentiate a lookup under `jit`, so it is a product with one-hot rows:
 * time grows with the table. For a frozen table look up outside.
 * @param indices int32 in [0, words), any shape. Others are not noticed, and give other words' rows or sums of them:
 * jax-js's `oneHot` wraps around.
 */
export function embedding(table: np.Array, indices: np.Array): np.Array {
  const [words, features] = table.shape as [number, number];
  const shape = [...indices.shape, features];
  return np.dot(nn.oneHot(indices.reshape([-1]), words), table).reshape(shape);
}
