import { type HeatCell, type HeatMap, heatMap } from "../../../lab/report/charts/heat-map.ts";
import { formatNumber, formatSpread } from "../../../lab/report/format.ts";
import type { Figure, Section } from "../../../lab/report/report.ts";
import type { JsonObject } from "../../../lab/run/json.ts";
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
  const better = count(sog, (line, i) => number(line.mean) < number(plain[i]!.mean));
  const clear = count(sog, (line, i) => {
    const error = Math.hypot(number(line.std), number(plain[i]!.std)) / Math.sqrt(sweepRuns);
    return number(plain[i]!.mean) - number(line.mean) > 2 * error;
  });
  const steadier = count(sog, (line, i) => number(line.std) < number(plain[i]!.std));
  const best = (lines: readonly JsonObject[]): string => {
    const least = lines.reduce((a, b) => (number(b.mean) < number(a.mean) ? b : a));
    return `${formatSpread(number(least.mean), number(least.std))} (λ ${least.lambda}, learning rate ${least.learningRate})`;
  };
  return [
    {
      title: "Does Sum-of-Gamma noise beat Gumbel noise?",
      source: "Figure 3, bottom, and Figure 5",
      conclusion: `Over the grid, SoG ends lower in ${better} of ${sog.length} settings, in ${clear} of them by more than two standard errors; the paper says in more than half. The best settings are comparable: ${best(sog)} with SoG, ${best(plain)} with Gumbel.`,
      figures: maps("mean"),
      notes: [
        `Mean and standard deviation of the final gap over ${sweepRuns} runs; blue in the difference: SoG is better.`,
        `The paper's colour bars run from about 0.2 to 1.0 (SoG), 0.25 to 1.25 (Gumbel) and −1.0 to 0.2 (difference). Ours: ${range(sog.map((line) => number(line.mean)))}, ${range(plain.map((line) => number(line.mean)))} and ${range(sog.map((line, i) => number(line.mean) - number(plain[i]!.mean)))}.`,
      ],
    },
    {
      title: "Does it make the result steadier?",
      source: "Figure 6",
      conclusion: `The final gap varies less from run to run with SoG in ${steadier} of ${sog.length} settings.`,
      figures: maps("std"),
      notes: ["Standard deviations of the final gap; blue in the difference: SoG varies less."],
    },
  ];
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
