import type { FinishedRun } from "../../../lab/experiment.ts";
import type { JsonObject } from "../../../lab/run/json.ts";
import { type Result, result } from "../../../lab/run/summary.ts";
import type { SyntheticConfig } from "../config.ts";
import { cellOn } from "../data.ts";
import type { Method } from "../model.ts";

export type Finished = FinishedRun<SyntheticConfig>;

export const NAMES: Readonly<Record<Method, string>> = {
  "imle-sog": "I-MLE SoG",
  "imle-gumbel": "I-MLE Gumbel",
  "ste-gumbel": "STE Gumbel",
  "ste-sog": "STE SoG",
  sfe: "SFE",
};

/** One colour a method, whatever its noise. */
export function colorOf(method: Method): number {
  return method === "sfe" ? 2 : method.startsWith("ste") ? 1 : 0;
}

/** The lines of metrics.jsonl of one cell, or of all under a name that ends in a slash. */
export function linesOf(run: Finished, cell: string): JsonObject[] {
  return run.metrics.filter((line) =>
    cell.endsWith("/") ? String(line.cell).startsWith(cell) : line.cell === cell,
  );
}

/** A method's final gap on each instance, the run's own first. */
export function endsOf(run: Finished, method: string): JsonObject[] {
  return Array.from(
    { length: run.config.instances },
    (_, i) => linesOf(run, cellOn(i, `curve/${method}`)).at(-1)!,
  );
}

/** The mean of its means on all instances, and their deviation from instance to instance. */
export function across(run: Finished, method: string): Result {
  return result(
    method,
    "gap",
    endsOf(run, method).map(({ mean }) => number(mean)),
  );
}

export function instancesInWords(count: number): string {
  return count === 1 ? "this one instance" : `${count} instances`;
}

/** Whether the run's own instance is the authors', of which the published numbers are. */
export function isAuthors({ config, summary }: Finished): boolean {
  return config.instance === "authors" || summary.seed === 0;
}

export function number(value: unknown): number {
  return typeof value === "number" ? value : Number.NaN;
}
