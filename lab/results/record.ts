/** docs/results/<experiment>.json: finished runs by a name each, with what made them. READMEs' tables are made from these. */
import { existsSync, readFileSync } from "node:fs";
import type { FinishedRun } from "../experiment.ts";
import { writeAtomic } from "../run/atomic-write.ts";
import { DamagedRunError } from "../run/errors.ts";
import { isObject, type JsonObject } from "../run/json.ts";
import type { Origin } from "../run/origin.ts";
import type { Summary } from "../run/summary.ts";

export interface ResultsRecord {
  /** `--data DIR` stands for the data set's folder. */
  readonly command: string;
  /** Several where a run went on with other code, or on another machine. */
  readonly origins: readonly Origin[];
  readonly summary: Summary;
  readonly curves: readonly Curve[];
}

/** A metric of a method's trainings after some of their epochs. */
export interface Curve {
  readonly method: string;
  readonly metric: string;
  readonly epochs: readonly number[];
  /** A list an epoch, a number a run. */
  readonly values: readonly (readonly number[])[];
}

export type Records = Readonly<Record<string, ResultsRecord>>;

/** Digits kept of curves. */
const DIGITS = 6;

/** Curves of the lines of metrics.jsonl that have an epoch: 1, 2, 3, 5, 7, 10, 20, 30, … and the last. */
export function curvesOf(metrics: FinishedRun["metrics"]): Curve[] {
  const lines = metrics.filter(({ epoch }) => typeof epoch === "number");
  const methodOf = ({ cell }: JsonObject): string => String(cell).split("/")[0]!;
  return [...new Set(lines.map(methodOf))].flatMap((method) => {
    const own = lines.filter((line) => methodOf(line) === method);
    const last = Math.max(...own.map(({ epoch }) => Number(epoch)));
    const epochs = Array.from({ length: last }, (_, i) => i + 1).filter(
      (epoch) => epoch === last || isKept(epoch),
    );
    const metricNames = Object.keys(own[0]!).filter((key) => key !== "epoch" && key !== "cell");
    return metricNames.flatMap((metric): Curve[] => {
      const values = epochs.map((epoch) =>
        own.filter((line) => line.epoch === epoch).map((line) => line[metric]),
      );
      const whole = values.every((list) => list.every((value) => typeof value === "number"));
      return whole ? [{ method, metric, epochs, values: values.map((list) => list.map(rounded)) }] : [];
    });
  });
}

/** @throws DamagedRunError where the file is none of records. */
export function readRecords(path: string): Records {
  if (!existsSync(path)) return {};
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (isObject(value) && Object.values(value).every((one) => isObject(one) && isObject(one.summary!))) {
      return value as unknown as Records;
    }
  } catch {
    // Fall through to the one message.
  }
  throw new DamagedRunError(`${path} is damaged: it does not hold records of results`);
}

/** A line for each number of a table. */
export function writeRecords(path: string, records: Records): void {
  const text = JSON.stringify(records, null, 1).replace(/\{\n\s+"method"[^{}]*\}/g, (entry) =>
    entry.replace(/\n\s*/g, " "),
  );
  writeAtomic(path, `${text}\n`);
}

function isKept(epoch: number): boolean {
  const power = 10 ** Math.floor(Math.log10(epoch));
  return [1, 2, 3, 5, 7].includes(epoch / power);
}

function rounded(value: unknown): number {
  return Number((value as number).toPrecision(DIGITS));
}
