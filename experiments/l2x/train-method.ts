import { tree } from "@jax-js/jax";
import type { Cell } from "../../lab/experiment.ts";
import { tensor } from "../../lab/run/safetensors.ts";
import type { MethodName } from "./config.ts";
import { type Choices, judgeChoices, judgePredictions, visit } from "./evaluate.ts";
import { methodOf } from "./methods.ts";
import { type Training, train } from "./train.ts";

/** What a training ends with: of the best epoch by validation. */
export type Score = Choices & { readonly mse: number; readonly accuracy: number };

/** A whole cell: trains a method, tests it, and keeps what it chooses in the examples that are shown. */
export async function trainMethod(
  cell: Cell,
  name: MethodName,
  setting: Omit<Training, "method"> & { readonly test: Int32Array; readonly shown: Int32Array },
): Promise<Score> {
  const { config, data, test, shown } = setting;
  const training = { ...setting, method: methodOf(name, config) };
  const state = await train(cell, training);
  const predictions = await judgePredictions(training, state, data.heldOut, test, cell.rng("test"));
  const choices = await judgeChoices(training, state, cell.rng("precision"));
  for (const [s, example] of shown.entries()) {
    await visit(
      training,
      state,
      data.annotated,
      Int32Array.of(example),
      cell.rng("shown", s),
      (_, z, prediction) => {
        cell.keep({
          [`shown${s}`]: tensor(z.slice()),
          [`prediction${s}`]: tensor(Float32Array.of(prediction)),
        });
      },
    );
  }
  tree.dispose(state);
  return { ...predictions, ...choices };
}
