/** From pictures of maps to a number a cell: its cost, or its log-odds of being on the path. */
import { defaultDevice, init, jit, nn, numpy as np, tree } from "@jax-js/jax";
import { sandwich, type Tree } from "../../src/frameworks/jax.ts";
import type { Diagnostics, Layer, Rng } from "../../src/index.ts";
import { softplus } from "../nn/activations.ts";
import { type Dense, dense, initDense } from "../nn/dense.ts";
import { heNormal } from "../nn/initialisers.ts";
import { adam } from "../nn/optimiser.ts";
import { stepSchedule } from "../nn/schedules.ts";
import type { WarcraftConfig } from "./config.ts";
import { CHANNELS, initResNet, type ResNet, type ResNetStatistics, resNet } from "./resnet.ts";
import { TILE, TILE_SIZE } from "./tiles.ts";

/** Everything that a training changes. */
export type ModelState = {
  /** `body` sees a cell, or a map with its convolutions; `head` makes predictions of what it saw. */
  params: { body: Tree; head: Dense[] };
  optimiser: { encoder: Tree; decoder: Tree };
  /** Running statistics of batch norm. */
  statistics: Tree;
};

export interface Model {
  init(rng: Rng): ModelState;
  /**
   * One update by the mean of the layer's losses. Consumes the state.
   * @param pixels rows × cells × TILE_SIZE.
   */
  step(
    state: ModelState,
    pixels: Float32Array<ArrayBuffer>,
    layer: Layer,
    rng: Rng,
  ): { state: ModelState; loss: number; diagnostics: Diagnostics };
  /** A number a cell, rows × side². The state is kept. */
  predict(state: ModelState, pixels: Float32Array<ArrayBuffer>): Float32Array;
  dispose(): void;
}

export async function startEngine(): Promise<void> {
  await init("wasm");
  defaultDevice("wasm");
}

/** What a cell shows, to the network that sees the whole map. */
const SEEN = 8;
/** Width of the layer in which that network sees it all. */
const WHOLE = 256;

/**
 * @param predicts "costs": positive, a cell by what is seen of it. "path": by dense layers over what is seen of all
 * cells, since where a path runs depends on the whole map.
 * @param steps updates of an epoch, for the schedule.
 */
export function warcraftModel(config: WarcraftConfig, predicts: "costs" | "path", steps: number): Model {
  const { side, hidden } = config;
  const cells = side * side;
  const body =
    config.model === "resnet18" ? resNetBody(side) : patchBody(side, hidden, predicts === "costs" ? 1 : SEEN);
  const boundaries = config.drops.map((epoch) => epoch * steps);
  const optimiser = adam({ rate: stepSchedule(config.rate, boundaries) });

  type Batch = { pixels: np.Array; statistics: Tree };
  const apply = (
    params: ModelState["params"],
    { pixels, statistics }: Batch,
    training: boolean,
  ): { theta: np.Array; aux: Tree } => {
    const seen = body.apply(params.body, statistics, pixels, training);
    if (predicts === "costs") return { theta: body.cost(seen.features), aux: seen.statistics };
    const flat = seen.features.reshape([-1, cells * body.features]);
    const [first, second] = params.head as [Dense, Dense];
    return {
      theta: dense(second, nn.relu(dense(first, flat))).reshape([-1, side, side]),
      aux: seen.statistics,
    };
  };

  // One set of programs for all methods: which layer stands in the middle is said in each step.
  const middle: Layer<Layer> = {
    name: "warcraft",
    inputShape: [side, side],
    outputShape: [],
    forward: (theta, rng, chosen) => chosen!.forward(theta, rng),
  };
  const trained = sandwich({
    encoder: (params: ModelState["params"], batch: Batch) => apply(params, batch, true),
    layer: middle,
    decoder: (_: Tree, batch: Batch, losses: np.Array) => {
      tree.dispose(batch as Tree);
      return np.mean(losses);
    },
    update: optimiser.update,
  });
  const predicted = jit((params: ModelState["params"], batch: Batch) => apply(params, batch, false).theta);
  const onDevice = (pixels: Float32Array<ArrayBuffer>): np.Array =>
    np.array(pixels, { shape: [pixels.length / (cells * TILE_SIZE), cells, TILE_SIZE] });

  return {
    init(rng) {
      const { params, statistics } = body.init(rng.split(0));
      const widths = [cells * body.features, WHOLE, cells];
      const head =
        predicts === "costs"
          ? []
          : [0, 1].map((i) => initDense(rng.split(1).split(i), widths[i]!, widths[i + 1]!, heNormal));
      const all = { body: params, head };
      // What comes after the layer has nothing to learn, but is updated alike.
      const states = { encoder: optimiser.init(all), decoder: optimiser.init({}) };
      return { params: all, optimiser: states, statistics };
    },
    step({ params, optimiser, statistics }, pixels, layer, rng) {
      const made = trained.step(
        { encoder: params, decoder: {} },
        optimiser,
        { pixels: onDevice(pixels), statistics },
        { rng, context: layer },
      );
      return {
        state: { params: made.params.encoder, optimiser: made.states, statistics: made.aux.encoder },
        loss: made.loss,
        diagnostics: made.diagnostics,
      };
    },
    predict: ({ params, statistics }, pixels) =>
      predicted(tree.ref(params), {
        pixels: onDevice(pixels),
        statistics: tree.ref(statistics),
      }).dataSync() as Float32Array,
    dispose() {
      trained.dispose();
      predicted.dispose();
    },
  };
}

