import { sameData } from "../../lab/data/same-data.ts";
import type { Experiment, Outcome, Run } from "../../lab/experiment.ts";
import { requireDevice, startEngine } from "../../lab/nn/device.ts";
import { tensor } from "../../lab/run/safetensors.ts";
import type { Seconds } from "../../lab/run/stopwatch.ts";
import { type Published, type Result, result } from "../../lab/run/summary.ts";
import { checkConfig, type DvaeConfig, type MethodName, presets } from "./config.ts";
import { loadDigits, PIXELS } from "./data.ts";
import { NAMES } from "./figures/lines.ts";
import { report } from "./report.ts";
import type { Finished } from "./train-method.ts";

export const dvae: Experiment<DvaeConfig> = {
  name: "dvae",
  description: "A discrete variational auto-encoder of digits: 20 variables, each a 10-subset or one of 20.",
  presets,
  dataset: "mnist",
  published: [
    ...figure4("imle-sog", [80, 120]),
    ...figure4("ste", [205, 230]),
    {
      method: "adaptive I-MLE",
      metric: "test-loss",
      value: 60.2,
      source: "log of its authors, epoch 100 (softmax KL)",
    },
  ],
  labels: NAMES,
  check: checkConfig,
  requires: ({ device }) => requireDevice(device),
  run,
  report,
};

/** Images on a row of the report's pictures. */
const PICTURES = 16;

async function run(run: Run<DvaeConfig>): Promise<Outcome> {
  const { config } = run;
  const methods = config.methods as readonly MethodName[];
  run.plan(methods.length * config.runs);
  const digits = loadDigits(run.data, config, run.rng("digits"));
  await sameData(run, digits.description, [digits.train, digits.test]);
  const pictures = Math.min(PICTURES, digits.test.length / PIXELS);
  await run.cell(
    "digits",
    (cell) => {
      cell.keep({ originals: tensor(digits.test.slice(0, pictures * PIXELS)) });
      return null;
    },
    { units: 0 },
  );
  // jax-js takes a while to load: only here.
  await startEngine(config.device);
  const { dvaeModel } = await import("./model.ts");
  const { trainMethod } = await import("./train-method.ts");
  const model = dvaeModel(config);
  const results: Result[] = [];
  for (const name of methods) {
    const runs: Finished[] = [];
    for (let r = 0; r < config.runs; r++) {
      const setting = { config, digits, model, rng: run.rng("run", r) };
      runs.push(await run.cell(`${name}/${r}`, (cell) => trainMethod(cell, name, setting, pictures)));
    }
    run.note(epochText(name, runs.at(-1)!.seconds));
    const column = (key: "testLoss" | "bound"): number[] => runs.map((finished) => finished[key]);
    results.push(result(name, "test-loss", column("testLoss")), result(name, "bound", column("bound")));
  }
  model.dispose();
  return { data: digits.description, results };
}

/** "simple  an epoch takes 12.3 s: layer 12 %, engine 87 %, data 1 %". */
function epochText(name: string, { layer, engine, data }: Seconds): string {
  const total = layer + engine + data;
  const share = (part: number): string => `${Math.round((100 * part) / total)} %`;
  return `${name.padEnd(18)} an epoch takes ${total.toFixed(1)} s: layer ${share(layer)}, engine ${share(engine)}, data ${share(data)}`;
}

/** The paper has curves only; these are the ends of their axes. */
function figure4(method: MethodName, values: readonly number[]): Published[] {
  return values.map((value, i) => ({
    method,
    metric: "test-loss",
    value,
    source: `I-MLE, Fig. 4 (softmax KL), ${i === 0 ? "lower" : "upper"} end of the axis`,
  }));
}
