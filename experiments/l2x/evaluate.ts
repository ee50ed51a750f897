import type { Rng } from "../../src/index.ts";
import { batcher, inBatches } from "./batch.ts";
import type { L2xConfig } from "./config.ts";
import { chosenK } from "./config.ts";
import type { Data, Examples } from "./examples.ts";
import type { Method } from "./methods.ts";
import type { Model, ModelState } from "./model.ts";

/** What an evaluation looks at. */
export interface Subject {
  readonly config: L2xConfig;
  readonly data: Data;
  /** Of each row of the vectors, by `univariate`. */
  readonly scores: Float32Array;
  readonly model: Model;
  readonly method: Method;
}

/** One pass over examples with the likeliest choices, no noise and no dropout. */
export async function visit(
  { config, data, scores, model, method }: Subject,
  state: ModelState,
  examples: Examples,
  chosen: Int32Array,
  rng: Rng,
  see: (example: number, z: Float32Array, prediction: number) => void,
): Promise<void> {
  const makeBatch = batcher(data, config.batch);
  for (const [b, { indices, count }] of inBatches(examples, chosen, config.batch).entries()) {
    const batch = makeBatch(examples, indices, scores);
    const z = method.choose(await model.encode(state, batch), batch, rng.split(b));
    const predictions = await model.predict(state, batch, method, z);
    for (let row = 0; row < count; row++) {
      const from = row * batch.width;
      see(indices[row]!, z.subarray(from, from + batch.lengths[row]!), predictions[row]!);
    }
  }
}

/** Mean squared error, and how often the prediction is on the target's side of ½. */
export async function judgePredictions(
  subject: Subject,
  state: ModelState,
  examples: Examples,
  chosen: Int32Array,
  rng: Rng,
): Promise<{ readonly mse: number; readonly accuracy: number }> {
  let [mse, right] = [0, 0];
  await visit(subject, state, examples, chosen, rng, (i, _z, prediction) => {
    const target = examples.targets[i]!;
    mse += (prediction - target) ** 2;
    right += +(prediction > 0.5 === target > 0.5);
  });
  return { mse: mse / chosen.length, accuracy: right / chosen.length };
}

export type Choices = {
  /** Share of the chosen words that are marked; who chooses fewer than k gains nothing. 0 where nobody marked any. */
  readonly precision: number;
  /** Mean length of runs of chosen words. */
  readonly runLength: number;
};

/** Of the annotated examples. */
export async function judgeChoices(subject: Subject, state: ModelState, rng: Rng): Promise<Choices> {
  const { annotated } = subject.data;
  const k = chosenK(subject.config);
  let [precision, ones, runs] = [0, 0, 0];
  await visit(subject, state, annotated, everyExample(annotated), rng, (i, z) => {
    const from = annotated.starts[i]!;
    let [hits, chosen] = [0, 0];
    for (const [at, on] of z.entries()) {
      if (on === 0) continue;
      chosen++;
      hits += annotated.marked?.[from + at] ?? 0;
      if (at === 0 || z[at - 1] === 0) runs++;
    }
    precision += hits / Math.max(chosen, k);
    ones += chosen;
  });
  return { precision: precision / annotated.count, runLength: ones / runs };
}

export function everyExample({ count }: Examples): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => i);
}
