import { kSubset } from "../../src/index.ts";
import type { Cell, Experiment, Outcome, Run } from "../experiment.ts";
import { tensor } from "../run/safetensors.ts";
import { type Result, result } from "../run/summary.ts";
import { checkConfig, presets, type SparseRegressionConfig } from "./config.ts";
import { loadField } from "./data.ts";
import type { Scheme } from "./derivatives.ts";
import { equationText } from "./equation.ts";
import type { Field } from "./field.ts";
import { leastSquares } from "./least-squares.ts";
import { type NormalEquations, normalEquations, TRUE_TERMS, termNames } from "./library.ts";
import { gradientStep, selectedTerms, thresholdedTerms } from "./model.ts";
import { report } from "./report.ts";

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
  const prepared = await run.cell(
    "data",
    (cell) => {
      const { field, description } = loadField(run.data, run.config);
      const picture = thinned(field);
      cell.keep({
        x: tensor(picture.x),
        t: tensor(picture.t),
        u: tensor(picture.u, [picture.x.length, picture.t.length]),
      });
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

/** What a method found: the terms of each run and, for iterative ones, after how many iterations they stood. */
type Found = { readonly selections: number[][]; readonly settled?: number[] };

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

function trueTerms({ names }: NormalEquations): number[] {
  return TRUE_TERMS.map((name) => names.indexOf(name));
}

function isEquation(terms: readonly number[], equations: NormalEquations): boolean {
  const wanted = trueTerms(equations);
  return terms.length === wanted.length && wanted.every((i) => terms.includes(i));
}

/** Share of the true terms that are found, and of the seeds that found exactly them. */
function shares(
  selections: readonly number[][],
  equations: NormalEquations,
): { terms: number; equation: number } {
  const wanted = trueTerms(equations);
  const hits = selections.map((terms) => wanted.filter((i) => terms.includes(i)).length);
  return {
    terms: hits.reduce((a, b) => a + b, 0) / wanted.length / selections.length,
    equation: selections.filter((terms) => isEquation(terms, equations)).length / selections.length,
  };
}

function refit(
  equations: NormalEquations,
  terms: readonly number[],
): { coefficients: Float64Array; rmse: number } {
  const coefficients = new Float64Array(equations.names.length);
  const unexplained = leastSquares(equations).fit(terms, coefficients);
  return { coefficients, rmse: Math.sqrt(unexplained * equations.square) };
}

/** The five best of all subsets, by trying each. */
function bestSubsets(
  equations: NormalEquations,
  k: number,
): { rank: number; equation: string; rmse: number }[] {
  const subsets = Array.from(kSubset(equations.names.length, k).states!(), (z) => {
    const terms = equations.names.map((_, i) => i).filter((i) => z[i] === 1);
    return { terms, rmse: refit(equations, terms).rmse };
  });
  return subsets
    .sort((a, b) => a.rmse - b.rmse)
    .slice(0, 5)
    .map(({ terms, rmse }, i) => ({ rank: i + 1, equation: equationText(equations, terms), rmse }));
}

function score(method: string, { selections, settled }: Found, equations: NormalEquations): Result[] {
  const wanted = trueTerms(equations);
  const fits = selections.map((terms) => refit(equations, terms));
  // The largest deviation of any coefficient from the equation: −1 for the true terms, 0 for all others.
  const errors = fits.map(({ coefficients }) =>
    Math.max(...coefficients.map((c, i) => Math.abs(c + (wanted.includes(i) ? 1 : 0)))),
  );
  const each = selections.map((terms) => shares([terms], equations));
  const found = selections.map((_, s) => s).filter((s) => each[s]!.equation === 1);
  const ofFound = (metric: string, value: (s: number) => number): Result[] =>
    found.length > 0 ? [result(method, metric, found.map(value))] : [];
  return [
    result(
      method,
      "equation-found",
      each.map(({ equation }) => equation),
    ),
    result(
      method,
      "terms-found",
      each.map(({ terms }) => terms),
    ),
    result(method, "coefficient-error", errors),
    result(
      method,
      "rmse",
      fits.map(({ rmse }) => rmse),
    ),
    ...(settled ? ofFound("iterations-needed", (s) => settled[s]!) : []),
    ...TRUE_TERMS.flatMap((name, i) =>
      ofFound(`coefficient of ${name}`, (s) => fits[s]!.coefficients[wanted[i]!]!),
    ),
  ];
}

function mostFrequent(selections: readonly number[][]): number[] {
  const counts = new Map<string, number>();
  for (const terms of selections) counts.set(terms.join(), (counts.get(terms.join()) ?? 0) + 1);
  const [best] = [...counts].sort((a, b) => b[1] - a[1])[0]!;
  return best === "" ? [] : best.split(",").map(Number);
}

/** The field on a grid that a picture can show. */
function thinned({ x, t, u }: Field): Record<"x" | "t" | "u", Float32Array<ArrayBuffer>> {
  const every = (count: number, most: number) => {
    const stride = Math.ceil(count / most);
    return Array.from({ length: Math.ceil(count / stride) }, (_, i) => i * stride);
  };
  const [rows, columns] = [every(x.length, 256), every(t.length, 256)];
  return {
    x: Float32Array.from(rows, (i) => x[i]!),
    t: Float32Array.from(columns, (j) => t[j]!),
    u: Float32Array.from(rows.flatMap((i) => columns.map((j) => u[i * t.length + j]!))),
  };
}
