/** First values of weights, from our own generator: the same on every platform. */
import { numpy as np } from "@jax-js/jax";
import type { Rng } from "../../src/contracts.ts";
import { sizeOf } from "../../src/core/shape.ts";

/** Makes an array of this shape, for a map from `inputs` to `outputs` numbers. */
export type Initialiser = (rng: Rng, shape: readonly number[], inputs: number, outputs: number) => np.Array;

/** Uniform in ±1/√inputs, PyTorch's default for weights and biases. */
export const uniformByInputs: Initialiser = (rng, shape, inputs) =>
  uniform(rng, shape, 1 / Math.sqrt(inputs));

/** Uniform in ±√(6 / (inputs + outputs)) (Glorot and Bengio 2010), for tanh and sigmoid; Keras' default. */
export const glorotUniform: Initialiser = (rng, shape, inputs, outputs) =>
  uniform(rng, shape, Math.sqrt(6 / (inputs + outputs)));

/** Normal with variance 2 / inputs (He et al. 2015), for ReLU. */
export const heNormal: Initialiser = (rng, shape, inputs) => normal(rng, shape, Math.sqrt(2 / inputs));

export const zeros: Initialiser = (_rng, shape) => np.zeros([...shape]);

/** Uniform in ±limit. */
export function uniform(rng: Rng, shape: readonly number[], limit: number): np.Array {
  return filled(shape, () => limit * (2 * rng.uniform() - 1));
}

/** Normal with mean 0. */
export function normal(rng: Rng, shape: readonly number[], deviation: number): np.Array {
  return filled(shape, () => deviation * rng.normal());
}

function filled(shape: readonly number[], draw: () => number): np.Array {
  return np.array(Float32Array.from({ length: sizeOf(shape) }, draw), { shape: [...shape] });
}
