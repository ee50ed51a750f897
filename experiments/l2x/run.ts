import { sameData } from "../../lab/data/same-data.ts";
import type { Experiment, Outcome, Run } from "../../lab/experiment.ts";
import { requireDevice, startEngine } from "../../lab/nn/device.ts";
import { tensor } from "../../lab/run/safetensors.ts";
import { shuffled } from "../../lab/run/shuffled.ts";
import { type Result, result } from "../../lab/run/summary.ts";
import { checkConfig, type L2xConfig, type MethodName, presets, type TaskName } from "./config.ts";
import { loadData } from "./data.ts";
import type { Data } from "./examples.ts";
import { LABELS } from "./labels.ts";
import { metricsOf } from "./metrics.ts";
import { published, publishedFor } from "./published.ts";
import { report } from "./report.ts";
import type { Shown } from "./shown.ts";
import type { Score } from "./train-method.ts";
import { univariate } from "./univariate.ts";

export const l2x: Experiment<L2xConfig> = {
  name: "l2x",
  description: "Learning to explain: which few words tell a rating.",
  presets,
  published,
  publishedFor,
  labels: LABELS,
  check: checkConfig,
  requires: ({ device }) => requireDevice(device),
  run,
  datasetFor: ({ task }) => DATASETS[task as TaskName],
  report,
};

const DATASETS: Readonly<Record<TaskName, string>> = {
  reviews: "beeradvocate",
  sentences: "sentence-polarity",
  digits: "mnist",
};

/** Examples in the report. */
const SHOWN: Readonly<Record<TaskName, number>> = { reviews: 4, sentences: 20, digits: 12 };

async function run(run: Run<L2xConfig>): Promise<Outcome> {
  const { config } = run;
  run.plan(config.methods.length * config.runs);
  const data = await loadData(run.data, config, run.rng("data"));
  await sameData(run, data.description, [
    data.vectors,
    data.train.items,
    data.heldOut.items,
    data.annotated.items,
  ]);
  const { annotated } = data;
  const halves = (r: number): [Int32Array, Int32Array] => {
    const order = shuffled(data.heldOut.count, run.rng("split", r));
    const half = Math.floor(order.length / 2);
    return [order.subarray(0, half), order.subarray(half)];
  };
  // Of held-out examples those of the first run's test half.
  const pool = annotated === data.heldOut ? halves(0)[1] : shuffled(annotated.count, run.rng("shown"));
  const shown = pool.slice(0, SHOWN[config.task as TaskName]);
  await run.cell(
    "shown",
    (cell) => {
      const texts = Array.from(shown, (i): Shown => {
        const [from, to] = [annotated.starts[i]!, annotated.starts[i + 1]!];
        return {
          ...(data.words
            ? { words: Array.from(annotated.items.subarray(from, to), (item) => data.words![item]!) }
            : { picture: Array.from(pixelsOf(data, annotated.items[from]!)) }),
          marked: [...(annotated.marked?.subarray(from, to) ?? [])],
          target: annotated.targets[i]!,
        };
      });
      cell.keep({ texts: tensor(new TextEncoder().encode(JSON.stringify(texts))) });
      return null;
    },
    { units: 0 },
  );
  // jax-js takes a while to load: only here.
  await startEngine(config.device);
  const { l2xModel } = await import("./model.ts");
  const { trainMethod } = await import("./train-method.ts");
  const model = l2xModel(config, data.features, data.words ? undefined : data.longest);
  const scores = univariate(data);
  const metrics = metricsOf(config, annotated.marked !== undefined);
  const results: Result[] = [];
  for (const name of config.methods as readonly MethodName[]) {
    const runs: Score[] = [];
    for (let r = 0; r < config.runs; r++) {
      const [validation, test] = halves(r);
      const setting = {
        ...{ config, data, scores, model, rng: run.rng("run", r) },
        ...{ validation, test },
        shown: r === 0 ? shown : new Int32Array(0),
      };
      const tested = await run.cell(`${name}/${r}`, (cell) => trainMethod(cell, name, setting));
      runs.push(tested);
      run.note(
        `${name.padEnd(16)} ${metrics.map(({ metric, of }) => `${metric} ${of(tested).toFixed(4)}`).join("  ")}`,
      );
    }
    for (const { metric, of } of metrics) results.push(result(name, metric, runs.map(of)));
  }
  model.dispose();
  return { data: data.description, results };
}

/** Patches of a picture in order, each number from 0 to 255. */
function pixelsOf({ vectors, features, longest }: Data, item: number): Uint8Array {
  return Uint8Array.from(vectors.subarray(item * features, (item + longest) * features), (x) =>
    Math.round(255 * x),
  );
}
