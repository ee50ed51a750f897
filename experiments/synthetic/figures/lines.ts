import type { FinishedRun } from "../../../lab/experiment.ts";
import type { JsonObject } from "../../../lab/run/json.ts";
import type { SyntheticConfig } from "../config.ts";
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

export function number(value: unknown): number {
  return typeof value === "number" ? value : Number.NaN;
}
