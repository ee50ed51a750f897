import { numpy as np, tree } from "@jax-js/jax";
import type { Cell } from "../../lab/experiment.ts";
import { fromTensors, toTensors } from "../../lab/nn/checkpoint.ts";
import { finite } from "../../lab/run/finite.ts";
import { shuffled } from "../../lab/run/shuffled.ts";
import { type Seconds, stopwatch } from "../../lab/run/stopwatch.ts";
import type { Layer } from "../../src/index.ts";
import { batchOf, PIXELS } from "./data.ts";
import { score } from "./evaluate.ts";
import { withKl } from "./kl.ts";
import type { Params } from "./model.ts";
import type { Training } from "./training.ts";

/** One line of metrics.jsonl. */
export type EpochMetric = {
  readonly epoch: number;
  /** Mean over the epoch's batches, without the KL, of relaxed states where the method relaxes. */
  readonly trainCrossEntropy: number;
  readonly testLoss: number;
  readonly crossEntropy: number;
  readonly kl: number;
  /** Share of variables, over the epoch, whose estimated gradient was zero in every entry. */
  readonly zeroGradients: number;
  readonly seconds: Seconds;
};

/** What has been summed over an epoch's steps so far. */
type Sums = { readonly loss: number; readonly zeroGradients: number; readonly seconds: Seconds };
const NOTHING: Sums = { loss: 0, zeroGradients: 0, seconds: { layer: 0, engine: 0, data: 0 } };

/** Trains for all epochs, or goes on where the cell was interrupted. The caller owns the parameters. */
export async function train(cell: Cell, training: Training): Promise<{ params: Params; last: EpochMetric }> {
  const { config, digits, model, method, kl, rng } = training;
  const { batch, epochs } = config;
  const images = digits.train.length / PIXELS;
  const steps = Math.floor(images / batch);
  let { params, states } = model.init(rng.split(0));
  let sums = NOTHING;
  let last: EpochMetric | null = null;
  if (cell.restored) {
    const first = { params, states };
    ({ params, states } = fromTensors(cell.restored.tensors, "model", first));
    tree.dispose(first);
    ({ sums, last } = cell.restored.json as { sums: Sums; last: EpochMetric | null });
  }
  const watch = stopwatch(sums.seconds);
  let order: Int32Array | undefined;
  let layer: Layer | undefined;
  for (let at = (cell.restored?.step ?? -1) + 1; at < epochs * steps; at++) {
    const [epoch, step] = [Math.floor(at / steps) + 1, at % steps];
    if (!order || !layer || step === 0) {
      order = shuffled(images, rng.split(epoch));
      const isJacobian = method.isJacobian && kl.law === method.law;
      layer = watch.layer(withKl(method.layer(epoch), kl, 1 / batch, isJacobian));
    }
    const [taken, from, context] = [order, step * batch, layer];
    const floats = watch.data(() => batchOf(digits.train, taken, from, batch));
    const now = { name: cell.name, epoch, rate: config.rate };
    const update = () =>
      watch.engine(() => {
        const x = np.array(floats, { shape: [batch, PIXELS] });
        return model.step(params, states, x, { rng: cell.rng("step", at), context });
      });
    const made = await finite(now, update, ({ loss }) => loss);
    ({ params, states } = made);
    tree.dispose(made.aux);
    sums = {
      loss: sums.loss + made.loss,
      zeroGradients: sums.zeroGradients + made.diagnostics.zeroGradientShare,
      seconds: watch.seconds(),
    };
    if (step === steps - 1) {
      const test = () => score(training, params, cell.rng("test", epoch));
      last = {
        epoch,
        trainCrossEntropy: sums.loss / steps,
        ...(await finite(now, test, ({ testLoss }) => testLoss)),
        zeroGradients: sums.zeroGradients / steps,
        seconds: sums.seconds,
      };
      cell.metric(last);
      watch.reset();
      sums = NOTHING;
    }
    const capture = async () => ({
      json: { sums, last },
      tensors: await toTensors({ params, states }, "model"),
    });
    const label = `epoch ${epoch}/${epochs}  cross-entropy ${made.loss.toFixed(1)}`;
    await cell.safePoint(at, (at + 1) / (epochs * steps), capture, label);
  }
  tree.dispose(states);
  return { params, last: last! };
}
