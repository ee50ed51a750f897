/** Runs in the browser. */
import * as tf from "@tensorflow/tfjs";
import { differentiable, discreteLayer } from "../../src/frameworks/tfjs.ts";
import { imle, kSubset, rng } from "../../src/index.ts";

/** dL/dθ of L = ⟨z, weights⟩ for two rows of θ. */
export async function gradient(theta: number[], weights: number[], backend: string): Promise<number[]> {
  await tf.setBackend(backend);
  const discrete = differentiable(imle(kSubset(4, 2)));
  const loss = (x: tf.Tensor) =>
    tf.sum(tf.mul(discrete(x, { rng: rng(7) }), tf.tensor2d(weights, [2, 4]))) as tf.Scalar;
  return [
    ...(await tf
      .grad(loss)(tf.tensor2d(theta, [2, 4]))
      .data()),
  ];
}

/** Losses of three epochs of a small model with a discrete layer inside. */
export async function fit(backend: string): Promise<number[]> {
  await tf.setBackend(backend);
  const topK = discreteLayer(tf.layers, "TopK", ({ n, k }: { n: number; k: number }) => imle(kSubset(n, k)));
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 4, inputShape: [3] }),
      topK({ config: { n: 4, k: 2 } }),
      tf.layers.dense({ units: 1 }),
    ],
  });
  model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
  const { history } = await model.fit(tf.ones([8, 3]), tf.ones([8, 1]), { epochs: 3, verbose: 0 });
  return history.loss as number[];
}
