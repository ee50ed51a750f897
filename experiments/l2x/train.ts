import { tree } from "@jax-js/jax";
import type { Cell } from "../../lab/experiment.ts";
import { fromTensors, toTensors } from "../../lab/nn/checkpoint.ts";
import { finite } from "../../lab/run/finite.ts";
import { type Seconds, stopwatch } from "../../lab/run/stopwatch.ts";
import type { AdaptiveState, Rng } from "../../src/index.ts";
import { batcher, epochOrder } from "./batch.ts";
import { type Choices, judgeChoices, judgePredictions, type Subject } from "./evaluate.ts";
import type { ModelState } from "./model.ts";

export interface Training extends Subject {
  /** Held-out examples by which the best epoch is chosen. */
  readonly validation: Int32Array;
  /** First weights and the order of examples: the same for all methods. */
  readonly rng: Rng;
}

/** One line of metrics.jsonl. */
export type EpochMetric = Choices & {
  readonly epoch: number;
  /** Mean over the epoch's batches, of relaxed choices where the method relaxes. */
  readonly trainLoss: number;
  readonly validationLoss: number;
  /** On the validation half, where there are two classes. */
  readonly accuracy: number;
  /** Share of texts, over the epoch, whose estimated gradient was zero in every entry. */
  readonly zeroGradients: number;
  readonly steps: number;
  readonly seconds: Seconds;
};

type Sums = { readonly loss: number; readonly zeroGradients: number; readonly seconds: Seconds };
const NOTHING: Sums = { loss: 0, zeroGradients: 0, seconds: { layer: 0, engine: 0, data: 0 } };
type Carried = {
  readonly sums: Sums;
  /** Lowest validation loss of the epochs so far. */
  readonly best: number | null;
  readonly adapted: AdaptiveState | null;
};

/** Trains for all epochs, or goes on where the cell was interrupted; the state is the best epoch's. The caller owns it. */
export async function train(cell: Cell, training: Training): Promise<ModelState> {
  const { config, data, scores, model, method, validation, rng } = training;
  const { batch, epochs } = config;
  const makeBatch = batcher(data, batch);
  let state = model.init(rng.split(0));
  let best = tree.ref(state);
  let { sums, best: lowest }: Omit<Carried, "adapted"> = { sums: NOTHING, best: null };
  if (cell.restored) {
    const first = state;
    const restored = cell.restored.json as Carried;
    state = fromTensors(cell.restored.tensors, "model", first);
    best = fromTensors(cell.restored.tensors, "best", first);
    tree.dispose([first, first]);
    ({ sums, best: lowest } = restored);
    if (restored.adapted) method.target?.restore(restored.adapted);
  }
  const watch = stopwatch(sums.seconds);
  const steps = Math.floor(data.train.count / batch);
  let order: Int32Array[] | undefined;
  for (let at = (cell.restored?.step ?? -1) + 1; at < epochs * steps; at++) {
    const [epoch, step] = [Math.floor(at / steps) + 1, at % steps];
    if (!order || step === 0) order = epochOrder(data.train, batch, rng.split(epoch));
    const chosen = order[step]!;
    const made = watch.data(() => makeBatch(data.train, chosen, scores));
    const layer = watch.layer(method.layer(made));
    const now = { name: cell.name, epoch, rate: config.rate };
    const update = () => watch.engine(() => model.step(state, made, method, layer, cell.rng("step", at)));
    const stepped = await finite(now, update, ({ loss }) => loss);
    state = stepped.state;
    sums = {
      loss: sums.loss + stepped.loss,
      zeroGradients: sums.zeroGradients + stepped.diagnostics.zeroGradientShare,
      seconds: watch.seconds(),
    };
    if (step === steps - 1) {
      const test = cell.rng("validation", epoch);
      const judge = () => judgePredictions(training, state, data.heldOut, validation, test);
      const { mse: validationLoss, accuracy } = await finite(now, judge, ({ mse }) => mse);
      cell.metric({
        epoch,
        trainLoss: sums.loss / steps,
        validationLoss,
        accuracy,
        ...(await judgeChoices(training, state, cell.rng("annotated", epoch))),
        zeroGradients: sums.zeroGradients / steps,
        steps,
        seconds: sums.seconds,
      } satisfies EpochMetric);
      if (lowest === null || validationLoss < lowest) {
        tree.dispose(best);
        [best, lowest] = [tree.ref(state), validationLoss];
      }
      watch.reset();
      sums = NOTHING;
    }
    const capture = async () => ({
      json: { sums, best: lowest, adapted: method.target ? { ...method.target.state() } : null },
      tensors: { ...(await toTensors(state, "model")), ...(await toTensors(best, "best")) },
    });
    const label = `epoch ${epoch}/${epochs}  loss ${stepped.loss.toFixed(4)}`;
    await cell.safePoint(at, (at + 1) / (epochs * steps), capture, label);
  }
  tree.dispose(state);
  return best;
}
