/** sweep.json: what was asked, and what became of every run. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Preset, Setting } from "../experiment.ts";
import { writeAtomic } from "../run/atomic-write.ts";
import { DamagedRunError } from "../run/errors.ts";
import { isObject } from "../run/json.ts";
import type { Result } from "../run/summary.ts";
import type { Variation } from "./plan.ts";

export interface SweepRecord {
  /** Its name on the queue. */
  readonly id: string;
  readonly experiment: string;
  readonly preset: Preset;
  readonly set: readonly string[];
  readonly vary: readonly Variation[];
  readonly seeds: readonly number[];
  readonly data: string | null;
  /** Of the data's files; null where the experiment makes its own. */
  readonly dataHash: string | null;
  /** Of the code: one sweep is one version. */
  readonly version: string;
  readonly runs: readonly SweepRun[];
}

export interface SweepRun {
  readonly id: string;
  readonly settings: Readonly<Record<string, Setting>>;
  readonly seed: number;
  readonly status: "waiting" | "done" | "failed";
  readonly results: readonly Result[];
  readonly machine: string | null;
  readonly seconds: number | null;
  readonly error: string | null;
}

export const recordPath = (folder: string): string => join(folder, "sweep.json");

export function writeRecord(folder: string, record: SweepRecord): void {
  writeAtomic(recordPath(folder), `${JSON.stringify(record, null, 2)}\n`);
}

/** Undefined where there is none. */
export function readRecord(folder: string): SweepRecord | undefined {
  const path = recordPath(folder);
  if (!existsSync(path)) return undefined;
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (isObject(value) && Array.isArray(value.runs)) return value as unknown as SweepRecord;
  } catch {
    // Fall through to the one message.
  }
  throw new DamagedRunError(`${path} is damaged: it is not a sweep's record`);
}
