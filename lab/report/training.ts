/** What the reports of trainings share: cells are named method/run, and their lines hold the seconds that they took. */
import type { FinishedRun } from "../experiment.ts";
import type { Settings } from "../run/settings.ts";
import type { Seconds } from "../run/stopwatch.ts";
import type { LinePoint } from "./charts/line-chart.ts";

/** The lines of metrics.jsonl of a method's trainings. */
export function linesOfMethod<Line>({ metrics }: FinishedRun<Settings>, method: string): Line[] {
  return metrics.filter(({ cell }) => String(cell).split("/")[0] === method) as unknown as Line[];
}

/** The mean of some trainings at each x that their lines have, with their range where there are several. */
export function meansAndRanges<Line>(
  lines: readonly Line[],
  xOf: (line: Line) => number,
  yOf: (line: Line) => number,
): LinePoint[] {
  const xs = [...new Set(lines.map(xOf))].sort((a, b) => a - b);
  return xs.map((x) => {
    const values = lines.filter((line) => xOf(line) === x).map(yOf);
    const y = values.reduce((a, b) => a + b, 0) / values.length;
    return values.length > 1 ? { x, y, low: Math.min(...values), high: Math.max(...values) } : { x, y };
  });
}

/** Seconds in all, and the shares of layer, engine and data in them. */
export function timeShares(seconds: readonly Seconds[]): {
  readonly all: number;
  readonly shares: readonly number[];
} {
  const parts = (["layer", "engine", "data"] as const).map((part) =>
    seconds.reduce((sum, spent) => sum + spent[part], 0),
  );
  const all = parts.reduce((a, b) => a + b, 0);
  return { all, shares: parts.map((part) => part / all) };
}
