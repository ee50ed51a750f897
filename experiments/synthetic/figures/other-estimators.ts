import { heatMap } from "../../../lab/report/charts/heat-map.ts";
import { type Line, lineChart } from "../../../lab/report/charts/line-chart.ts";
import { formatNumber, formatSpread } from "../../../lab/report/format.ts";
import type { Figure, Section } from "../../../lab/report/report.ts";
import { others } from "../others.ts";
import { type Finished, linesOf, NAMES, number } from "./lines.ts";

/** What the paper does not have: the estimators since, and before, on the same problem. */
export function otherEstimators(run: Finished): Section {
  const gap = (method: string) => run.summary.results.find((r) => r.method === method)!;
  const ranked = [...others].sort((a, b) => gap(a.name).mean - gap(b.name).mean);
  const best = (soft: boolean): string => {
    // Without noise there is a single path, and where it ends is luck.
    const first = ranked.find((other) => other.soft === soft && gap(other.name).std > 0)!;
    return `${first.label} (${formatNumber(gap(first.name).mean, 2)})`;
  };
  const curve = (method: string, name: string): Line => ({
    name,
    points: linesOf(run, `curve/${method}`).map((at) => ({ x: number(at.step), y: number(at.mean) })),
  });
  const chart = (name: string, title: string, soft: boolean): Figure => ({
    name,
    alt: `Optimality gap against optimization steps, ${title}`,
    spec: lineChart({
      title,
      x: { title: "optimization steps" },
      y: { title: "gap to the optimal expected loss", domain: [0, 3] },
      lines: [
        { ...curve("imle-sog", NAMES["imle-sog"]), dashed: true, color: 6 },
        ...others.filter((other) => other.soft === soft).map(({ name, label }) => curve(name, label)),
      ],
      width: 390,
      height: 280,
      legendColumns: 2,
    }),
  });
  return {
    title: "And the other estimators?",
    conclusion: `Of those that keep states hard and draw them, ${best(false)} ends lowest; of those with soft states, ${best(true)}. I-MLE with SoG ends at ${formatNumber(gap("imle-sog").mean, 2)}. Written linearly, which this loss can be, SIMPLE follows the exact gradient and ends at ${formatNumber(gap("simple-linear").mean, 2)}. What the paper's score function lacks is a baseline: here it is the mean loss of three other samples.`,
    figures: [
      chart("others-hard", "Hard states", false),
      chart("others-soft", "Soft states, judged by hard ones", true),
      {
        name: "others-rates",
        alt: "Final gap of each estimator at each learning rate",
        spec: heatMap({
          title: "Final gap by learning rate",
          x: "learning rate",
          y: "",
          cells: ranked.flatMap(({ name, label }) =>
            linesOf(run, `sweep/${name}/`).map((at) => ({
              x: String(at.learningRate),
              y: label,
              value: number(at.mean),
            })),
          ),
          domain: [0, 3],
          cellHeight: 22,
        }),
      },
    ],
    tables: [
      {
        columns: [
          { title: "estimator" },
          { title: "states" },
          { title: "learning rate", align: "right" },
          { title: "final gap", align: "right" },
        ],
        rows: ranked.map(({ name, label, soft, learningRate }) => [
          label,
          soft ? "soft" : "hard",
          String(learningRate),
          formatSpread(gap(name).mean, gap(name).std),
        ]),
      },
    ],
    notes: [
      `Not in the paper. Means over ${run.config.runs} runs of ${run.config.steps} steps; learning rates, λ and temperatures are the best of a coarse grid on the authors' instance. The gap is always that of hard samples. Identity and black box draw nothing, so that all their runs are one; where it ends depends on the learning rate like a lottery. The perturbed optimizer takes ten samples a step. SparseMAP is the Euclidean projection here.`,
    ],
  };
}
