import type { Experiment, Outcome, Run } from "../../lab/experiment.ts";
import { requireDevice, startEngine } from "../../lab/nn/device.ts";
import { tensor } from "../../lab/run/safetensors.ts";
import { type Published, type Result, result } from "../../lab/run/summary.ts";
import { checkConfig, type ListopsConfig, type MethodName, presets } from "./config.ts";
import { makeData } from "./data.ts";
import type { EdgeScore } from "./evaluate.ts";
import { FLOORS, floors } from "./floors.ts";
import { LABELS } from "./labels.ts";
import { report } from "./report.ts";
import type { Best } from "./train.ts";

export const listops: Experiment<ListopsConfig> = {
  name: "listops",
  description: "ListOps: parse trees that nobody annotated, from the answers of expressions alone.",
  presets,
  published: [
    ...table2("lstm", [0.921]),
    ...table2("indep-undirected", [0.894, 0.201, 0.454]),
    ...table2("spanning-tree", [0.912, 0.331, 0.479]),
    ...table2("indep-directed", [0.901, 0.13, 0.564]),
    ...table2("arborescence-neg-exp", [0.715, 0.232, 0.2]),
    ...table2("arborescence-gaussian", [0.95, 0.653, 0.608]),
    ...table2("arborescence-gumbel", [0.95, 0.755, 0.719]),
    ...table2("ground-truth", [0.981, 1, 1]),
  ],
  labels: LABELS,
  check: checkConfig,
  requires: ({ device }) => requireDevice(device),
  run,
  report,
};

/** Test expressions in the report's pictures. */
const PICTURES = 40;

async function run(run: Run<ListopsConfig>): Promise<Outcome> {
  const { config } = run;
  run.plan(config.methods.length * config.runs);
  const data = makeData(config, run.rng("expressions"));
  const { test } = data;
  const pictured = Math.min(PICTURES, test.count, config.batch);
  await run.cell(
    "expressions",
    (cell) => {
      cell.keep({
        words: tensor(test.words.slice(0, pictured * config.length)),
        heads: tensor(test.heads.slice(0, pictured * config.length)),
      });
      return null;
    },
    { units: 0 },
  );
  const results: Result[] = [];
  const floor = await run.cell("floors", () => floors(config, test), { units: 0 });
  for (const name of FLOORS) results.push(...edgeResults(name, [floor[name]]));
  // jax-js takes a while to load: only here.
  await startEngine(config.device);
  const { listopsNetworks } = await import("./model.ts");
  const { trainMethod } = await import("./train-method.ts");
  const networks = listopsNetworks(config);
  for (const name of config.methods as readonly MethodName[]) {
    const runs: Best[] = [];
    for (let r = 0; r < config.runs; r++) {
      const setting = { config, data, networks, rng: run.rng("run", r) };
      const best = await run.cell(`${name}/${r}`, (cell) =>
        trainMethod(cell, name, setting, r === 0 ? pictured : 0),
      );
      runs.push(best);
      const { accuracy, edges } = best.test;
      const [right, precision, recall] = [accuracy, edges?.precision, edges?.recall].map((x) =>
        x === undefined ? "–" : `${(100 * x).toFixed(1)} %`,
      );
      run.note(`${name.padEnd(22)} accuracy ${right}  edge precision ${precision}  recall ${recall}`);
    }
    const take = (metric: string, of: (best: Best) => number): Result => result(name, metric, runs.map(of));
    results.push(take("accuracy", ({ test }) => test.accuracy));
    results.push(take("validation-accuracy", ({ validation }) => validation.accuracy));
    const edges = runs.flatMap(({ test }) => test.edges ?? []);
    if (edges.length > 0) results.push(...edgeResults(name, edges));
  }
  for (const network of Object.values(networks)) network.dispose();
  return { data: data.description, results };
}

function edgeResults(method: string, runs: readonly EdgeScore[]): Result[] {
  return (["precision", "recall"] as const).map((metric) =>
    result(
      method,
      `edge-${metric}`,
      runs.map((edges) => edges[metric]),
    ),
  );
}

/** A row of the table of SST. */
function table2(method: MethodName, values: readonly number[]): Published[] {
  return values.map((value, i) => ({
    method,
    metric: ["accuracy", "edge-precision", "edge-recall"][i]!,
    value,
    source: "SST, Table 2",
  }));
}
