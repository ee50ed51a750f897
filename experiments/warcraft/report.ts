import type { FinishedRun } from "../../lab/experiment.ts";
import { highlightedLine, meanOf, type Points } from "../../lab/report/charts/highlighted-line.ts";
import { stripPlot } from "../../lab/report/charts/strip-plot.ts";
import { formatNumber } from "../../lab/report/format.ts";
import type { Report, Section, Table } from "../../lab/report/report.ts";
import { nameAndNumbers } from "../../lab/report/report.ts";
import { linesOfMethod, timeShares } from "../../lab/report/training.ts";
import { METHODS, type WarcraftConfig } from "./config.ts";
import { LABELS } from "./labels.ts";
import { picturesSections } from "./pictures.ts";
import type { EpochMetric } from "./train.ts";

type Finished = FinishedRun<WarcraftConfig>;

export function report(run: Finished): Report {
  return {
    lead: lead(run),
    sections: [ends(run), dynamics(run), ...picturesSections(run), solvers(run), times(run)],
  };
}

function lead({ summary, config }: Finished): string {
  const found = summary.results.filter(({ metric }) => metric === "accuracy");
  const solving = found.filter(({ method }) => method !== "direct").map((r) => r.mean);
  const direct = found.find(({ method }) => method === "direct");
  const network =
    config.model === "patch"
      ? " The network is dense layers that see one cell each, not the paper's ResNet18 (`--set model=resnet18`)."
      : "";
  const through =
    solving.length === 0
      ? ""
      : `No network is told what a cell costs: it learns from the paths that its costs lead to. Trained through Dijkstra's algorithm for ${config.epochs} epochs it finds a cheapest path for **${fromTo(solving)}** of the test maps${solving.length > 1 ? ", depending on the method" : ""}. `;
  const without =
    direct === undefined
      ? ""
      : `Without the algorithm, the path predicted directly, it is right for **${percent(direct.mean)}**.`;
  return `${through}${without}${network}`;
}

function fromTo(shares: readonly number[]): string {
  const [low, high] = [Math.min(...shares), Math.max(...shares)];
  return low === high ? percent(low) : `${(100 * low).toFixed(1)} to ${percent(high)}`;
}

/** How the paper's numbers for maps of this size are marked. */
export function publishedFor({ side }: Pick<WarcraftConfig, "side">): string {
  return `I-MLE, Table 2, K = ${side}`;
}

/** Table 2. */
function ends(run: Finished): Section {
  const { methods, runs, testMaps, side } = run.config;
  const finals = methods.map((method) => lastEpoch(run, method).map(({ accuracy }) => accuracy));
  const solving = finals.filter((_, i) => methods[i] !== "direct").map(mean);
  const [low, high] = [Math.min(...solving), Math.max(...solving)];
  // Without it the others would be a heap at the end of the axis.
  const from = solving.length > 0 ? Math.max(0, low - 2 * Math.max(0.01, high - low)) : 0;
  const error = Math.sqrt((high * (1 - high)) / testMaps);
  const chart = (width: number) =>
    stripPlot({
      x: "share of test maps with an optimal path",
      percent: true,
      from,
      width,
      strips: methods.map((method, i) => ({
        name: LABELS[method]!,
        values: finals[i]!,
        published: publishedOf(run, method),
        color: colorOf(method),
      })),
    });
  return {
    title: "How many paths are optimal?",
    source: "I-MLE, Table 2",
    ...(solving.length > 1
      ? {
          conclusion: `What is trained through the solver ends at ${fromTo(solving)}. With ${testMaps} test maps a share of ${percent(high)} has a standard error of ${(100 * error).toFixed(1)} points: differences of less than three times that say little.`,
        }
      : {}),
    figures: [
      {
        name: "ends",
        spec: chart(520),
        narrow: chart(210),
        caption: `After ${run.config.epochs} epochs. ${runs === 1 ? "One training each" : `A dot a training, the bar their mean`}; diamonds: published, on Warcraft's maps after 50 epochs with the front of ResNet18.`,
        alt: "Each method's accuracy on test maps, beside the published one.",
      },
    ],
    tables: [beside(run)],
    notes: [
      "An optimal path is one whose true cost is that of the cheapest: there are often several. Paths are predicted without noise.",
      ...(methods.some((method) => publishedOf(run, method) !== undefined)
        ? []
        : [`The paper has no numbers for maps of ${side} × ${side} cells.`]),
    ],
  };
}

/** Figure 11. */
function dynamics(run: Finished): Section {
  const lines = run.config.methods.map((method) => ({ method, points: trainings(run, method) }));
  return {
    title: "How fast do they learn?",
    source: "I-MLE, Figure 11",
    conclusion:
      "Each method in colour, its trainings thin and their mean thick, before the means of all others.",
    columns: 3,
    figures: lines.map(({ method, points }) => {
      const chart = (width: number, height: number, y: string) =>
        highlightedLine({
          title: LABELS[method]!,
          lines: points,
          others: lines.filter((other) => other.method !== method).map((other) => meanOf(other.points)),
          x: "epoch",
          y,
          color: colorOf(method),
          width,
          height,
        });
      return {
        name: `dynamics-${method}`,
        spec: chart(240, 150, "optimal paths"),
        narrow: chart(112, 110, ""),
        alt: `Accuracy of ${LABELS[method]!} against the epoch, from ${percent(mean(points.map(([first]) => first!.y)))} to ${percent(mean(points.map((line) => line.at(-1)!.y)))}.`,
      };
    }),
  };
}

/** The accuracies of each training. */
function trainings(run: Finished, method: string): Points[] {
  const lines = linesOf(run, method);
  return [...new Set(lines.map(({ cell }) => cell))].map((cell) =>
    lines
      .filter((line) => line.cell === cell)
      .sort((a, b) => a.epoch - b.epoch)
      .map(({ epoch, accuracy }) => ({ x: epoch, y: accuracy })),
  );
}

/** A method has its colour whatever others are trained. */
function colorOf(method: string): number {
  return (METHODS as readonly string[]).indexOf(method);
}

function publishedOf({ summary, config }: Finished, method: string): number | undefined {
  const source = publishedFor(config);
  return summary.published.find((p) => p.method === method && p.source === source)?.value;
}

/** Ours and the paper's for the same size. */
function beside(run: Finished): Table {
  const { summary, config } = run;
  const rows = config.methods.map((method) => {
    const ours = summary.results.find((r) => r.method === method && r.metric === "accuracy");
    const theirs = publishedOf(run, method);
    const spread = ours && ours.runs > 1 ? ` ± ${(100 * ours.std).toFixed(1)}` : "";
    return [
      LABELS[method]!,
      ours ? `${(100 * ours.mean).toFixed(1)}${spread} %` : "–",
      theirs === undefined ? "–" : percent(theirs),
    ];
  });
  return {
    columns: [{ title: "method" }, { title: "ours", align: "right" }, { title: "published", align: "right" }],
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

const linesOf = linesOfMethod<EpochMetric & { readonly cell: string }>;

function lastEpoch(run: Finished, method: string): EpochMetric[] {
  return linesOf(run, method).filter((line) => line.epoch === run.config.epochs);
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

function percent(share: number, places = 1): string {
  return `${(100 * share).toFixed(places)} %`;
}
