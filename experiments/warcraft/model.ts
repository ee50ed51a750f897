/** From pictures of maps to a number a cell: its cost, or its log-odds of being on the path. */
import { jit, nn, numpy as np, tree } from "@jax-js/jax";
import { softplus } from "../../lab/nn/activations.ts";
import { type Dense, dense, initDense } from "../../lab/nn/dense.ts";
import { heNormal } from "../../lab/nn/initialisers.ts";
import { adam } from "../../lab/nn/optimiser.ts";
import { read } from "../../lab/nn/read.ts";
import { stepSchedule } from "../../lab/nn/schedules.ts";
import { chain, type Piece, type Tree } from "../../src/frameworks/jax.ts";
import type { Diagnostics, Layer, Rng } from "../../src/index.ts";
import type { WarcraftConfig } from "./config.ts";
import { CHANNELS, resNet } from "./resnet.ts";
import { followedBy, passing, type Stage } from "./stage.ts";
import { TILE_SIZE } from "./tiles.ts";

/** Everything that a training changes; one tree a stage. */
export type ModelState = {
  params: Tree[];
  optimiser: Tree[];
  /** Running statistics of batch norm. */
  statistics: Tree[];
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
  ): Promise<{ state: ModelState; loss: number; diagnostics: Diagnostics }>;
  /** A number a cell, rows × side². The state is kept. */
  predict(state: ModelState, pixels: Float32Array<ArrayBuffer>): Promise<Float32Array>;
  dispose(): void;
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
  const { side } = config;
  const cells = side * side;
  const stages = predicts === "costs" ? costStages(config) : pathStages(config);
  const boundaries = config.drops.map((epoch) => epoch * steps);
  const optimiser = adam({ rate: stepSchedule(config.rate, boundaries) });

  type Batch = { pixels: np.Array; statistics: Tree[] };
  const pieces: Piece<Tree, Batch>[] = stages.map(
    (stage, i) =>
      (params: Tree, { pixels, statistics }: Batch, z: np.Array) => {
        tree.dispose(statistics.toSpliced(i, 1));
        if (i > 0) pixels.dispose();
        const made = stage.apply(params, statistics[i]!, i === 0 ? pixels : z, true);
        return { theta: made.y, aux: made.statistics };
      },
  );
  pieces.push((_, batch, losses) => {
    tree.dispose(batch);
    return np.mean(losses);
  });
  // One set of programs for all methods: which layer stands at the end is said in each step.
  const chosen: Layer<Layer> = {
    name: "warcraft",
    inputShape: [side, side],
    outputShape: [],
    forward: (theta, rng, layer) => layer!.forward(theta, rng),
  };
  const between = stages.slice(0, -1).map(({ outputShape }) => passing(outputShape));
  const trained = chain({
    pieces,
    layers: [...between, chosen],
    update: optimiser.update,
  });
  const predicted = stages.map(({ apply }) =>
    jit((params: Tree, statistics: Tree, x: np.Array) => apply(params, statistics, x, false).y),
  );
  const onDevice = (pixels: Float32Array<ArrayBuffer>): np.Array =>
    np.array(pixels, { shape: [pixels.length / (cells * TILE_SIZE), cells, TILE_SIZE] });

  return {
    init(rng) {
      const made = stages.map((stage, i) => stage.init(rng.split(i)));
      // What comes after the layer has nothing to learn, but is updated alike.
      const params = [...made.map((stage) => stage.params), {}];
      return {
        params,
        optimiser: params.map((own) => optimiser.init(own)),
        statistics: made.map((stage) => stage.statistics),
      };
    },
    async step({ params, optimiser, statistics }, pixels, layer, rng) {
      const made = await trained.stepAsync(params, optimiser, { pixels: onDevice(pixels), statistics }, [
        ...between.map(() => ({})),
        { rng, context: layer },
      ]);
      return {
        state: { params: made.params, optimiser: made.states, statistics: made.aux.slice(0, stages.length) },
        loss: made.loss,
        diagnostics: made.diagnostics.at(-1)!,
      };
    },
    predict: ({ params, statistics }, pixels) =>
      read(
        predicted.reduce(
          (x, forward, i) => forward(tree.ref(params[i]!), tree.ref(statistics[i]!), x),
          onDevice(pixels),
        ),
      ),
    dispose() {
      for (const program of [trained, ...predicted]) program.dispose();
    },
  };
}

function costStages({ model, side, hidden }: WarcraftConfig): Stage[] {
  const shape = [side, side];
  if (model === "patch") return [followedBy(patches(side, hidden, 1), shape, (y) => rescaled(y, side))];
  const stages = resNet(side);
  // The paper's: absolute value of the channels' mean.
  const costs = (y: np.Array): np.Array => np.abs(np.mean(y, -1)).reshape([-1, side, side]);
  return stages.with(-1, followedBy(stages.at(-1)!, shape, costs));
}

function pathStages({ model, side, hidden }: WarcraftConfig): Stage[] {
  const cells = side * side;
  const seen = model === "patch" ? [patches(side, hidden, SEEN)] : resNet(side);
  const widths = [cells * (model === "patch" ? SEEN : CHANNELS), WHOLE, cells];
  const head: Stage = {
    outputShape: [side, side],
    init: (rng) => ({
      params: [0, 1].map((i) => initDense(rng.split(i), widths[i]!, widths[i + 1]!, heNormal)),
      statistics: {},
    }),
    apply(params, _, x) {
      const [first, second] = params as [Dense, Dense];
      const y = dense(second, nn.relu(dense(first, x.reshape([-1, widths[0]!]))));
      return { y: y.reshape([-1, side, side]), statistics: {} };
    },
  };
  return [...seen, head];
}

/** Dense layers with ReLU on each cell's 8 × 8 pixels, the same for all cells: one chain of products. */
function patches(side: number, hidden: readonly number[], features: number): Stage {
  const widths = [TILE_SIZE, ...hidden, features];
  return {
    outputShape: [side * side, features],
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
      return { y: y.reshape([rows, cells, features]), statistics: {} };
    },
  };
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

/** What dense layers say of each cell, as costs. */
function rescaled(y: np.Array, side: number): np.Array {
  const raw = softplus(y.reshape([-1, side, side]).add(1)).add(FLOOR);
  return raw.ref.mul(np.mean(np.reciprocal(raw)).mul(SCALE));
}
