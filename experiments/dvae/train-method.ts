import { tree } from "@jax-js/jax";
import type { Cell } from "../../lab/experiment.ts";
import { tensor } from "../../lab/run/safetensors.ts";
import type { Seconds } from "../../lab/run/stopwatch.ts";
import { categorical } from "../../src/index.ts";
import type { MethodName } from "./config.ts";
import { bound, pictures } from "./evaluate.ts";
import { isForOne, methodOf } from "./methods.ts";
import { train } from "./train.ts";
import type { Training } from "./training.ts";

/** What a training ends with. */
export type Finished = {
  readonly testLoss: number;
  readonly bound: number;
  /** Of the last epoch. */
  readonly seconds: Seconds;
};

/** A whole cell: trains a method, measures it, keeps `count` reconstructions and samples. */
export async function trainMethod(
  cell: Cell,
  name: MethodName,
  setting: Omit<Training, "method" | "kl">,
  count: number,
): Promise<Finished> {
  const { config } = setting;
  const method = methodOf(name, config);
  // For one category the method's own law is the softmax.
  const kl =
    config.kl === "softmax" && !isForOne(name)
      ? { law: categorical(config.categories), temperature: 1 }
      : method;
  const training = { ...setting, method, kl };
  const { params, last } = await train(cell, training);
  const { testLoss, seconds } = last;
  const finished = { testLoss, bound: await bound(training, params, cell.rng("bound")), seconds };
  const { reconstructions, samples } = await pictures(training, params, count, cell.rng("pictures"));
  cell.keep({ reconstructions: tensor(reconstructions), samples: tensor(samples) });
  tree.dispose(params);
  return finished;
}
