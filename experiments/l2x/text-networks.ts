/** Networks on texts: what scores each word, and what predicts from the chosen ones. */
import { nn, numpy as np } from "@jax-js/jax";
import { elu } from "../../lab/nn/activations.ts";
import { type Convolution, convolution1d, initConvolution2d } from "../../lab/nn/convolution.ts";
import { type Dense, dense, initDense } from "../../lab/nn/dense.ts";
import { dropout } from "../../lab/nn/dropout.ts";
import { glorotUniform } from "../../lab/nn/initialisers.ts";
import type { Rng } from "../../src/index.ts";
import type { L2xConfig } from "./config.ts";
import type { Networks } from "./networks.ts";

/** Convolutions over words, the last of which scores them; what the whole text says joins in before it. */
export type Encoder = { layers: Convolution[]; whole: Dense[]; out: Dense };
export type Predictor = { layers: Convolution[]; hidden: Dense; out: Dense };

const KERNEL = 3;
/** Entries of keys for dropout, on the word vectors and before the scores. */
export const DROPOUTS = 2;

export function textNetworks({
  network,
  filters,
  hidden,
  dropout: rate,
}: L2xConfig): Networks<Encoder, Predictor> {
  const depth = network === "simple" ? 1 : 3;
  const selector = network === "selector";
  const convolution = (rng: Rng, width: number, inputs: number): Convolution =>
    initConvolution2d(rng, [1, width], inputs, filters, { weight: glorotUniform });
  const apply = (layer: Convolution, x: np.Array, padding: number): np.Array =>
    nn.relu(convolution1d(layer, x, { padding }));
  const same = (KERNEL - 1) / 2;
  return {
    init(rng, features) {
      const layers = Array.from({ length: depth }, (_, i) =>
        convolution(rng.split(0).split(i), KERNEL, i === 0 ? features : filters),
      );
      if (selector) layers.push(convolution(rng.split(1), 1, filters + hidden));
      return {
        encoder: {
          layers,
          whole: selector ? [initDense(rng.split(2), filters, hidden, glorotUniform)] : [],
          out: initDense(rng.split(3), filters, 2, glorotUniform),
        },
        predictor: {
          layers: selector
            ? []
            : [
                initConvolution2d(rng.split(4), [1, KERNEL], features, filters, {
                  weight: glorotUniform,
                  bias: false,
                }),
              ],
          hidden: initDense(rng.split(5), selector ? features : filters, hidden, glorotUniform),
          out: initDense(rng.split(6), hidden, 1, glorotUniform),
        },
      };
    },
    encode({ layers, whole, out }, features, keys) {
      const [rows, width] = features.shape as [number, number];
      const drop = (i: number, x: np.Array): np.Array => (keys[i] ? dropout(keys[i], x, rate) : x);
      let x = apply(layers[0]!, drop(0, features), same);
      if (whole.length === 0) {
        for (const layer of layers.slice(1)) x = apply(layer, x, same);
        return dense(out, drop(1, x));
      }
      // What the whole text is about, beside every word (L2X).
      const all = nn.relu(dense(whole[0]!, np.max(x.ref, 1))).reshape([rows, 1, hidden]);
      for (const layer of layers.slice(1, -1)) x = apply(layer, x, same);
      const both = np.concatenate([x, all.add(np.zeros([rows, width, hidden]))], 2);
      return dense(out, apply(layers.at(-1)!, drop(1, both), 0));
    },
    predict({ layers, hidden, out }, features, z, sizes) {
      const [rows, width] = features.shape as [number, number];
      const chosen = features.mul(z.reshape([rows, width, 1]));
      // Without bias and with a slope at 0: what is not chosen says nothing, and yet what it would say has a gradient.
      const words = layers.length > 0 ? elu(convolution1d(layers[0]!, chosen, { padding: same })) : chosen;
      const seen = np.sum(words, 1).div(sizes.reshape([rows, 1]));
      return dense(out, (selector ? nn.relu : elu)(dense(hidden, seen))).reshape([rows]);
    },
  };
}
