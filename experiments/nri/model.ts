/** Neural relational inference (Kipf et al. 2018): which points act upon which, from how they move. */
import { jit, numpy as np, tree } from "@jax-js/jax";
import type { BatchStatistics } from "../../lab/nn/batch-norm.ts";
import { adam } from "../../lab/nn/optimiser.ts";
import { read } from "../../lab/nn/read.ts";
import { stepSchedule } from "../../lab/nn/schedules.ts";
import { sandwich, type Tree } from "../../src/frameworks/jax.ts";
import type { Diagnostics, Layer, Rng } from "../../src/index.ts";
import type { Batch } from "./batch.ts";
import type { NriConfig } from "./config.ts";
import { type Decoder, initDecoder, squaredErrors } from "./decoder.ts";
import { type Encoder, encode, initEncoder } from "./encoder.ts";

export type Params = { encoder: Encoder; decoder: Decoder };
/** Everything that a training changes. */
export type ModelState = {
  params: Params;
  optimiser: { encoder: Tree; decoder: Tree };
  /** Running statistics of batch norm. */
  statistics: BatchStatistics[];
};

export interface Model {
  init(rng: Rng): ModelState;
  /** One update by the batch's mean error and by what the layer adds. Consumes the state. */
  step(
    state: ModelState,
    batch: Batch,
    layer: Layer,
    rng: Rng,
  ): Promise<{ state: ModelState; loss: number; diagnostics: Diagnostics }>;
  /** Logits of all pairs, rows × vertices². The state is kept. */
  encode(state: ModelState, batch: Batch): Promise<Float32Array>;
  /** Σ (x̂ − x)² / 2σ² of each series for given graphs. */
  errors(state: ModelState, batch: Batch, graphs: Float32Array): Promise<Float32Array>;
  dispose(): void;
}

export function nriModel(config: NriConfig): Model {
  const { vertices, timesteps, batch: rows, variance, hidden } = config;
  const optimiser = adam({ rate: stepSchedule(config.rate, [Math.ceil(config.drop * config.iterations)]) });
  const square = [vertices, vertices];

  type Arrays = { seen: np.Array; starts: np.Array; targets: np.Array; weights: np.Array };
  type WithStatistics = Arrays & { statistics: BatchStatistics[] };
  const onDevice = ({ seen, starts, targets, weights, segments, steps }: Batch): Arrays => ({
    seen: np.array(seen, { shape: [rows, vertices, timesteps * 2] }),
    starts: np.array(starts, { shape: [rows * segments, vertices, 2] }),
    targets: np.array(targets, { shape: [steps, rows * segments, vertices, 2] }),
    weights: np.array(weights, { shape: [steps, rows * segments] }),
  });

  const total = (params: Decoder, { starts, targets, weights }: Omit<Arrays, "seen">, z: np.Array) =>
    squaredErrors(params, starts, targets, weights, z).div(2 * variance);
  // One set of programs for all methods: which layer stands in the middle is said in each step.
  const chosen: Layer<Layer> = {
    name: "nri",
    inputShape: square,
    outputShape: square,
    forward: (theta, rng, layer) => layer!.forward(theta, rng),
  };
  const model = sandwich({
    encoder: (params: Encoder, { seen, starts, targets, weights, statistics }: WithStatistics) => {
      tree.dispose([starts, targets, weights]);
      const made = encode(params, seen, statistics, true);
      return { theta: made.logits, aux: made.statistics };
    },
    layer: chosen,
    decoder: (params: Decoder, { seen, statistics, ...rest }: WithStatistics, z: np.Array) => {
      tree.dispose([seen, statistics]);
      return np.sum(total(params, rest, z)).div(rows * vertices);
    },
    update: optimiser.update,
  });
  const logits = jit(
    (params: Encoder, seen: np.Array, statistics: BatchStatistics[]) =>
      encode(params, seen, statistics, false).logits,
  );
  const errors = jit(total);

  return {
    init(rng) {
      const { params: encoder, statistics } = initEncoder(rng.split(0), timesteps * 2, hidden);
      const params = { encoder, decoder: initDecoder(rng.split(1), hidden) };
      return {
        params,
        optimiser: { encoder: optimiser.init(params.encoder), decoder: optimiser.init(params.decoder) },
        statistics,
      };
    },
    async step({ params, optimiser, statistics }, batch, layer, rng) {
      const inputs = { ...onDevice(batch), statistics };
      const made = await model.stepAsync(params, optimiser, inputs, { rng, context: layer });
      return {
        state: { params: made.params, optimiser: made.states, statistics: made.aux.encoder },
        loss: made.loss,
        diagnostics: made.diagnostics,
      };
    },
    encode({ params, statistics }, { seen }) {
      const x = np.array(seen, { shape: [rows, vertices, timesteps * 2] });
      return read(logits(tree.ref(params.encoder), x, tree.ref(statistics)));
    },
    errors({ params }, batch, graphs) {
      const { seen, ...rest } = onDevice(batch);
      seen.dispose();
      const z = np.array(graphs as Float32Array<ArrayBuffer>, { shape: [rows, ...square] });
      return read(errors(tree.ref(params.decoder), rest, z));
    },
    dispose() {
      for (const program of [model, logits, errors]) program.dispose();
    },
  };
}
