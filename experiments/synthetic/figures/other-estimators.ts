import { heatMap } from "../../../lab/report/charts/heat-map.ts";
import { type Line, lineChart } from "../../../lab/report/charts/line-chart.ts";
import { formatSpread } from "../../../lab/report/format.ts";
import type { Figure, Section } from "../../../lab/report/report.ts";
import { result } from "../../../lab/run/summary.ts";
import { otherLearningRates } from "../config.ts";
import { cellOn } from "../data.ts";
import { others } from "../others.ts";
import { across, type Finished, instancesInWords, linesOf, NAMES, number } from "./lines.ts";

/** What the paper does not have: the estimators since, and before, on the same problem. */
export function otherEstimators(run: Finished): Section {
  const { instances, sweepInstances } = run.config;
  const ranked = others
    .map((other) => ({ ...other, ...across(run, other.name) }))
    .sort((a, b) => a.mean - b.mean);
  const gap = (method: string): string => {
    const { mean, std } = across(run, method);
    return formatSpread(mean, std);
  };
  const best = (soft: boolean): string => {
    const first = ranked.find((other) => other.soft === soft && other.name !== "simple-linear")!;
    return `${first.label} (${gap(first.name)})`;
  };
  const atRate = (method: string): { learningRate: number; mean: number }[] =>
    otherLearningRates.map((learningRate) => {
      const means = Array.from({ length: sweepInstances }, (_, i) =>
        number(linesOf(run, cellOn(i, `sweep/${method}/${learningRate}`))[0]!.mean),
      );
      return { learningRate, mean: result(method, "gap", means).mean };
    });
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
    conclusion: `Over ${instancesInWords(instances)}: of those that keep states hard ${best(false)} ends lowest, of those with soft states ${best(true)}; I-MLE with SoG ends at ${gap("imle-sog")}. Written linearly, which this loss can be, SIMPLE follows the exact gradient and ends at ${gap("simple-linear")}. What the paper's score function lacks is a baseline: with the mean loss of three other samples as one it ends at ${gap("sfe-loo")}. Black box (${gap("black-box")}) and identity (${gap("identity")}) draw nothing: where their one path ends differs from instance to instance like a lottery.`,
    figures: [
      chart("others-hard", "Hard states", false),
      chart("others-soft", "Soft states, judged by hard ones", true),
      {
        name: "others-rates",
        alt: "Final gap of each estimator at each learning rate",
        spec: heatMap({
          title: `Final gap by learning rate, mean of ${instancesInWords(sweepInstances)}`,
          x: "learning rate",
          y: "",
          cells: ranked.flatMap(({ name, label }) =>
            atRate(name).map(({ learningRate, mean }) => ({
              x: String(learningRate),
              y: label,
              value: mean,
            })),
          ),
          domain: [0, 3],
          cellHeight: 22,
        }),
      },
    ],
    notes: [
      `Not in the paper. Curves are means over ${run.config.runs} runs of ${run.config.steps} steps on the instance of the figure above, at learning rates of ${others.map(({ label, learningRate }) => `${learningRate} (${label})`).join(", ")}; these, λ and temperatures are the best of a coarse grid on the authors' instance. The gap is always that of hard samples. The perturbed optimizer takes ten samples a step. SparseMAP is the Euclidean projection here.`,
    ],
  };
}
