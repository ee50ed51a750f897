import { formatPlaces } from "../../lab/report/format.ts";
import type { Table } from "../../lab/report/report.ts";
import type { Records, ResultsRecord } from "../../lab/results/record.ts";
import {
  mean,
  numbers,
  resultOf,
  spread,
  type TableColumn,
  type Tables,
  tableOf,
} from "../../lab/results/tables.ts";
import type { Result } from "../../lab/run/summary.ts";
import { claims } from "./simple/claims.ts";
import { methods } from "./simple/methods.ts";
import { type Problem, problems } from "./simple/problems.ts";

/** The best of each kind in the comparison. */
const BEST: Readonly<Record<string, string>> = {
  simple: "inference, hard states: SIMPLE",
  "sfe-loo": "inference, values: score function (4)",
  sst: "inference, soft states: exponential family",
  "imle-central": "MAP alone, hard states: I-MLE, central",
  identity: "MAP alone, hard states: identity",
  "sparse-map": "MAP alone, soft states: SparseMAP",
};

/** What the guide compares, by the functions that a user calls. */
const GUIDE: Readonly<Record<string, string>> = {
  simple: "`simple`",
  "simple-b": "`simple`, forward perturb-and-MAP",
  "simple-f": "`simple`, Jacobian from 10 samples",
  sfe: "`scoreFunction`",
  "sfe-loo": "`scoreFunction`, 4 samples, leave-one-out",
  imle: "`imle`",
  "imle-central": "`imle`, central",
  "imle-adaptive": "`imle`, `adaptive`",
  "straight-through": "`straightThrough`",
  "black-box": "`blackBox`",
  identity: "`identity`",
  perturbed: "`perturbedOptimizer`, 10 samples",
  "perturbed-multiplicative": "`perturbedOptimizer`, multiplicative",
  sst: "`stochasticSoftmax`, exponential family",
  "sst-hard": "the same, `hard`",
  "sparse-map": "`stochasticSoftmax`, SparseMAP",
};

export function gradientQualityTables({ paper, drawn }: Records): Tables {
  return {
    comparison: () => byLoss(BEST, paper!),
    estimators: () => byLoss(GUIDE, paper!),
    "5 of 10": () => qualities(paper!, problems[0]!),
    "1 of 10": () => qualities(paper!, problems[1]!),
    statements: () =>
      tableOf(claims, [
        { title: "statement", text: ({ text }) => text },
        instances((count) => `the paper's ${count}`, paper!),
        instances((count) => `${count} others`, drawn!),
      ]),
  };
}

/** Mean errors over the structures. */
function byLoss(labels: Readonly<Record<string, string>>, record: ResultsRecord): Table {
  const losses = { coupled: "coupled, flat", sharp: "coupled, sharp", squared: "squared", linear: "linear" };
  return tableOf(Object.keys(labels), [
    { title: "", text: (method) => labels[method]! },
    ...Object.entries(losses).map(([loss, title]) =>
      numbers(title, (method: string) => mean(resultOf(record, method, `error, ${loss}`), 2)),
    ),
  ]);
}

/** On how many instances a statement holds. */
function instances(
  title: (count: number) => string,
  record: ResultsRecord,
): TableColumn<(typeof claims)[number]> {
  const judged = (text: string): Result => resultOf(record, "the paper", text)!;
  return numbers(title(judged(claims[0]!.text).runs), ({ text }) => {
    const { mean, runs } = judged(text);
    return formatPlaces(mean * runs, 0);
  });
}

function qualities(record: ResultsRecord, problem: Problem): Table {
  const metrics = ["bias", "variance", "error"] as const;
  const metricOf = (metric: string): string =>
    problem === problems[0] ? metric : `${metric}, ${problem.label}`;
  const shown = methods.filter(({ name }) => resultOf(record, name, metricOf("error")));
  return tableOf(shown, [
    { title: problem.label, text: ({ label }) => label },
    ...metrics.map((metric) =>
      numbers(metric, ({ name }: (typeof methods)[0]) => spread(resultOf(record, name, metricOf(metric)), 3)),
    ),
  ]);
}
