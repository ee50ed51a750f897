import { type Line, lineChart } from "../../../lab/report/charts/line-chart.ts";
import { formatNumber, formatSpread } from "../../../lab/report/format.ts";
import type { Figure, Section } from "../../../lab/report/report.ts";
import type { Result } from "../../../lab/run/summary.ts";
import type { Method } from "../model.ts";
import { colorOf, type Finished, isAuthors, linesOf, NAMES, number } from "./lines.ts";

/** Figure 3, top. */
export function optimization(run: Finished, gap: (method: Method) => Result): Section {
  const { runs, steps, sfeSteps, sfeRuns } = run.config;
  const stretch = sfeSteps / steps;
  const line = (method: Method, band: boolean): Line => ({
    name: method === "sfe" && stretch !== 1 ? `SFE (steps × ${formatNumber(stretch)})` : NAMES[method],
    color: colorOf(method),
    dashed: !band && method.endsWith("gumbel"),
    points: linesOf(run, `curve/${method}`).map((at) => {
      const [mean, std] = [number(at.mean), number(at.std)];
      const x = number(at.step) / (method === "sfe" ? stretch : 1);
      return { x, y: mean, ...(band ? { low: Math.max(0, mean - std), high: mean + std } : {}) };
    }),
  });
  const final = (method: Method): string => formatSpread(gap(method).mean, gap(method).std);
  const start = number(linesOf(run, "curve/imle-sog")[0]!.mean);
  const axes = {
    x: { title: "optimization steps" },
    y: { title: "gap to the optimal expected loss", domain: [0, Math.min(3, start)] as const },
  };
  const methodsChart = (width: number, height: number): Figure["spec"] =>
    lineChart({
      ...axes,
      lines: [line("imle-sog", true), line("ste-gumbel", true), line("sfe", true)],
      width,
      height,
      legendColumns: width < 400 ? 2 : 3,
    });
  const noisesChart = (width: number, height: number): Figure["spec"] =>
    lineChart({
      ...axes,
      lines: (["imle-sog", "imle-gumbel", "ste-gumbel", "ste-sog"] as const).map((method) =>
        line(method, false),
      ),
      width,
      height,
      legendColumns: 2,
    });
  return {
    title: "Which estimator finds the best distribution?",
    source: "Figure 3, top",
    conclusion: `From a gap of ${formatNumber(start)}, I-MLE reaches ${final("imle-sog")} in ${steps} steps. The straight-through estimator, which ignores the constraint, ends at ${final("ste-gumbel")}. The score function is unbiased but noisy: with ${formatNumber(stretch)} times the steps it ends at ${final("sfe")}. ${agrees(gap)}${isAuthors(run) ? " This is the authors' instance; others follow." : ""}`,
    ...(isAuthors(run)
      ? {}
      : { notes: ["The published numbers are of the authors' instance; this run has another."] }),
    figures: [
      {
        name: "optimization",
        alt: "Optimality gap against optimization steps for I-MLE, STE and SFE",
        caption: `Mean and standard deviation over ${runs} runs (SFE: ${sfeRuns}).`,
        spec: methodsChart(500, 320),
        narrow: methodsChart(290, 230),
      },
      {
        name: "noise",
        alt: "Optimality gap against optimization steps, with Sum-of-Gamma and with Gumbel noise",
        caption: "The same methods with either noise, means. Not in the paper.",
        spec: noisesChart(300, 290),
        narrow: noisesChart(290, 230),
      },
    ],
  };
}

function agrees(gap: (method: Method) => Result): string {
  const ordered = gap("imle-sog").mean < gap("sfe").mean && gap("sfe").mean < gap("ste-gumbel").mean;
  return ordered
    ? "This is the paper's order."
    : "This is **not** the order of the paper's figure, which has I-MLE below SFE below STE.";
}
