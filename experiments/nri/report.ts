import type { FinishedRun } from "../../lab/experiment.ts";
import { lineChart } from "../../lab/report/charts/line-chart.ts";
import { formatNumber } from "../../lab/report/format.ts";
import type { Figure, Report, Section, Table } from "../../lab/report/report.ts";
import { nameAndNumbers } from "../../lab/report/report.ts";
import { linesOfMethod, meansAndRanges, timeShares } from "../../lab/report/training.ts";
import type { NriConfig } from "./config.ts";
import { LABELS } from "./labels.ts";
import { picturesSection } from "./pictures.ts";
import type { StepMetric } from "./train.ts";

type Finished = FinishedRun<NriConfig>;

export function report(run: Finished): Report {
  const pictures = picturesSection(run);
  return {
    lead: lead(run),
    sections: [table(run), ...(pictures ? [pictures] : []), curves(run), times(run)],
  };
}

/** How the paper's numbers for series of this length are marked. */
export function publishedFor({ timesteps }: Pick<NriConfig, "timesteps">): string {
  return `SST, Table 1, T = ${timesteps}`;
}

function lead({ summary, config }: Finished): string {
  const found = summary.results.filter(({ metric }) => metric === "precision");
  const best = found.toSorted((a, b) => b.mean - a.mean)[0];
  if (best === undefined) return "Nothing was trained.";
  const chance = 2 / config.vertices;
  return `After ${config.iterations} updates **${LABELS[best.method]!}** is right about ${percent(best.mean)} of the edges that it names, having seen only where ${config.vertices} points were at ${config.timesteps} times. A random tree would be right about ${percent(chance)}.`;
}

function table({ summary, config }: Finished): Section {
  const source = publishedFor(config);
  const rows = config.methods.map((method) => {
    const ours = ["elbo", "precision", "recall"].map((metric) => {
      const found = summary.results.find((r) => r.method === method && r.metric === metric);
      if (!found) return "–";
      const scale = metric === "elbo" ? 1 : 100;
      const spread = found.runs > 1 ? ` ± ${(scale * found.std).toFixed(1)}` : "";
      return `${(scale * found.mean).toFixed(1)}${spread}`;
    });
    const theirs = ["elbo", "precision", "recall"].map((metric) => {
      const found = summary.published.find(
        (p) => p.method === method && p.metric === metric && p.source === source,
      );
      return found ? String(metric === "elbo" ? found.value : Math.round(100 * found.value)) : "–";
    });
    return [LABELS[method]!, ...ours, ...theirs];
  });
  const titles = ["ELBO", "precision", "recall"];
  const beside: Table = {
    caption: `Test series, T = ${config.timesteps}: ELBO a point, precision and recall of edges in percent; on the right as published`,
    columns: nameAndNumbers(["method", ...titles, ...titles.map((title) => `SST: ${title}`)]),
    rows,
  };
  return {
    title: "ELBO and recovery of the tree",
    source: "SST, Table 1",
    tables: [beside],
    notes: [
      "The ELBO is that of hard graphs, drawn with the noise of training; precision and recall are the likeliest graph's. Both directions of a pair are compared with the symmetric truth, so that undirected and directed edges are counted alike.",
      "Of faithful samples (SIMPLE) the divergence is the exact one of trees; of all other methods that of utilities, which bounds it from above.",
      ...(config.doubleKl
        ? ["The KL of an undirected edge counts for both directions, as in the published code."]
        : []),
    ],
  };
}

function curves(run: Finished): Section {
  return {
    title: "On the way",
    conclusion: "On validation series, as training goes on.",
    figures: [
      figure(run, "elbo", "ELBO a point"),
      figure(run, "precision", "share of named edges that are true"),
    ],
    notes: run.config.runs > 1 ? [`Means of ${run.config.runs} runs, and their range.`] : [],
  };
}

function figure(run: Finished, key: "elbo" | "precision", title: string): Figure {
  const lines = run.config.methods.map((method) => ({
    name: LABELS[method]!,
    points: meansAndRanges(
      linesOf(run, method),
      (line) => line.step,
      (line) => line[key],
    ),
  }));
  const floor =
    key === "precision" ? { reference: { y: 2 / run.config.vertices, label: "a random tree" } } : {};
  return {
    name: key,
    spec: lineChart({
      lines,
      x: { title: "updates" },
      y: { title, ...(key === "precision" ? { domain: [0, 1] as const } : {}) },
      width: 380,
      height: 260,
      legendColumns: 2,
      ...floor,
    }),
    alt: `Each method's ${title} against updates.`,
  };
}

function times(run: Finished): Section {
  const rows = run.config.methods.map((method) => {
    const own = linesOf(run, method);
    const updates = run.config.iterations * new Set(own.map((line) => String(line.cell))).size;
    const { all, shares } = timeShares(own.map(({ seconds }) => seconds));
    return [LABELS[method]!, formatNumber((1000 * all) / updates), ...shares.map(percent)];
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
      "Layer: noise, graphs or marginals, KL, and their gradients. Engine: the networks and their updates.",
    ],
  };
}

const linesOf = linesOfMethod<StepMetric & { readonly cell: string }>;

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
