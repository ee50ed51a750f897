import type { FinishedRun } from "../../lab/experiment.ts";
import { lineChart } from "../../lab/report/charts/line-chart.ts";
import { formatNumber } from "../../lab/report/format.ts";
import type { Figure, Report, Section } from "../../lab/report/report.ts";
import { nameAndNumbers } from "../../lab/report/report.ts";
import { linesOfMethod, meansAndRanges, timeShares } from "../../lab/report/training.ts";
import { type ListopsConfig, METHODS, type MethodName } from "./config.ts";
import { LABELS } from "./labels.ts";
import { picturesSection } from "./pictures.ts";
import type { EpochMetric } from "./train.ts";

type Finished = FinishedRun<ListopsConfig>;
const METRICS = ["accuracy", "edge-precision", "edge-recall"] as const;

export function report(run: Finished): Report {
  const pictures = picturesSection(run);
  return {
    lead: lead(run),
    sections: [table(run), ...(pictures ? [pictures] : []), curves(run), times(run)],
  };
}

function lead({ summary, config }: Finished): string {
  const of = (method: string, metric: string) =>
    summary.results.find((r) => r.method === method && r.metric === metric)?.mean;
  const best = config.methods
    .filter((method) => of(method, "edge-precision") !== undefined)
    .sort((a, b) => of(b, "edge-precision")! - of(a, "edge-precision")!)[0];
  if (best === undefined) return "No graph was inferred.";
  return `**${LABELS[best]!}** names arcs of which ${percent(of(best, "edge-precision")!)} are in the true parse, having seen expressions and their answers alone, and answers ${percent(of(best, "accuracy")!)} of new ones. Of a random arborescence's arcs ${percent(of("random-arborescence", "edge-precision")!)} are true; with the last operator before each word as its head, ${percent(of("nearest-operator", "edge-precision")!)}.`;
}

function table({ summary, config }: Finished): Section {
  const rows = [...config.methods, "random-arborescence", "nearest-operator"].map((method) => {
    const ours = METRICS.map((metric) => {
      const found = summary.results.find((r) => r.method === method && r.metric === metric);
      if (!found) return "–";
      const spread = found.runs > 1 ? ` ± ${(100 * found.std).toFixed(1)}` : "";
      return `${(100 * found.mean).toFixed(1)}${spread}`;
    });
    const theirs = METRICS.map((metric) => {
      const found = summary.published.find((p) => p.method === method && p.metric === metric);
      return found ? String(Number((100 * found.value).toFixed(1))) : "–";
    });
    return [LABELS[method]!, ...ours, ...theirs];
  });
  const titles = ["accuracy", "precision", "recall"];
  return {
    title: "Answers and arcs",
    source: "SST, Table 2",
    tables: [
      {
        caption: `Test expressions nested at most ${config.depth} deep, of at most ${config.length} words, in percent; on the right as published, on other expressions`,
        columns: nameAndNumbers(["method", ...titles, ...titles.map((title) => `SST: ${title}`)]),
        rows,
      },
    ],
    notes: [
      "Of the epoch with the best validation accuracy. What is soft in training is hard here: the graph of the largest mean utility.",
      "Arcs lead from operators to operands; those to and from `]` do not count. An undirected edge names both directions, of which one can be true: its precision is at most 50 %.",
    ],
  };
}

function curves(run: Finished): Section {
  return {
    title: "On the way",
    conclusion: "On validation expressions, as training goes on.",
    figures: [
      figure(run, "accuracy", "share of right answers"),
      figure(run, "precision", "share of named arcs that are true"),
    ],
    notes: run.config.runs > 1 ? [`Means of ${run.config.runs} runs, and their range.`] : [],
  };
}

function figure(run: Finished, key: "accuracy" | "precision", title: string): Figure {
  const lines = run.config.methods.flatMap((method) => {
    const own = linesOf(run, method).filter((line) => line[key] !== null);
    if (own.length === 0) return [];
    const points = meansAndRanges(
      own,
      (line) => line.epoch,
      (line) => line[key]!,
    );
    // Two more than there are colours: what infers no graph is dashed.
    const color = (METHODS.indexOf(method as MethodName) + 6) % 7;
    return [{ name: LABELS[method]!, points, color, dashed: method === "lstm" || method === "ground-truth" }];
  });
  const chance = run.summary.results.find(
    (r) => r.method === "random-arborescence" && r.metric === "edge-precision",
  );
  const reference =
    key === "accuracy"
      ? { y: 0.1, label: "guessing" }
      : { y: chance?.mean ?? 0, label: "a random arborescence" };
  return {
    name: key,
    spec: lineChart({
      lines,
      x: { title: "epochs" },
      y: { title, domain: [0, 1] as const },
      width: 380,
      height: 260,
      legendColumns: 2,
      reference,
    }),
    alt: `Each method's ${title} against epochs.`,
  };
}

function times(run: Finished): Section {
  const { config } = run;
  const updates = config.epochs * Math.floor(config.trainExpressions / config.batch);
  const rows = config.methods.map((method) => {
    const own = linesOf(run, method);
    const { all, shares } = timeShares(own.map(({ seconds }) => seconds));
    return [LABELS[method]!, formatNumber((1000 * all) / (updates * config.runs)), ...shares.map(percent)];
  });
  return {
    title: "Where the time goes",
    tables: [
      {
        caption: "Milliseconds of an update, without tests",
        columns: nameAndNumbers(["method", "milliseconds", "discrete layer", "engine", "data"]),
        rows,
      },
    ],
    notes: [
      "Layer: noise, graphs or marginals, and their gradients. Engine: the networks and their updates; the first update of each network compiles it.",
    ],
  };
}

const linesOf = linesOfMethod<EpochMetric>;

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
