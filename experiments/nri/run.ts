import type { Experiment, Outcome, Run } from "../../lab/experiment.ts";
import { requireDevice, startEngine } from "../../lab/nn/device.ts";
import { tensor } from "../../lab/run/safetensors.ts";
import { type Published, type Result, result } from "../../lab/run/summary.ts";
import { checkConfig, type MethodName, type NriConfig, presets } from "./config.ts";
import { makeData } from "./data.ts";
import type { Score } from "./evaluate.ts";
import { LABELS } from "./labels.ts";
import { publishedFor, report } from "./report.ts";

const METRICS = ["elbo", "precision", "recall"] as const;

export const nri: Experiment<NriConfig> = {
  name: "nri",
  description: "Neural relational inference: the tree behind points that a layout algorithm moves.",
  presets,
  published: [
    ...table1(10, "indep-binary", [-1370, 0.48, 0.93]),
    ...table1(10, "top-k", [-2100, 0.41, 0.41]),
    ...table1(10, "spanning-tree", [-1080, 0.91, 0.91]),
    ...table1(20, "indep-binary", [-1340, 0.97, 0.99]),
    ...table1(20, "top-k", [-1700, 0.98, 0.98]),
    ...table1(20, "spanning-tree", [-1280, 0.99, 0.99]),
  ],
  publishedFor,
  labels: LABELS,
  check: checkConfig,
  requires: ({ device }) => requireDevice(device),
  run,
  report,
};

/** Test series in the report's pictures. */
const PICTURES = 3;

async function run(run: Run<NriConfig>): Promise<Outcome> {
  const { config } = run;
  run.plan(config.methods.length * config.runs);
  const data = makeData(config, run.rng("series"));
  const { vertices, timesteps } = config;
  const pictured = Math.min(PICTURES, data.test.count);
  await run.cell(
    "series",
    (cell) => {
      cell.keep({
        positions: tensor(data.test.positions.slice(0, pictured * timesteps * vertices * 2)),
        adjacency: tensor(data.test.adjacency.slice(0, pictured * vertices ** 2)),
      });
      return null;
    },
    { units: 0 },
  );
  // jax-js takes a while to load: only here.
  await startEngine(config.device);
  const { nriModel } = await import("./model.ts");
  const { trainMethod } = await import("./train-method.ts");
  const model = nriModel(config);
  const results: Result[] = [];
  for (const name of config.methods as readonly MethodName[]) {
    const runs: Score[] = [];
    for (let r = 0; r < config.runs; r++) {
      const setting = { config, data, model, rng: run.rng("run", r) };
      const tested = await run.cell(`${name}/${r}`, (cell) =>
        trainMethod(cell, name, setting, r === 0 ? pictured : 0),
      );
      runs.push(tested);
      const [precision, recall] = [tested.precision, tested.recall].map((x) => (100 * x).toFixed(1));
      run.note(
        `${name.padEnd(22)} ELBO ${tested.elbo.toFixed(1)}  precision ${precision} %  recall ${recall} %`,
      );
    }
    for (const metric of METRICS) {
      results.push(
        result(
          name,
          metric,
          runs.map((tested) => tested[metric]),
        ),
      );
    }
  }
  model.dispose();
  return { data: data.description, results };
}

/** A row of half of the table of SST. */
function table1(timesteps: number, method: MethodName, values: readonly number[]): Published[] {
  return METRICS.map((metric, i) => ({
    method,
    metric,
    value: values[i]!,
    source: publishedFor({ timesteps }),
  }));
}
