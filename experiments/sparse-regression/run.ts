import { sameData } from "../../lab/data/same-data.ts";
import type { Cell, Experiment, Outcome, Run } from "../../lab/experiment.ts";
import { tensor } from "../../lab/run/safetensors.ts";
import type { Result } from "../../lab/run/summary.ts";
import { checkConfig, presets, type SparseRegressionConfig } from "./config.ts";
import { loadField } from "./data.ts";
import type { Scheme } from "./derivatives.ts";
import { equationText } from "./equation.ts";
import { type NormalEquations, normalEquations, TRUE_TERMS, termNames } from "./library.ts";
import { gradientStep, selectedTerms, thresholdedTerms } from "./model.ts";
import { thinned } from "./picture.ts";
import { report } from "./report.ts";
import {
  bestSubsets,
  type Found,
  isEquation,
  mostFrequent,
  refit,
  score,
  shares,
  trueTerms,
} from "./score.ts";

export const sparseRegression: Experiment<SparseRegressionConfig> = {
  name: "sparse-regression",
  description: "Discovers the Kuramoto–Sivashinsky equation: which 3 of 14 terms explain u_t.",
  presets,
  dataset: "kuramoto-sivashinsky",
  published: [
    ...[-0.99407, -0.99629, -0.99233].map((value, i) => ({
      method: "simple",
      metric: `coefficient of ${TRUE_TERMS[i]!}`,
      value,
      source: "SIMPLE, notebook",
    })),
    { method: "simple", metric: "rmse", value: 0.00622, source: "SIMPLE, Sec. 5.4" },
  ],
  check: checkConfig,
  run,
  report,
};

async function run(run: Run<SparseRegressionConfig>): Promise<Outcome> {
  const { config } = run;
  const stochastic = config.methods.filter((method) => method !== "stlsq");
  run.plan(2 + stochastic.length);
  const { equations, description } = await prepare(run);
  const results: Result[] = [];
  for (const method of config.methods) {
    const found = await run.cell<Found>(
      method,
      (cell) =>
        method === "stlsq"
          ? { selections: [thresholdedTerms(equations, config.threshold)] }
          : train(cell, method, equations, config),
      { units: method === "stlsq" ? 0 : 1 },
    );
    results.push(...score(method, found, equations));
    run.note(`${method.padEnd(16)} ${equationText(equations, mostFrequent(found.selections))}`);
  }
  return { data: description, results };
}

/** Loads or simulates the data and reduces them to what least squares needs. */
async function prepare(
  run: Run<SparseRegressionConfig>,
): Promise<{ equations: NormalEquations; description: string }> {
  const { constant, derivatives, timeAccuracy } = run.config;
  // A file is read again when the run is resumed, to be compared.
  const read = run.data === undefined ? undefined : loadField(run.data, run.config);
  if (read) await sameData(run, read.description, [read.field.x, read.field.t, read.field.u]);
  const prepared = await run.cell(
    "data",
    (cell) => {
      const { field, description } = read ?? loadField(undefined, run.config);
      cell.keep(thinned(field));
      for (const scheme of ["finite-difference", "spectral"] as const) {
        for (const accuracy of [2, 4]) {
          const other = normalEquations(field, { constant, derivatives: scheme, timeAccuracy: accuracy });
          const { coefficients, rmse } = refit(other, trueTerms(other));
          cell.metric({
            scheme,
            accuracy,
            coefficients: trueTerms(other).map((i) => coefficients[i]!),
            rmse,
          });
        }
      }
      const options = { constant, derivatives: derivatives as Scheme, timeAccuracy };
      const equations = normalEquations(field, options);
      for (const candidate of bestSubsets(equations, run.config.terms)) cell.metric(candidate);
      const { count, gram, moment, square } = equations;
      return { description, count, gram: Array.from(gram), moment: Array.from(moment), square };
    },
    { units: 2 },
  );
  return {
    description: prepared.description,
    equations: {
      names: termNames(constant),
      count: prepared.count,
      gram: Float64Array.from(prepared.gram),
      moment: Float64Array.from(prepared.moment),
      square: prepared.square,
    },
  };
}

/** Gradient descent from θ = 1, all seeds at once; row r draws from its own stream, whatever the number of seeds. */
async function train(
  cell: Cell,
  method: string,
  equations: NormalEquations,
  config: SparseRegressionConfig,
): Promise<Found> {
  const size = equations.names.length;
  const step = gradientStep(method, equations, config);
  const theta = new Float64Array(config.seeds * size).fill(1);
  /** Iterations after which a seed's subset was last not the equation. */
  const wrong = new Int32Array(config.seeds);
  const { tensors } = cell.restored ?? {};
  if (tensors?.theta?.data instanceof Float64Array) theta.set(tensors.theta.data);
  if (tensors?.wrong?.data instanceof Int32Array) wrong.set(tensors.wrong.data);
  for (let t = (cell.restored?.step ?? -1) + 1; t < config.iterations; t++) {
    const gradient = step(theta, cell.rng(t));
    for (let i = 0; i < theta.length; i++) theta[i]! -= config.rate * gradient[i]!;
    const selections = selectedTerms(theta, size, config.terms);
    selections.forEach((terms, seed) => {
      if (!isEquation(terms, equations)) wrong[seed] = t + 1;
    });
    if (isRecorded(t + 1, config.iterations))
      cell.metric({ iteration: t + 1, ...shares(selections, equations) });
    await cell.safePoint(t, (t + 1) / config.iterations, () => ({
      tensors: { theta: tensor(theta.slice()), wrong: tensor(wrong.slice()) },
    }));
  }
  return {
    selections: selectedTerms(theta, size, config.terms),
    settled: Array.from(wrong, (last) => last + 1),
  };
}

/** About 16 iterations in every factor of ten, for a logarithmic axis. */
function isRecorded(iteration: number, last: number): boolean {
  const grid = (x: number) => Math.floor(16 * Math.log10(x));
  return iteration === last || grid(iteration) !== grid(iteration + 1);
}
