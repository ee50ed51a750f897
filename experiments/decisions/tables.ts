import { formatPlaces } from "../../lab/report/format.ts";
import type { Table } from "../../lab/report/report.ts";
import type { Records } from "../../lab/results/record.ts";
import { type Document, METHOD, mean, numbers, resultOf, spread, tableOf } from "../../lab/results/tables.ts";
import type { Result } from "../../lab/run/summary.ts";
import { presets } from "./config.ts";
import { published } from "./published.ts";

const { methods, degrees, sizes, noises } = presets.paper;

/** Regrets in %. */
export function decisionsTables({ paper, knapsack }: Records): Document["tables"] {
  const path = (method: string, degree: number, size: number, noise: number): Result | undefined =>
    resultOf(paper!, `${method}/path/${degree}`, `regret, ${size} rows, noise ${noise}`);
  const highest = Math.max(...degrees);
  return {
    path: byDegree("path", degrees, (method, degree) => path(method, degree, 1000, 0.5)),
    sizes: tableOf(methods, [
      METHOD,
      ...noises.flatMap((noise) =>
        sizes.map((size, i) =>
          numbers(i === 0 ? `${size} rows, noise ${noise}` : String(size), (method: string) =>
            mean(path(method, highest, size, noise), 1, 100),
          ),
        ),
      ),
    ]),
    knapsack: byDegree("knapsack", [1, 6], (method, degree) =>
      resultOf(knapsack!, `${method}/knapsack/${degree}`, "regret"),
    ),
  };
}

/** In brackets PyEPO's; seconds of a training at the highest degree. */
function byDegree(
  problem: string,
  degrees: readonly number[],
  at: (method: string, degree: number) => Result | undefined,
): Table {
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
