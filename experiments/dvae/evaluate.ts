import { numpy as np } from "@jax-js/jax";
import type { FloatArray, Rng } from "../../src/index.ts";
import { batchOf, PIXELS } from "./data.ts";
import { type Kl, klValues, scaled } from "./kl.ts";
import type { Params } from "./model.ts";
import type { Training } from "./training.ts";

/** Means over the test images. */
export type Score = {
  /** Cross-entropy and KL, with the states that the method draws and the KL that is trained on. */
  readonly testLoss: number;
  readonly crossEntropy: number;
  readonly kl: number;
};

/** One pass over the test images with hard states; a last, incomplete batch is left out. */
export function score(training: Training, params: Params, rng: Rng): Promise<Score> {
  return pass(training, params, rng, training.method.sample, training.kl);
}

/**
 * The negative evidence lower bound: faithful samples from p(z; θ/τ), and the exact KL of that law, whatever the method
 * drew and was trained on. It bounds −log p(x) from above, so that methods can be compared by it.
 */
export async function bound(training: Training, params: Params, rng: Rng): Promise<number> {
  const { law, temperature } = training.method;
  const faithful = (theta: FloatArray, rng: Rng): FloatArray => {
    const z = new Float32Array(theta.length);
    law.sample(scaled(theta, temperature), rng, z);
    return z;
  };
  return (await pass(training, params, rng, faithful, training.method)).testLoss;
}

async function pass(
  { config, digits, model }: Training,
  params: Params,
  rng: Rng,
  sample: (theta: FloatArray, rng: Rng) => FloatArray,
  divergence: Kl,
): Promise<Score> {
  const { batch } = config;
  const batches = Math.floor(digits.test.length / PIXELS / batch);
  const order = Int32Array.from({ length: batches * batch }, (_, i) => i);
  let [crossEntropy, kl] = [0, 0];
  for (let b = 0; b < batches; b++) {
    const x = np.array(batchOf(digits.test, order, b * batch, batch), { shape: [batch, PIXELS] });
    const theta = await model.encode(params, x.ref);
    crossEntropy += await model.crossEntropy(params, x, sample(theta, rng.split(b)) as Float32Array);
    kl += klValues(divergence, theta).reduce((a, c) => a + c, 0);
  }
  crossEntropy /= order.length;
  kl /= order.length;
  return { testLoss: crossEntropy + kl, crossEntropy, kl };
}

/** Test images' reconstructions and decoded samples of the prior, 0 to 255. */
export async function pictures(
  { config, digits, model, method }: Training,
  params: Params,
  count: number,
  rng: Rng,
): Promise<{ reconstructions: Uint8Array; samples: Uint8Array }> {
  const { variables, categories } = config;
  const first = Int32Array.from({ length: count }, (_, i) => i);
  const theta = await model.encode(
    params,
    np.array(batchOf(digits.test, first, 0, count), { shape: [count, PIXELS] }),
  );
  const uniform = new Float32Array(count * variables * categories);
  const z = new Float32Array(uniform.length);
  method.law.sample(uniform, rng.split(0), z);
  const grey = async (states: Float32Array): Promise<Uint8Array> =>
    Uint8Array.from(await model.decode(params, states), (p) => Math.round(255 * p));
  return {
    reconstructions: await grey(method.sample(theta, rng.split(1)) as Float32Array),
    samples: await grey(z),
  };
}
