import { tree } from "@jax-js/jax";
import type { Cell } from "../../lab/experiment.ts";
import { fromTensors, toTensors } from "../../lab/nn/checkpoint.ts";
import { finite } from "../../lab/run/finite.ts";
import { shuffled } from "../../lab/run/shuffled.ts";
import { type Seconds, stopwatch } from "../../lab/run/stopwatch.ts";
import type { Rng } from "../../src/index.ts";
import { batcher } from "./batch.ts";
import type { NriConfig } from "./config.ts";
import type { Data } from "./data.ts";
import { type Score, score } from "./evaluate.ts";
import type { Method } from "./methods.ts";
import type { Model, ModelState } from "./model.ts";

export interface Training {
  readonly config: NriConfig;
  readonly data: Data;
  readonly model: Model;
  readonly method: Method;
  /** First weights and the order of series: the same for all methods. */
  readonly rng: Rng;
}

/** One line of metrics.jsonl: on the validation series. */
export type StepMetric = Score & {
  readonly step: number;
  /** Mean negative log-likelihood of the updates since the last line, of relaxed graphs where the method relaxes. */
  readonly trainNll: number;
  readonly seconds: Seconds;
};

type Carried = { readonly last: StepMetric | null; readonly loss: number; readonly seconds: Seconds };
const NOTHING: Carried = { last: null, loss: 0, seconds: { layer: 0, engine: 0, data: 0 } };

/** Trains for all iterations, or goes on where the cell was interrupted. The caller owns the state. */
export async function train(cell: Cell, training: Training): Promise<ModelState> {
  const { config, data, model, method, rng } = training;
  const { batch, iterations, evaluateEvery } = config;
  const epoch = Math.floor(data.train.count / batch);
  const makeBatch = batcher(data.train, config);
  let state = model.init(rng.split(0));
  let carried = NOTHING;
  if (cell.restored) {
    const first = state;
    state = fromTensors(cell.restored.tensors, "model", first);
    tree.dispose(first);
    carried = cell.restored.json as Carried;
  }
  const watch = stopwatch(carried.seconds);
  const layer = watch.layer(method.layer);
  let order: Int32Array | undefined;
  for (let at = (cell.restored?.step ?? -1) + 1; at < iterations; at++) {
    if (!order || at % epoch === 0)
      order = shuffled(data.train.count, rng.split(1).split(Math.floor(at / epoch)));
    const taken = order;
    const made = watch.data(() => makeBatch(taken, (at % epoch) * batch));
    const now = { name: cell.name, epoch: Math.floor(at / epoch) + 1, rate: config.rate };
    const update = () => watch.engine(() => model.step(state, made, layer, cell.rng("step", at)));
    const stepped = await finite(now, update, ({ loss }) => loss);
    state = stepped.state;
    carried = { ...carried, loss: carried.loss + stepped.loss, seconds: watch.seconds() };
    const since = at % evaluateEvery;
    if (since === evaluateEvery - 1 || at === iterations - 1) {
      const evaluate = () => score(config, model, state, method, data.validation, cell.rng("validation", at));
      const found = await finite(now, evaluate, ({ elbo }) => elbo);
      const last = { step: at + 1, ...found, trainNll: carried.loss / (since + 1), seconds: carried.seconds };
      cell.metric(last);
      watch.reset();
      carried = { ...NOTHING, last };
    }
    const capture = async () => ({ json: carried, tensors: await toTensors(state, "model") });
    await cell.safePoint(at, (at + 1) / iterations, capture, label(carried.last));
  }
  return state;
}

function label(last: StepMetric | null): string {
  return last ? `ELBO ${last.elbo.toFixed(0)}  precision ${(100 * last.precision).toFixed(0)} %` : "";
}
