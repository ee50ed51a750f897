import { tree } from "@jax-js/jax";
import type { Cell } from "../../lab/experiment.ts";
import { tensor } from "../../lab/run/safetensors.ts";
import type { Seconds } from "../../lab/run/stopwatch.ts";
import type { Structure } from "../../src/index.ts";
import type { MethodName } from "./config.ts";
import { predict, type Score } from "./evaluate.ts";
import { methodOf } from "./methods.ts";
import { warcraftModel } from "./model.ts";
import { stepsOf, type Training, train } from "./train.ts";

/** What a training ends with; `times` is for the eye. */
export type Finished = Score & { readonly times: { readonly seconds: string } };

/** A whole cell: trains a method and keeps its predictions for the first `count` test maps. */
export async function trainMethod(
  cell: Cell,
  name: MethodName,
  setting: Omit<Training, "method" | "model"> & { readonly structure: Structure },
  count: number,
): Promise<Finished> {
  const { config, data, structure } = setting;
  const method = methodOf(name, config, structure);
  const model = warcraftModel(config, method.predicts, stepsOf(data, config));
  const { state, last } = await train(cell, { ...setting, method, model });
  if (count > 0) {
    const { values, paths } = await predict(model, state, method, data.test, count, config.batch);
    cell.keep({ values: tensor(values), paths: tensor(paths) });
  }
  tree.dispose(state);
  model.dispose();
  return { accuracy: last.accuracy, excess: last.excess, times: { seconds: inWords(last.seconds) } };
}

/** An epoch's time and whose it is. */
function inWords({ layer, engine, data }: Seconds): string {
  const all = layer + engine + data;
  const share = (part: number): string => `${((100 * part) / all || 0).toFixed(0)} %`;
  return `an epoch ${all.toFixed(1)} s: layer ${share(layer)}, engine ${share(engine)}, data ${share(data)}`;
}
