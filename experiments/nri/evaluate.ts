import { edgeScores, type Rng } from "../../src/index.ts";
import { batcher } from "./batch.ts";
import type { NriConfig } from "./config.ts";
import type { Series } from "./data.ts";
import type { Method } from "./methods.ts";
import type { Model, ModelState } from "./model.ts";

export type Score = {
  /** −(nll + kl): of hard states with the noise of training, per vertex. */
  readonly elbo: number;
  readonly nll: number;
  readonly kl: number;
  /** Of the likeliest graph of each series. */
  readonly precision: number;
  readonly recall: number;
};

/** One pass over series with hard graphs; a last, incomplete batch is left out. */
export async function score(
  config: NriConfig,
  model: Model,
  state: ModelState,
  method: Method,
  series: Series,
  rng: Rng,
): Promise<Score> {
  const { batch, vertices } = config;
  const square = vertices * vertices;
  const makeBatch = batcher(series, config);
  const batches = Math.floor(series.count / batch);
  const order = Int32Array.from({ length: batches * batch }, (_, i) => i);
  const predicted = new Float32Array(order.length * square);
  let [nll, kl] = [0, 0];
  for (let b = 0; b < batches; b++) {
    const made = makeBatch(order, b * batch);
    const theta = await model.encode(state, made);
    const graphs = method.sample(theta, rng.split(b));
    nll += (await model.errors(state, made, graphs)).reduce((a, c) => a + c, 0);
    kl += method.kl(theta).reduce((a, c) => a + c, 0);
    predicted.set(method.map(theta), b * batch * square);
  }
  nll /= order.length * vertices;
  kl /= order.length * vertices;
  const found = edgeScores(predicted, series.adjacency.subarray(0, predicted.length), square);
  // A network that predicts no edge at all has no precision: nothing was found.
  const precision = Number.isNaN(found.precision) ? 0 : found.precision;
  return { elbo: -(nll + kl), nll, kl, precision, recall: found.recall };
}

/** Marginals of each pair, of the first `count` series: at most a batch. */
export async function marginals(
  config: NriConfig,
  model: Model,
  state: ModelState,
  method: Method,
  series: Series,
  count: number,
): Promise<Float32Array> {
  const first = Int32Array.from({ length: config.batch }, (_, i) => i);
  const theta = await model.encode(state, batcher(series, config)(first, 0));
  return method.marginals(theta).slice(0, count * config.vertices ** 2);
}
