/** The folder of a run: which files it has, and whether a run may use it. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Experiment, FinishedRun, Preset, Setting, Settings } from "../experiment.ts";
import { temporaryName, writeAtomic } from "./atomic-write.ts";
import { readCheckpoint, tensorsUnder } from "./checkpoint.ts";
import { DamagedRunError, OccupiedFolderError } from "./errors.ts";
import { canonicalJson, isObject, type JsonObject } from "./json.ts";
import { makeFolder } from "./make-folder.ts";
import { checkMetrics, readMetrics } from "./metrics-log.ts";
import type { Origin } from "./origin.ts";
import type { Tensors } from "./safetensors.ts";
import { sameKinds } from "./settings.ts";
import type { Summary } from "./summary.ts";

/** config.json. Two runs with equal identities compute the same numbers. */
export interface RunConfig<Config extends Settings = Settings> {
  readonly experiment: string;
  readonly preset: Preset;
  readonly seed: number;
  /** The data folder as it was given first; null: the experiment makes its data. */
  readonly data: string | null;
  readonly config: Config;
  /** Where it was computed: more than one where it went on with other code or on another machine. */
  readonly origins?: readonly Origin[];
}

export interface RunFiles {
  readonly config: string;
  readonly metrics: string;
  readonly checkpoint: string;
  readonly summary: string;
  readonly report: string;
}

export function runFiles(folder: string): RunFiles {
  return {
    config: join(folder, "config.json"),
    metrics: join(folder, "metrics.jsonl"),
    checkpoint: join(folder, "checkpoint.safetensors"),
    summary: join(folder, "summary.json"),
    report: join(folder, "report.html"),
  };
}

/** What a checkpoint must have been written for. The data folder may move: what is in it is compared by `sameData`. */
export function identityOf({ experiment, preset, seed, data, config }: RunConfig): string {
  return canonicalJson({ experiment, preset, seed, data: data !== null, config });
}

/**
 * Makes the folder this run's, or finds that it is.
 * @throws OccupiedFolderError where it holds anything else, or this run and `resume` is false; nothing is written then.
 */
export function claimRunDirectory(folder: string, run: RunConfig, resume: boolean): void {
  const files = runFiles(folder);
  if (existsSync(files.config)) {
    const differences = compare(readConfig(files.config), run);
    if (differences.length > 0) {
      throw new OccupiedFolderError(
        `${folder} holds another run (${differences.join("; ")}). Give another --out, or delete the folder.`,
      );
    }
    if (!resume) {
      throw new OccupiedFolderError(
        existsSync(files.summary)
          ? `${folder} holds this very run, which is complete: see ${files.report}. To compute it anew, give another --out or delete the folder.`
          : `${folder} holds this very run, which was not finished. Add --resume to go on with it, or give another --out.`,
      );
    }
    return;
  }
  // A process killed while it wrote config.json leaves its temporary file alone.
  const others = existsSync(folder)
    ? readdirSync(folder).filter((name) => name !== basename(temporaryName(files.config)))
    : [];
  if (others.length > 0) {
    throw new OccupiedFolderError(
      `${folder} is not empty and holds no run (${others.slice(0, 3).join(", ")}${others.length > 3 ? ", …" : ""}). Give another --out.`,
    );
  }
  makeFolder(folder);
  writeAtomic(files.config, `${JSON.stringify(run, null, 2)}\n`);
}

/** Writes down where the coming part of a run is computed, unless the part before was on the same code and machine. */
export function addOrigin(path: string, origin: Origin): void {
  const { origins = [], ...run } = readConfig(path);
  const last = origins.at(-1);
  if (last?.commit === origin.commit && last.machine === origin.machine) return;
  writeAtomic(path, `${JSON.stringify({ ...run, origins: [...origins, origin] }, null, 2)}\n`);
}

/** @throws DamagedRunError if the file is missing or no configuration. */
export function readConfig(path: string): RunConfig {
  const value = readJson(path);
  const { experiment, preset, seed, data, config } = value as Partial<RunConfig>;
  if (
    typeof experiment !== "string" ||
    (preset !== "quick" && preset !== "paper") ||
    !Number.isSafeInteger(seed) ||
    (data !== null && typeof data !== "string") ||
    !isObject(config)
  ) {
    throw new DamagedRunError(`${path} is damaged: it is not a run's configuration`);
  }
  return value as unknown as RunConfig;
}

/** Reads a complete run. */
export function readRun<Config extends Settings>(
  folder: string,
  experiment: Experiment<Config>,
): FinishedRun<Config> {
  const files = runFiles(folder);
  const run = readConfig(files.config);
  if (!sameKinds(run.config, experiment.presets[run.preset])) {
    throw new DamagedRunError(`${files.config} is damaged: its settings are not those of ${experiment.name}`);
  }
  if (!existsSync(files.summary)) {
    throw new DamagedRunError(`${folder} holds a run that was not finished: go on with --resume first`);
  }
  const checkpoint = readCheckpoint(files.checkpoint, identityOf(run));
  if (checkpoint !== undefined) checkMetrics(files.metrics, checkpoint.state.metrics);
  else if (!existsSync(files.metrics)) {
    throw new DamagedRunError(
      `${files.metrics} is missing, and the report is made from it. To compute the run anew, give another --out or delete its folder.`,
    );
  }
  return {
    folder,
    config: run.config as Config,
    summary: readSummary(files.summary),
    metrics: readMetrics(files.metrics),
    kept: checkpoint === undefined ? keptElsewhere(folder) : tensorsUnder(checkpoint.tensors, "kept/"),
  };
}

/** Of a run that another machine computed for a sweep: only a report that needs tensors fails. */
function keptElsewhere(folder: string): Tensors {
  return new Proxy<Tensors>(
    {},
    {
      get() {
        throw new DamagedRunError(
          `${folder} has no checkpoint, and its report needs what the run kept there. Make it on the machine that computed the run, from its worker's --out.`,
        );
      },
    },
  );
}

export function readSummary(path: string): Summary {
  const value = readJson(path);
  const { results, published, seconds, data } = value;
  const whole =
    Array.isArray(results) &&
    results.every(
      (r) => named(r) && [r.mean, r.std, r.runs].every((x) => x === null || typeof x === "number"),
    ) &&
    Array.isArray(published) &&
    published.every((p) => named(p) && typeof p.value === "number") &&
    typeof seconds === "number" &&
    typeof data === "string";
  if (!whole) {
    throw new DamagedRunError(`${path} is damaged: it is not a run's summary`);
  }
  return value as unknown as Summary;
}

/** An entry of a table. */
function named(entry: unknown): entry is JsonObject {
  return isObject(entry) && typeof entry.method === "string" && typeof entry.metric === "string";
}

function readJson(path: string): Record<string, unknown> {
  if (!existsSync(path))
    throw new DamagedRunError(`${path} is missing: is ${dirname(path)} the folder of a run?`);
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (isObject(value)) return value;
  } catch {
    // Fall through to the one message.
  }
  throw new DamagedRunError(`${path} is damaged: it is not a JSON object`);
}

function compare(there: RunConfig, asked: RunConfig): string[] {
  const flat = (run: RunConfig): Record<string, Setting> => ({
    experiment: run.experiment,
    preset: run.preset,
    seed: run.seed,
    data: run.data === null ? "made" : "given",
    ...run.config,
  });
  const a = flat(there);
  const b = flat(asked);
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .filter((key) => JSON.stringify(a[key]) !== JSON.stringify(b[key]))
    .map((key) => `${key}: ${JSON.stringify(a[key])} there, ${JSON.stringify(b[key])} asked`);
}
