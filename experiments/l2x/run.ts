import type { Experiment, Outcome, Run } from "../../lab/experiment.ts";
import { tensor } from "../../lab/run/safetensors.ts";
import { shuffled } from "../../lab/run/shuffled.ts";
import { type Result, result } from "../../lab/run/summary.ts";
import { checkConfig, type L2xConfig, type MethodName, presets } from "./config.ts";
import { loadData } from "./data.ts";
import { published } from "./published.ts";
import { report } from "./report.ts";
import type { Shown } from "./shown.ts";
import type { Score } from "./train-method.ts";
import { univariate } from "./univariate.ts";

export const l2x: Experiment<L2xConfig> = {
  name: "l2x",
  description: "Learning to explain: which few words tell a rating.",
  presets,
  published,
  check: checkConfig,
  run,
  report,
};

/** Annotated reviews in the report. */
const SHOWN = 4;

async function run(run: Run<L2xConfig>): Promise<Outcome> {
  const { config } = run;
  run.plan(config.methods.length * config.runs);
  const data = loadData(config, run.rng("data"));
  const { annotated } = data;
  const shown = shuffled(annotated.count, run.rng("shown")).slice(0, SHOWN);
  await run.cell(
    "shown",
    (cell) => {
      const texts = Array.from(shown, (i): Shown => {
        const [from, to] = [annotated.starts[i]!, annotated.starts[i + 1]!];
        return {
          words: Array.from(annotated.items.subarray(from, to), (item) => data.words[item]!),
          marked: [...annotated.marked!.subarray(from, to)],
          target: annotated.targets[i]!,
        };
      });
      cell.keep({ texts: tensor(new TextEncoder().encode(JSON.stringify(texts))) });
      return null;
    },
    { units: 0 },
  );
  // jax-js takes a while to load: only here.
  const { startEngine, l2xModel } = await import("./model.ts");
  const { trainMethod } = await import("./train-method.ts");
  await startEngine();
  const model = l2xModel(config, data.features);
  const scores = univariate(data);
  const results: Result[] = [];
  for (const name of config.methods as readonly MethodName[]) {
    const runs: Score[] = [];
    for (let r = 0; r < config.runs; r++) {
      const halves = shuffled(data.heldOut.count, run.rng("split", r));
      const half = Math.floor(halves.length / 2);
      const setting = {
        ...{ config, data, scores, model, rng: run.rng("run", r) },
        ...{ validation: halves.subarray(0, half), test: halves.subarray(half) },
        shown: r === 0 ? shown : new Int32Array(0),
      };
      const tested = await run.cell(`${name}/${r}`, (cell) => trainMethod(cell, name, setting));
      runs.push(tested);
      const precision = (100 * tested.precision).toFixed(1);
      run.note(
        `${name.padEnd(16)} MSE ${tested.mse.toFixed(4)}  precision ${precision} %  runs of ${tested.runLength.toFixed(2)}`,
      );
    }
    const add = (metric: string, of: (score: Score) => number) =>
      results.push(result(name, metric, runs.map(of)));
    add("mse", ({ mse }) => mse);
    add("precision", ({ precision }) => precision);
    add("run-length", ({ runLength }) => runLength);
  }
  model.dispose();
  return { data: data.description, results };
}
