import type { Published, Result, Summary } from "../run/summary.ts";
import { formatSpread } from "./format.ts";
import type { Table } from "./report.ts";

/**
 * Ours beside the papers': a row for each method and metric, a column for each run.
 * @param labels names of methods.
 */
export function resultsTable(
  runs: readonly { readonly label: string; readonly summary: Summary }[],
  labels: Readonly<Record<string, string>> = {},
): Table {
  const keys = new Map<string, { method: string; metric: string }>();
  for (const { summary } of runs) {
    for (const { method, metric } of [...summary.results, ...summary.published]) {
      keys.set(`${metric}\n${method}`, { method, metric });
    }
  }
  const published = runs.flatMap(({ summary }) => summary.published);
  return {
    columns: [
      { title: "method" },
      { title: "metric" },
      ...runs.flatMap(({ label }) => [
        { title: label, align: "right" as const },
        { title: "runs", align: "right" as const },
      ]),
      { title: "published", align: "right" },
      { title: "source" },
    ],
    rows: [...keys.values()].map(({ method, metric }) => {
      const theirs = distinct(published.filter((p) => p.method === method && p.metric === metric));
      return [
        labels[method] ?? method,
        metric,
        ...runs.flatMap(({ summary }) => ours(summary.results, method, metric)),
        theirs.map((p) => String(p.value).replace("-", "−")).join("; ") || "–",
        theirs.map((p) => p.source).join("; "),
      ];
    }),
  };
}

function ours(results: readonly Result[], method: string, metric: string): [string, string] {
  const found = results.find((r) => r.method === method && r.metric === metric);
  return found === undefined ? ["–", "–"] : [formatSpread(found.mean, found.std), String(found.runs)];
}

function distinct(published: readonly Published[]): Published[] {
  return [...new Map(published.map((p) => [JSON.stringify(p), p])).values()];
}
