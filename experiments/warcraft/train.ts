import { tree } from "@jax-js/jax";
import type { Cell } from "../../lab/experiment.ts";
import { fromTensors, toTensors } from "../../lab/nn/checkpoint.ts";
import { finite } from "../../lab/run/finite.ts";
import { shuffled } from "../../lab/run/shuffled.ts";
import { type Seconds, stopwatch } from "../../lab/run/stopwatch.ts";
import type { Layer, Rng } from "../../src/index.ts";
import type { WarcraftConfig } from "./config.ts";
import type { Data } from "./data.ts";
import { predict, type Score, score } from "./evaluate.ts";
import { batcher } from "./maps.ts";
import type { Method } from "./methods.ts";
import type { Model, ModelState } from "./model.ts";

export interface Training {
  readonly config: WarcraftConfig;
  readonly data: Data;
  readonly model: Model;
  readonly method: Method;
  /** First weights and the order of maps: the same for all methods. */
  readonly rng: Rng;
}

/** One line of metrics.jsonl. */
export type EpochMetric = Score & {
  readonly epoch: number;
  /** Mean over the epoch's batches. */
  readonly loss: number;
  /** Share of maps, over the epoch, whose estimated gradient was zero in every cell. */
  readonly zeroGradients: number;
  /** Share of all costs given to the solver that were negative and counted as 0. */
  readonly clamped: number;
  /** β of the adaptive target. */
  readonly beta: number | null;
  readonly seconds: Seconds;
};

/** What has been summed over an epoch's steps so far, and what carries over from epoch to epoch. */
type Carried = {
  /** The epoch before. */
  readonly last: EpochMetric | null;
  readonly loss: number;
  readonly zeroGradients: number;
  readonly clamped: number;
  readonly solved: number;
  readonly method: { beta: number; nonZeros: number } | null;
  readonly seconds: Seconds;
};

/** Updates of an epoch; a last, incomplete batch is left out, another one in each epoch. */
export function stepsOf({ train }: Data, { batch }: WarcraftConfig): number {
  return Math.floor(train.count / batch);
}

export interface Trained {
  /** The caller owns it. */
  readonly state: ModelState;
  /** The last epoch. */
  readonly last: EpochMetric;
}

/** Trains for all epochs, or goes on where the cell was interrupted. */
export async function train(cell: Cell, training: Training): Promise<Trained> {
  const { config, data, model, method, rng } = training;
  const { batch, epochs } = config;
  const steps = stepsOf(data, config);
  const makeBatch = batcher(data.train, batch);
  const fresh = (last: EpochMetric | null): Carried => ({
    last,
    loss: 0,
    zeroGradients: 0,
    clamped: 0,
    solved: 0,
    method: method.state(),
    seconds: { layer: 0, engine: 0, data: 0 },
  });
  let state = model.init(rng.split(0));
  let carried = fresh(null);
  if (cell.restored) {
    const first = state;
    state = fromTensors(cell.restored.tensors, "model", first);
    tree.dispose(first);
    carried = cell.restored.json as Carried;
    method.restore(carried.method);
  }
  const watch = stopwatch(carried.seconds);
  let order: Int32Array | undefined;
  for (let at = (cell.restored?.step ?? -1) + 1; at < epochs * steps; at++) {
    const [epoch, step] = [Math.floor(at / steps) + 1, at % steps];
    if (!order || step === 0) order = shuffled(data.train.count, rng.split(epoch));
    const taken = order;
    const { pixels, ...truth } = watch.data(() => makeBatch(taken, step * batch));
    const before = counted(method);
    const layer: Layer = watch.layer(method.loss(truth));
    const now = { name: cell.name, epoch, rate: config.rate };
    const update = () => watch.engine(() => model.step(state, pixels, layer, cell.rng("step", at)));
    const made = await finite(now, update, ({ loss }) => loss);
    state = made.state;
    const after = counted(method);
    carried = {
      last: carried.last,
      loss: carried.loss + made.loss,
      zeroGradients: carried.zeroGradients + made.diagnostics.zeroGradientShare,
      clamped: carried.clamped + after.clamped - before.clamped,
      solved: carried.solved + after.solved - before.solved,
      method: method.state(),
      seconds: watch.seconds(),
    };
    if (step === steps - 1) {
      const test = () => predict(model, state, method, data.test, data.test.count, batch);
      const { paths } = await finite(now, test, ({ values }) => values.reduce((a, b) => a + b, 0));
      const last: EpochMetric = {
        epoch,
        ...score(method, paths, data.test),
        loss: carried.loss / steps,
        zeroGradients: carried.zeroGradients / steps,
        clamped: carried.solved === 0 ? 0 : carried.clamped / (carried.solved * config.side ** 2),
        beta: carried.method?.beta ?? null,
        seconds: carried.seconds,
      };
      cell.metric(last);
      watch.reset();
      carried = fresh(last);
    }
    const capture = async () => ({ json: carried, tensors: await toTensors(state, "model") });
    const accuracy = carried.last ? `  accuracy ${(100 * carried.last.accuracy).toFixed(1)} %` : "";
    await cell.safePoint(at, (at + 1) / (epochs * steps), capture, `epoch ${epoch}/${epochs}${accuracy}`);
  }
  return { state, last: carried.last! };
}

function counted({ structure }: Method): { clamped: number; solved: number } {
  const { clampedCosts = 0, solvedRows = 0 } = structure.report?.() ?? {};
  return { clamped: clampedCosts, solved: solvedRows };
}
