import { tree } from "@jax-js/jax";
import type { Cell } from "../../lab/experiment.ts";
import { tensor } from "../../lab/run/safetensors.ts";
import type { MethodName } from "./config.ts";
import { marginals, type Score, score } from "./evaluate.ts";
import { methodOf } from "./methods.ts";
import { type Training, train } from "./train.ts";

/** A whole cell: trains a method, tests it, and keeps its marginals for the first `count` test series. */
export async function trainMethod(
  cell: Cell,
  name: MethodName,
  setting: Omit<Training, "method">,
  count: number,
): Promise<Score> {
  const { config, data, model } = setting;
  const method = methodOf(name, config);
  const state = await train(cell, { ...setting, method });
  const tested = await score(config, model, state, method, data.test, cell.rng("test"));
  if (count > 0) {
    cell.keep({ marginals: tensor(await marginals(config, model, state, method, data.test, count)) });
  }
  tree.dispose(state);
  return tested;
}
