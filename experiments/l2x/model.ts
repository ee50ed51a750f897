/** One network that chooses, a discrete layer, and one that predicts from what was chosen. */
import { jit, numpy as np, tree } from "@jax-js/jax";
import { sigmoid } from "../../lab/nn/activations.ts";
import { randomKey } from "../../lab/nn/dropout.ts";
import { adam } from "../../lab/nn/optimiser.ts";
import { read } from "../../lab/nn/read.ts";
import { sandwich, type Tree } from "../../src/frameworks/jax.ts";
import type { Diagnostics, Layer, Rng } from "../../src/index.ts";
import type { Batch } from "./batch.ts";
import type { L2xConfig } from "./config.ts";
import type { Method } from "./methods.ts";
import type { Networks } from "./networks.ts";
import { patchNetworks } from "./patch-networks.ts";
import { DROPOUTS, textNetworks } from "./text-networks.ts";

export type Params = { encoder: Tree; predictor: Tree };
/** Everything that a training changes. */
export type ModelState = { params: Params; optimiser: { encoder: Tree; predictor: Tree } };

export interface Model {
  init(rng: Rng): ModelState;
  /** One update by the batch's mean loss. Consumes the state. */
  step(
    state: ModelState,
    batch: Batch,
    method: Method,
    layer: Layer,
    rng: Rng,
  ): Promise<{ state: ModelState; loss: number; diagnostics: Diagnostics }>;
  /** Scores of items and of neighbours, rows × width × 2. The state is kept. */
  encode(state: ModelState, batch: Batch): Promise<Float32Array>;
  /** What is predicted from choices z, a number in [0, 1] a row. */
  predict(state: ModelState, batch: Batch, method: Method, z: Float32Array): Promise<Float32Array>;
  dispose(): void;
}

type Arrays = { features: np.Array; targets: np.Array; sizes: np.Array; keys: np.Array[] };

/** @param patches of a picture; undefined for texts. */
export function l2xModel(config: L2xConfig, features: number, patches?: number): Model {
  const { batch: rows } = config;
  const networks = (
    patches === undefined ? textNetworks(config) : patchNetworks(config, patches)
  ) as Networks<Tree, Tree>;
  const optimiser = adam({ rate: config.rate, epsilon: 1e-7 });
  const onDevice = (batch: Batch, method: Method): Omit<Arrays, "keys"> => ({
    features: np.array(batch.features, { shape: [rows, batch.width, features] }),
    targets: np.array(batch.targets, { shape: [rows] }),
    sizes: np.array(
      Float32Array.from(batch.lengths, (length) => method.size(length)),
      { shape: [rows] },
    ),
  });

  const predicted = (params: Tree, x: np.Array, z: np.Array, sizes: np.Array): np.Array =>
    sigmoid(networks.predict(params, x, z, sizes));
  const loss = (prediction: np.Array, targets: np.Array): np.Array =>
    np.mean(np.square(prediction.sub(targets)));

  /** Shapes are those of one width; which layer stands in the middle is said in each step. */
  const programs = (width: number) => {
    const chosen: Layer<Layer> = {
      name: "l2x",
      inputShape: [width, 2],
      outputShape: [width],
      forward: (theta, rng, layer) => layer!.forward(theta, rng),
    };
    return {
      model: sandwich({
        encoder: (params: Tree, { features, targets, sizes, keys }: Arrays) => {
          tree.dispose([targets, sizes]);
          return networks.encode(params, features, keys);
        },
        layer: chosen,
        decoder: (params: Tree, { features, targets, sizes, keys }: Arrays, z: np.Array) => {
          tree.dispose(keys);
          return loss(predicted(params, features, z, sizes), targets);
        },
        update: optimiser.update,
      }),
      encode: jit((params: Tree, x: np.Array) => networks.encode(params, x, [])),
      predict: jit(predicted),
    };
  };
  const made = new Map<number, ReturnType<typeof programs>>();
  const ofWidth = (width: number): ReturnType<typeof programs> => {
    const own = made.get(width) ?? programs(width);
    made.set(width, own);
    return own;
  };

  return {
    init(rng) {
      const params = networks.init(rng, features);
      return {
        params,
        optimiser: { encoder: optimiser.init(params.encoder), predictor: optimiser.init(params.predictor) },
      };
    },
    async step({ params, optimiser }, batch, method, layer, rng) {
      const drops = config.dropout > 0 ? DROPOUTS : 0;
      const keys = Array.from({ length: drops }, (_, i) => randomKey(rng.split(i)));
      const made = await ofWidth(batch.width).model.stepAsync(
        { encoder: params.encoder, decoder: params.predictor },
        { encoder: optimiser.encoder, decoder: optimiser.predictor },
        { ...onDevice(batch, method), keys },
        { rng, context: layer },
      );
      return {
        state: {
          params: { encoder: made.params.encoder, predictor: made.params.decoder },
          optimiser: { encoder: made.states.encoder, predictor: made.states.decoder },
        },
        loss: made.loss,
        diagnostics: made.diagnostics,
      };
    },
    encode({ params }, batch) {
      const x = np.array(batch.features, { shape: [rows, batch.width, features] });
      return read(ofWidth(batch.width).encode(tree.ref(params.encoder), x));
    },
    predict({ params }, batch, method, z) {
      const { features: x, targets, sizes } = onDevice(batch, method);
      targets.dispose();
      const states = np.array(z as Float32Array<ArrayBuffer>, { shape: [rows, batch.width] });
      const { predict } = ofWidth(batch.width);
      return read(predict(tree.ref(params.predictor), x, states, sizes));
    },
    dispose() {
      for (const { model, encode, predict } of made.values()) {
        for (const program of [model, encode, predict]) program.dispose();
      }
    },
  };
}
