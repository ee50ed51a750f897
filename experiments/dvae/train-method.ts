import { tree } from "@jax-js/jax";
import { kSubset } from "../../src/index.ts";
import type { Cell } from "../experiment.ts";
import { tensor } from "../run/safetensors.ts";
import type { MethodName } from "./config.ts";
import { bound, pictures } from "./evaluate.ts";
import { klOf } from "./kl.ts";
import { methodOf } from "./methods.ts";
import { type Training, train } from "./train.ts";

/** What a training ends with. */
export type Finished = {
  readonly testLoss: number;
  readonly crossEntropy: number;
  readonly kl: number;
  readonly bound: number;
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
  const kl =
    config.kl === "softmax"
      ? klOf(kSubset(config.categories, 1), 1)
      : klOf(kSubset(config.categories, method.k), method.temperature);
  const training = { ...setting, method, kl };
  const { params, last } = await train(cell, training);
  const finished = { ...last, bound: bound(training, params, cell.rng("bound")) };
  const { reconstructions, samples } = pictures(training, params, count, cell.rng("pictures"));
  cell.keep({ reconstructions: tensor(reconstructions), samples: tensor(samples) });
  tree.dispose(params);
  return finished;
}
