import { formatPlaces } from "../../lab/report/format.ts";
import type { Table } from "../../lab/report/report.ts";
import type { Records, ResultsRecord } from "../../lab/results/record.ts";
import { METHOD, mean, numbers, resultOf, spread, type Tables, tableOf } from "../../lab/results/tables.ts";
import type { Result } from "../../lab/run/summary.ts";
import { presets } from "./config.ts";
import { published } from "./published.ts";
import { metricOf } from "./run.ts";

const { methods } = presets.paper;

export function decisionsTables({ path, sizes, knapsack }: Records): Tables {
  return {
    path: () => byDegree("path", path!, [1, 2, 4, 6]),
    sizes: () => bySize(sizes!),
    knapsack: () => byDegree("knapsack", knapsack!, [1, 6]),
  };
}

/** Mean regret in % on paths of degree 6. */
function bySize(record: ResultsRecord): Table {
  const columns = presets.paper.noises.flatMap((noise) =>
    presets.paper.sizes.map((size) =>
      numbers(`${size} rows, noise ${noise}`, (method: string) =>
        mean(resultOf(record, `${method}/path/6`, metricOf(presets.paper, size, noise)), 1, 100),
      ),
    ),
  );
  return tableOf(methods, [METHOD, ...columns]);
}

/** Regret in %, in brackets PyEPO's; seconds of a training at the highest degree. */
function byDegree(problem: string, record: ResultsRecord, degrees: readonly number[]): Table {
  const at = (method: string, degree: number): Result | undefined =>
    resultOf(record, `${method}/${problem}/${degree}`, "regret");
  const theirs = (method: string, degree: number): string => {
    const value = published[problem]![method]?.[degree];
    return value === undefined ? "" : ` (${formatPlaces(100 * value, 1)})`;
  };
  return tableOf(methods, [
    METHOD,
    ...degrees.map((degree, i) =>
      numbers(
        i === 0 ? `degree ${degree}` : String(degree),
        (method: string) => spread(at(method, degree), 1, 100) + theirs(method, degree),
      ),
    ),
    numbers("seconds", (method) => formatPlaces(at(method, degrees.at(-1)!)?.seconds ?? Number.NaN, 2)),
  ]);
}
