import type { FinishedRun } from "../../lab/experiment.ts";
import { lineChart } from "../../lab/report/charts/line-chart.ts";
import { formatNumber } from "../../lab/report/format.ts";
import type { Report, Section, Table } from "../../lab/report/report.ts";
import { nameAndNumbers } from "../../lab/report/report.ts";
import { linesOfMethod, meanAndRange, timeShares } from "../../lab/report/training.ts";
import type { WarcraftConfig } from "./config.ts";
import { LABELS } from "./labels.ts";
import { picturesSection } from "./pictures.ts";
import type { EpochMetric } from "./train.ts";

type Finished = FinishedRun<WarcraftConfig>;

export function report(run: Finished): Report {
  const pictures = picturesSection(run);
  return {
    lead: lead(run),
    sections: [dynamics(run), ...(pictures ? [pictures] : []), solvers(run), times(run)],
  };
}

function lead({ summary, config }: Finished): string {
  const found = summary.results.filter(({ metric }) => metric === "accuracy");
  const best = found.toSorted((a, b) => b.mean - a.mean)[0];
  if (best === undefined) return "Nothing was trained.";
  const network =
    config.model === "patch"
      ? " The network is dense layers that see one cell each, not the paper's ResNet18 (`--set model=resnet18`)."
      : "";
  return `After ${config.epochs} epochs **${LABELS[best.method]!}** predicts an optimal path for ${percent(best.mean)} of the test maps, without having seen what a cell costs but through the paths that follow from it.${network}`;
}

/** How the paper's numbers for maps of this size are marked. */
export function publishedFor(side: number): string {
  return side === 12 ? "I-MLE, Table 2, K = 12" : `K = ${side}`;
}

/** Figure 11. */
function dynamics(run: Finished): Section {
  const lines = run.config.methods.map((method) => {
    const runs = linesOf(run, method);
    const epochs = [...new Set(runs.map((line) => line.epoch))].sort((a, b) => a - b);
    return {
      name: LABELS[method]!,
      points: epochs.map((epoch) =>
        meanAndRange(
          epoch,
          runs.filter((line) => line.epoch === epoch).map((line) => line.accuracy),
        ),
      ),
    };
  });
  return {
    title: "Accuracy against epochs",
    source: "I-MLE, Figure 11",
    figures: [
      {
        name: "dynamics",
        spec: lineChart({
          lines,
          x: { title: "epoch" },
          y: { title: "share of test maps with an optimal path", domain: [0, 1] },
          marks: lines.every(({ points }) => points.length < 12),
        }),
        alt: "Each method's test accuracy against the epoch.",
      },
    ],
    tables: [beside(run)],
    notes: [
      "An optimal path is one whose true cost is that of the cheapest: there are often several. Paths are predicted without noise.",
      ...(run.config.runs > 1
        ? [`Mean of ${run.config.runs} runs, and the range from the least to the most.`]
        : []),
    ],
  };
}

/** Ours and the paper's for the same size. */
function beside({ summary, config }: Finished): Table {
  const { side } = config;
  const rows = config.methods.map((method) => {
    const ours = summary.results.find((r) => r.method === method && r.metric === "accuracy");
    const theirs = summary.published.find((p) => p.method === method && p.source === publishedFor(side));
    const spread = ours && ours.runs > 1 ? ` ± ${(100 * ours.std).toFixed(1)}` : "";
    return [
      LABELS[method]!,
      ours ? `${(100 * ours.mean).toFixed(1)}${spread} %` : "–",
      theirs ? percent(theirs.value) : "–",
    ];
  });
  return {
    caption: `Accuracy on test maps of ${side} × ${side} cells. The paper's are on Warcraft maps, after 50 epochs, with the front of ResNet18`,
    columns: [
      { title: "method" },
      { title: "here", align: "right" },
      { title: "I-MLE, Table 2", align: "right" },
    ],
    rows,
  };
}

function solvers(run: Finished): Section {
  const rows = run.config.methods.map((method) => {
    const last = lastEpoch(run, method);
    const excess = run.summary.results.find((r) => r.method === method && r.metric === "excess-cost");
    return [
      LABELS[method]!,
      excess ? percent(excess.mean, 2) : "–",
      formatNumber(mean(last.map((line) => line.loss))),
      percent(mean(last.map((line) => line.zeroGradients))),
      method === "direct" ? "–" : percent(mean(last.map((line) => line.clamped)), 2),
      formatNumber(mean(last.flatMap((line) => (line.beta === null ? [] : [line.beta])))),
    ];
  });
  return {
    title: "What the solver saw",
    tables: [
      {
        caption: "In the last epoch",
        columns: nameAndNumbers(["method", "excess cost", "loss", "zero gradients", "clamped costs", "β"]),
        rows,
      },
    ],
    notes: [
      "Excess cost: what predicted paths cost beyond the best, on test maps. Losses differ in kind: regret for μ–μ, Hamming distance for M–M, black-box and adaptive I-MLE.",
      "Zero gradients: training maps of which nothing was learnt because both states were the same. Clamped: costs that noise or the target made negative and that Dijkstra's algorithm counted as 0. Under Eq. (12) with the Hamming loss every cell of the true path is such a one: they are the target.",
    ],
  };
}

function times(run: Finished): Section {
  const rows = run.config.methods.map((method) => {
    const seconds = linesOf(run, method).map((line) => line.seconds);
    const { all, shares } = timeShares(seconds);
    return [LABELS[method]!, formatNumber(all / seconds.length), ...shares.map((share) => percent(share))];
  });
  return {
    title: "Where the time goes",
    tables: [
      {
        caption: "Seconds of an epoch's training, without tests",
        columns: nameAndNumbers(["method", "seconds", "discrete layer", "engine", "data"]),
        rows,
      },
    ],
    notes: [
      "Layer: Dijkstra's algorithm, noise and loss, forward and backward. Engine: the network and its update. Data: painting maps.",
    ],
  };
}

const linesOf = linesOfMethod<EpochMetric>;

function lastEpoch(run: Finished, method: string): EpochMetric[] {
  return linesOf(run, method).filter((line) => line.epoch === run.config.epochs);
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

function percent(share: number, places = 1): string {
  return `${(100 * share).toFixed(places)} %`;
}
