/** Networks on pictures in patches, each patch at its place: dense layers on what is left of the picture. */
import { nn, type numpy as np } from "@jax-js/jax";
import { type Dense, dense, initDense } from "../../lab/nn/dense.ts";
import { glorotUniform } from "../../lab/nn/initialisers.ts";
import type { L2xConfig } from "./config.ts";
import type { Networks } from "./networks.ts";

type Layers = { hidden: Dense; out: Dense };

export function patchNetworks({ hidden }: L2xConfig, patches: number): Networks<Layers, Layers> {
  const apply = (layers: Layers, picture: np.Array): np.Array =>
    dense(layers.out, nn.relu(dense(layers.hidden, picture)));
  return {
    init(rng, features) {
      const layers = (key: number, outputs: number): Layers => ({
        hidden: initDense(rng.split(key).split(0), patches * features, hidden, glorotUniform),
        out: initDense(rng.split(key).split(1), hidden, outputs, glorotUniform),
      });
      return { encoder: layers(0, 2 * patches), predictor: layers(1, 1) };
    },
    encode(layers, features, keys) {
      for (const key of keys) key.dispose();
      return apply(layers, features.reshape([features.shape[0]!, -1])).reshape([-1, patches, 2]);
    },
    predict(layers, features, z, sizes) {
      sizes.dispose();
      const rows = features.shape[0]!;
      const left = features.mul(z.reshape([rows, patches, 1])).reshape([rows, -1]);
      return apply(layers, left).reshape([rows]);
    },
  };
}
