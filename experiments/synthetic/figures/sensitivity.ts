import { type HeatCell, type HeatMap, heatMap } from "../../../lab/report/charts/heat-map.ts";
import { formatNumber, formatSpread } from "../../../lab/report/format.ts";
import type { Figure, Section } from "../../../lab/report/report.ts";
import type { JsonObject } from "../../../lab/run/json.ts";
import { cellOn } from "../data.ts";
import { type Finished, linesOf, number } from "./lines.ts";

/** Figures 3 (bottom), 5 and 6. */
export function sensitivity(run: Finished): Section[] {
  const sog = linesOf(run, "sweep/imle-sog/");
  const plain = linesOf(run, "sweep/imle-gumbel/");
  const { sweepRuns } = run.config;
  const axes = { x: "λ", y: "learning rate", cellHeight: 36, cellWidth: 38 };
  const maps = (key: "mean" | "std"): Figure[] => {
    const domain = [0, Math.max(...[...sog, ...plain].map((line) => number(line[key])))] as const;
    const cells = (lines: readonly JsonObject[]): HeatCell[] =>
      lines.map((line) => ({
        ...place(line),
        value: number(line[key]),
        ...(key === "mean" ? { spread: number(line.std) } : {}),
      }));
    const difference = sog.map((line, i) => ({
      ...place(line),
      value: number(line[key]) - number(plain[i]![key]),
    }));
    const alt = `${key === "mean" ? "gap" : "standard deviation"} for each learning rate and λ`;
    const figure = (
      name: string,
      map: Pick<HeatMap, "title" | "cells" | "domain" | "diverging">,
    ): Figure => ({
      name: `${key}-${name}`,
      alt: `${map.title}: ${alt}`,
      spec: heatMap({ ...axes, ...map }),
    });
    return [
      figure("sog", { title: "I-MLE SoG", cells: cells(sog), domain }),
      figure("gumbel", { title: "I-MLE Gumbel", cells: cells(plain), domain }),
      figure("difference", { title: "SoG − Gumbel", cells: difference, diverging: true }),
    ];
  };
  const counted = Array.from({ length: run.config.sweepInstances }, (_, i) => compare(run, i));
  const [own] = counted;
  const elsewhere = (key: keyof Comparison): string =>
    counted.length === 1
      ? ""
      : `, on ${counted.length} instances in ${spread(counted.map((counts) => counts[key]))}`;
  const averaged = (key: string): readonly number[] => {
    const grids = counted.map((_, i) => linesOf(run, cellOn(i, `sweep/${key}/`)));
    return grids[0]!.map((_, at) => grids.reduce((sum, grid) => sum + number(grid[at]!.mean), 0));
  };
  const plainly = averaged("imle-gumbel");
  const together =
    counted.length === 1
      ? ""
      : ` Averaged over these it is lower in ${count(averaged("imle-sog"), (sum, i) => sum < plainly[i]!)}.`;
  const best = (lines: readonly JsonObject[]): string => {
    const least = lines.reduce((a, b) => (number(b.mean) < number(a.mean) ? b : a));
    return `${formatSpread(number(least.mean), number(least.std))} (λ ${least.lambda}, learning rate ${least.learningRate})`;
  };
  return [
    {
      title: "Does Sum-of-Gamma noise beat Gumbel noise?",
      source: "Figure 3, bottom, and Figure 5",
      conclusion: `Over the grid SoG ends lower in ${own!.better} of ${sog.length} settings${elsewhere("better")}; by more than two standard errors in ${own!.clear}${elsewhere("clear")}.${together} The paper says in more than half. The best settings are comparable: ${best(sog)} with SoG, ${best(plain)} with Gumbel.`,
      figures: maps("mean"),
      notes: [
        `Mean and standard deviation of the final gap over ${sweepRuns} runs; blue in the difference: SoG is better.`,
        `The paper's colour bars run from about 0.2 to 1.0 (SoG), 0.25 to 1.25 (Gumbel) and −1.0 to 0.2 (difference). Ours: ${range(sog.map((line) => number(line.mean)))}, ${range(plain.map((line) => number(line.mean)))} and ${range(sog.map((line, i) => number(line.mean) - number(plain[i]!.mean)))}.`,
      ],
    },
    {
      title: "Does it make the result steadier?",
      source: "Figure 6",
      conclusion: `The final gap varies less from run to run with SoG in ${own!.steadier} of ${sog.length} settings${elsewhere("steadier")}.`,
      figures: maps("std"),
      notes: ["Standard deviations of the final gap; blue in the difference: SoG varies less."],
    },
  ];
}

/** In how many settings SoG is lower, clearly lower, and varies less. */
interface Comparison {
  readonly better: number;
  readonly clear: number;
  readonly steadier: number;
}

function compare(run: Finished, instance: number): Comparison {
  const sog = linesOf(run, cellOn(instance, "sweep/imle-sog/"));
  const plain = linesOf(run, cellOn(instance, "sweep/imle-gumbel/"));
  return {
    better: count(sog, (line, i) => number(line.mean) < number(plain[i]!.mean)),
    clear: count(sog, (line, i) => {
      const error = Math.hypot(number(line.std), number(plain[i]!.std)) / Math.sqrt(run.config.sweepRuns);
      return number(plain[i]!.mean) - number(line.mean) > 2 * error;
    }),
    steadier: count(sog, (line, i) => number(line.std) < number(plain[i]!.std)),
  };
}

/** Mean, least and most. */
function spread(counts: readonly number[]): string {
  const mean = counts.reduce((a, b) => a + b, 0) / counts.length;
  return `${formatNumber(mean, 2)} (${Math.min(...counts)} to ${Math.max(...counts)})`;
}

function place(line: JsonObject): { x: string; y: string } {
  return { x: String(line.lambda), y: String(line.learningRate) };
}

function count<T>(list: readonly T[], holds: (item: T, i: number) => boolean): number {
  return list.filter(holds).length;
}

function range(values: readonly number[]): string {
  return `${formatNumber(Math.min(...values), 2)} to ${formatNumber(Math.max(...values), 2)}`;
}
