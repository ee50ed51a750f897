import { type Line, lineChart } from "../../../lab/report/charts/line-chart.ts";
import { formatNumber, formatSpread } from "../../../lab/report/format.ts";
import type { Figure, Section } from "../../../lab/report/report.ts";
import type { JsonObject } from "../../../lab/run/json.ts";
import { result } from "../../../lab/run/summary.ts";
import { cellOn } from "../data.ts";
import type { Method } from "../model.ts";
import { colorOf, type Finished, linesOf, NAMES, number } from "./lines.ts";

/** Figure 8. */
export function learningRates(run: Finished): Section {
  const line = (method: Method): Line => ({
    name: NAMES[method],
    color: colorOf(method),
    dashed: method.endsWith("gumbel"),
    points: linesOf(run, `sweep/${method}/`).map((at) => {
      const [mean, std] = [number(at.mean), number(at.std)];
      return { x: number(at.learningRate), y: mean, low: Math.max(0, mean - std), high: mean + std };
    }),
  });
  const lowest = (method: Method, instance: number): JsonObject =>
    linesOf(run, cellOn(instance, `sweep/${method}/`)).reduce((a, b) =>
      number(b.mean) < number(a.mean) ? b : a,
    );
  const best = (method: Method): string => {
    const least = lowest(method, 0);
    return `${formatNumber(number(least.mean), 2)} (learning rate ${formatNumber(number(least.learningRate), 2)})`;
  };
  const over = (method: Method): string => {
    const found = Array.from({ length: run.config.sweepInstances }, (_, i) => lowest(method, i));
    const { mean, std } = result(
      method,
      "gap",
      found.map((line) => number(line.mean)),
    );
    const rates = found.map((line) => number(line.learningRate));
    return `${NAMES[method]} ${formatSpread(mean, std)} (${formatNumber(Math.min(...rates), 2)} to ${formatNumber(Math.max(...rates), 2)})`;
  };
  const elsewhere =
    run.config.sweepInstances === 1
      ? ""
      : ` Over ${run.config.sweepInstances} instances, each at its best rate: ${over("ste-gumbel")}, ${over("ste-sog")}, ${over("sfe")}.`;
  const fastest = linesOf(run, "sweep/sfe/").at(-1)!;
  const chart = (name: string, lines: Line[], steps: number): Figure => ({
    name,
    alt: `Final gap against learning rate: ${lines.map((l) => l.name).join(", ")}`,
    caption: `After ${steps} steps; mean and standard deviation.`,
    spec: lineChart({
      lines,
      x: { title: "learning rate", log: true },
      y: { title: "final gap", domain: [0, 4.5] },
      width: 400,
      height: 260,
      marks: true,
    }),
  });
  return {
    title: "How much do the others depend on their learning rate?",
    source: "Figure 8",
    conclusion: `At its best learning rate STE ends at ${best("ste-gumbel")} with Gumbel noise and ${best("ste-sog")} with SoG; the paper, too, found Gumbel slightly better for it. SFE ends at ${best("sfe")}, but at ${formatNumber(number(fastest.mean), 2)} with the largest rate of the grid.${elsewhere}`,
    figures: [
      chart("ste", [line("ste-gumbel"), line("ste-sog")], run.config.steps),
      chart("sfe", [line("sfe")], run.config.sfeSteps),
    ],
    notes: ["The paper draws these as columns of colour; as curves their spread can be read too."],
  };
}
