/** What a sweep puts into the queue and a worker takes out: data, checked on arrival, of which nothing becomes a path or code. */
import { createHash } from "node:crypto";
import type { Experiment } from "../experiment.ts";
import { RefusedJobError } from "../run/errors.ts";
import { canonicalJson, isObject } from "../run/json.ts";
import { configOf, type Job } from "./plan.ts";

export interface Order {
  /** Of the sweep's code. */
  readonly version: string;
  /** The hash of the sweep's data; null: the experiment makes its own. */
  readonly data: string | null;
  readonly job: Pick<Job, "experiment" | "preset" | "seed" | "set">;
}

/** Characters of all settings together: far more than a person writes. */
const MOST = 2 ** 16;

/** @throws RefusedJobError naming what is wrong with it, shortened. */
export function parseOrder(value: unknown): Order {
  const { version, data, job } = isObject(value) ? value : {};
  const { experiment, preset, seed, set } = isObject(job) ? job : {};
  if (!isShort(version)) throw refused("version", version);
  if (data !== null && !isShort(data)) throw refused("data", data);
  if (!isShort(experiment)) throw refused("experiment", experiment);
  if (preset !== "quick" && preset !== "paper") throw refused("preset", preset);
  if (typeof seed !== "number" || !Number.isSafeInteger(seed) || seed < 0) throw refused("seed", seed);
  if (!Array.isArray(set) || !set.every((pair) => typeof pair === "string")) throw refused("set", set);
  const length = set.reduce((sum, pair) => sum + pair.length + 1, 0);
  if (length > MOST) {
    throw new RefusedJobError(`settings of ${length} characters, expected at most ${MOST}`);
  }
  return { version, data, job: { experiment, preset, seed, set } };
}

/**
 * The name of the run's folder on a worker: of the worker's own making, the same for the same run.
 * @throws UsageError or RangeError where settings are wrong, as the command line does.
 */
export function folderOf({ version, data, job }: Order, experiment: Experiment): string {
  const config = configOf(experiment, job);
  experiment.check?.(config);
  const { preset, seed } = job;
  const text = canonicalJson({ version, data, experiment: experiment.name, preset, seed, config });
  const digest = createHash("sha256").update(text).digest("hex").slice(0, 16);
  return `${experiment.name}-${preset}-seed${seed}-${digest}`;
}

function isShort(value: unknown): value is string {
  return typeof value === "string" && value.length <= 100;
}

function refused(what: string, value: unknown): RefusedJobError {
  const text = typeof value === "string" ? JSON.stringify(value.slice(0, 100)) : typeof value;
  return new RefusedJobError(`no job of a sweep: ${what} is ${text}`);
}