interface Body {
  /** Numbers a cell. */
  readonly features: number;
  init(rng: Rng): { params: Tree; statistics: Tree };
  /**
   * Pixels, rows × cells × TILE_SIZE, to what is seen: rows × cells × features. Consumes the statistics, and returns
   * them with the batch mixed in where it is for training, else empty.
   */
  apply(
    params: Tree,
    statistics: Tree,
    pixels: np.Array,
    training: boolean,
  ): { features: np.Array; statistics: Tree };
  /** rows × side × side costs > 0 of what is seen. */
  cost(features: np.Array): np.Array;
}

/**
 * Only ratios of costs decide which path is shortest, and the losses of M–M and Fenchel–Young fall in proportion when
 * all costs do: left to themselves, costs vanish, and cheap kinds can no longer be told apart. So a batch's costs have
 * this harmonic mean. It is ruled by the cheap cells, where paths run: an arithmetic mean would be kept by raising the
 * cost of cells that no path visits.
 */
const SCALE = 2;
/** Raw costs are above this: the mean of their reciprocals stays finite. */
const FLOOR = 0.01;

/** Dense layers with ReLU on each cell's 8 × 8 pixels, the same for all cells: one chain of products. */
function patchBody(side: number, hidden: readonly number[], features: number): Body {
  const widths = [TILE_SIZE, ...hidden, features];
  return {
    features,
    init: (rng) => ({
      params: widths.slice(1).map((n, i) => initDense(rng.split(i), widths[i]!, n, heNormal)),
      statistics: {},
    }),
    apply(params, _, pixels) {
      const [rows, cells] = pixels.shape as [number, number, number];
      const layers = params as Dense[];
      const y = layers.reduce(
        (h, layer, i) => {
          const z = dense(layer, h);
          return i < layers.length - 1 ? nn.relu(z) : z;
        },
        pixels.reshape([rows * cells, TILE_SIZE]),
      );
      return { features: y.reshape([rows, cells, features]), statistics: {} };
    },
    cost(features) {
      const raw = softplus(features.reshape([-1, side, side]).add(1)).add(FLOOR);
      return raw.ref.mul(np.mean(np.reciprocal(raw)).mul(SCALE));
    },
  };
}

/** The paper's: convolutions over the whole picture; a cost is the absolute value of the channels' mean. */
function resNetBody(side: number): Body {
  return {
    features: CHANNELS,
    init: (rng) => initResNet(rng),
    apply(params, statistics, pixels, training) {
      const picture = pixels
        .reshape([-1, side, side, TILE, TILE, 3])
        .transpose([0, 1, 3, 2, 4, 5])
        .reshape([-1, side * TILE, side * TILE, 3]);
      const made = resNet(params as ResNet, statistics as ResNetStatistics, picture, side, training);
      return { features: made.features.reshape([-1, side * side, CHANNELS]), statistics: made.statistics };
    },
    cost: (features) => np.abs(np.mean(features, -1)).reshape([-1, side, side]),
  };
}
