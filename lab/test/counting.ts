/** An experiment for the tests of the machinery: three cells that draw, save, record and keep. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Experiment } from "../experiment.ts";
import { ExperimentError } from "../run/errors.ts";
import { tensor } from "../run/safetensors.ts";
import { result } from "../run/summary.ts";

export type CountingConfig = {
  cells: number;
  steps: number;
  /** Milliseconds a step takes. */
  pause: number;
  rates: readonly number[];
  label: string;
  strict: boolean;
  device: string;
};

const quick: CountingConfig = {
  cells: 3,
  steps: 20,
  pause: 0,
  rates: [0.5, 1],
  label: "x",
  strict: false,
  device: "here",
};

export const counting: Experiment<CountingConfig> = {
  name: "counting",
  description: "Counts random bits.",
  presets: { quick, paper: { ...quick, steps: 40 } },
  published: [{ method: "cell0", metric: "mean", value: 0.5, source: "folklore" }],
  dataset: "mnist",
  needsData: (config) => config.strict,
  check(config) {
    if (config.steps < 1) throw new RangeError(`counting: steps expected at least 1, got ${config.steps}`);
  },
  async requires({ device }) {
    if (device !== "here") throw new ExperimentError(`device ${device} is not here`);
  },
  async run(run) {
    const { cells, steps, pause } = run.config;
    run.plan(cells);
    const results = [];
    for (let c = 0; c < cells; c++) {
      const means = await run.cell(`cell${c}`, async (cell) => {
        const restored = cell.restored;
        let json = (restored?.json as { sum: number } | undefined) ?? { sum: 0 };
        const weights = Float32Array.from(
          (restored?.tensors.weights?.data as Float32Array | undefined) ?? [1, 2],
        );
        for (let step = (restored?.step ?? -1) + 1; step < steps; step++) {
          const stream = cell.rng("step", step);
          json = { sum: json.sum + stream.uniform() };
          weights[step % 2]! += stream.normal();
          cell.metric({ step, sum: json.sum, seconds: performance.now() });
          if (pause > 0) await sleep(pause);
          await cell.safePoint(step, (step + 1) / steps, () => ({
            json,
            tensors: { weights: tensor(weights) },
          }));
        }
        cell.keep({ weights: tensor(weights) });
        return [json.sum / steps, weights[0]!, weights[1]!];
      });
      results.push(result(`cell${c}`, "mean", means));
      const kept = run.kept(`cell${c}`).weights?.data[0];
      if (kept !== means[1]) throw new Error(`cell${c} kept ${kept}, expected ${means[1]}`);
    }
    return { data: run.data === undefined ? "made" : "given", results };
  },
  report: (run) => ({
    lead: `Kept ${Object.keys(run.kept).length} <tensors> & **${run.metrics.length}** lines.`,
    sections: [
      {
        title: "Sums",
        source: "Figure 1",
        conclusion: "They grow.",
        figures: [
          {
            name: "sums",
            alt: "Sums against steps",
            spec: {
              data: { values: run.metrics.map(({ step, sum, cell }) => ({ step, sum, cell })) },
              mark: { type: "line", clip: true },
              encoding: {
                x: { field: "step", type: "quantitative" },
                y: { field: "sum", type: "quantitative" },
                color: { field: "cell", type: "nominal" },
              },
            },
          },
        ],
        tables: [{ columns: [{ title: "a" }, { title: "b", align: "right" }], rows: [["x", "1"]] }],
        notes: ["Only a test."],
      },
    ],
  }),
};
