import { lineChart } from "../../../lab/report/charts/line-chart.ts";
import { formatNumber } from "../../../lab/report/format.ts";
import type { Section } from "../../../lab/report/report.ts";
import { timed } from "../timing.ts";
import { type Finished, number } from "./lines.ts";

/** Figure 7. */
export function times(run: Finished): Section {
  const lines = timed.map((name, i) => ({
    name,
    color: [4, 1, 0, 2, 3][i]!,
    points: run.metrics
      .filter((line) => line.timed === name)
      .map(({ size, seconds }) => {
        const { median, low, high } = seconds as { median: number; low: number; high: number };
        return { x: number(size), y: median, low, high };
      }),
  }));
  const last = (i: number): number => lines[i]!.points.at(-1)!.y;
  return {
    title: "What does a sample cost?",
    source: "Figure 7",
    conclusion: `Going through all states, as the paper's code does, takes ${formatTime(last(0))} for one expectation at m = ${run.config.largestSize} and grows exponentially; perturb-and-MAP takes ${formatTime(last(4))}. The exponential cost is that of enumeration, not of exactness: the recursion over counts gives the exact expectation in ${formatTime(last(2))} and a faithful sample in ${formatTime(last(3))}.`,
    figures: [
      {
        name: "time",
        alt: "Time of expectation, faithful sample and perturb-and-MAP against size, logarithmic",
        caption: `Median and quartiles of ${run.config.evaluations} evaluations, k = m/2, on one core of this machine.`,
        spec: lineChart({
          lines,
          x: { title: "size m" },
          y: { title: "time", log: true, unit: "s" },
          width: 560,
          height: 320,
          marks: true,
          legendColumns: 2,
        }),
      },
    ],
  };
}

function formatTime(seconds: number): string {
  return seconds < 1e-3
    ? `${formatNumber(seconds * 1e6, 2)} µs`
    : seconds < 1
      ? `${formatNumber(seconds * 1e3, 2)} ms`
      : `${formatNumber(seconds, 2)} s`;
}
