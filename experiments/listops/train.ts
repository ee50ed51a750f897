import { tree } from "@jax-js/jax";
import type { Cell } from "../../lab/experiment.ts";
import { fromTensors, toTensors } from "../../lab/nn/checkpoint.ts";
import { finite } from "../../lab/run/finite.ts";
import { tensor } from "../../lab/run/safetensors.ts";
import { shuffled } from "../../lab/run/shuffled.ts";
import { type Seconds, stopwatch } from "../../lab/run/stopwatch.ts";
import type { Tree } from "../../src/frameworks/jax.ts";
import type { Rng } from "../../src/index.ts";
import { batcher } from "./batch.ts";
import type { ListopsConfig } from "./config.ts";
import type { Data } from "./data.ts";
import { infer, type Score, score } from "./evaluate.ts";
import type { Method } from "./methods.ts";
import type { ModelState, Network } from "./model.ts";

export interface Training {
  readonly config: ListopsConfig;
  readonly data: Data;
  readonly network: Network;
  /** Of networks that infer a graph. */
  readonly method: Method | undefined;
  /** First weights and the order of expressions: the same for all methods. */
  readonly rng: Rng;
}

/** One line of metrics.jsonl: on the validation expressions. */
export type EpochMetric = {
  readonly epoch: number;
  readonly trainLoss: number;
  readonly accuracy: number;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly seconds: Seconds;
};

/** The best epoch so far by validation accuracy. */
export type Best = {
  readonly epoch: number;
  readonly validation: Score;
  readonly test: Score;
};

export interface Trained {
  readonly best: Best;
  /** Graphs of the first test expressions, where any are inferred: expressions × words × words. */
  readonly graphs: Float32Array;
}

type Carried = { readonly best: Best | null; readonly loss: number; readonly seconds: Seconds };
const NOTHING: Carried = { best: null, loss: 0, seconds: { layer: 0, engine: 0, data: 0 } };

/** Trains for all epochs, or goes on where the cell was interrupted; tests whenever validation is better than before. */
export async function train(cell: Cell, training: Training, pictured: number): Promise<Trained> {
  const { config, data, network, method, rng } = training;
  const { batch, epochs, length } = config;
  const updates = Math.floor(data.train.count / batch);
  const makeBatch = batcher(data.train, config);
  let state = network.init(rng.split(0));
  let carried = NOTHING;
  let graphs = new Float32Array();
  if (cell.restored) {
    const first = state;
    state = fromTensors(cell.restored.tensors, "model", first as unknown as Tree) as unknown as ModelState;
    tree.dispose(first);
    carried = cell.restored.json as Carried;
    graphs = cell.restored.tensors.graphs!.data as Float32Array<ArrayBuffer>;
  }
  const watch = stopwatch(carried.seconds);
  const layer = method && watch.layer(method.layer);
  let order: Int32Array | undefined;
  for (let at = (cell.restored?.step ?? -1) + 1; at < epochs * updates; at++) {
    const epoch = Math.floor(at / updates);
    if (!order || at % updates === 0) order = shuffled(data.train.count, rng.split(1).split(epoch));
    const taken = order;
    const made = watch.data(() => makeBatch(taken, (at % updates) * batch));
    const now = { name: cell.name, epoch: epoch + 1, rate: config.rate };
    const update = () => watch.engine(() => network.step(state, made, layer, cell.rng("step", at)));
    const stepped = await finite(now, update, ({ loss }) => loss);
    state = stepped.state;
    carried = { ...carried, loss: carried.loss + stepped.loss, seconds: watch.seconds() };
    if (at % updates === updates - 1) {
      const validation = await score(config, network, state, method, data.validation);
      if (validation.accuracy > (carried.best?.validation.accuracy ?? -1)) {
        const test = await score(config, network, state, method, data.test);
        carried = { ...carried, best: { epoch: epoch + 1, validation, test } };
        if (method && pictured > 0) {
          const first = batcher(data.test, config)(
            Int32Array.from({ length: pictured }, (_, i) => i),
            0,
          );
          const inferred = await infer(network, state, method, first);
          graphs = inferred.slice(0, pictured * length * length) as typeof graphs;
        }
      }
      const { accuracy, edges } = validation;
      cell.metric({
        epoch: epoch + 1,
        trainLoss: carried.loss / updates,
        accuracy,
        precision: edges?.precision ?? null,
        recall: edges?.recall ?? null,
        seconds: carried.seconds,
      } satisfies EpochMetric);
      watch.reset();
      carried = { ...NOTHING, best: carried.best };
    }
    const capture = async () => ({
      json: carried,
      tensors: { ...(await toTensors(state as unknown as Tree, "model")), graphs: tensor(graphs) },
    });
    await cell.safePoint(at, (at + 1) / (epochs * updates), capture, label(carried.best));
  }
  tree.dispose(state);
  return { best: carried.best!, graphs };
}

function label(best: Best | null): string {
  if (best === null) return "";
  const { accuracy, edges } = best.validation;
  const arcs = edges === null ? "" : `  edges ${percent(edges.precision)}`;
  return `accuracy ${percent(accuracy)}${arcs}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
