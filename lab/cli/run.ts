import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Registered } from "../../experiments/experiments.ts";
import { datasetOf, findDataset, locateDataset, missingData } from "../data/folder.ts";
import type { Experiment } from "../experiment.ts";
import { writeAtomic } from "../run/atomic-write.ts";
import { commandOf, quote } from "../run/command.ts";
import { Interrupted, UsageError } from "../run/errors.ts";
import { execute } from "../run/execute.ts";
import { watchInterrupt } from "../run/interrupt.ts";
import { lockRun } from "../run/lock.ts";
import { currentOrigin } from "../run/origin.ts";
import { createProgress, duration } from "../run/progress.ts";
import {
  addOrigin,
  claimRunDirectory,
  type RunConfig,
  readConfig,
  readRun,
  runFiles,
} from "../run/run-directory.ts";
import { applySettings } from "../run/settings.ts";
import { loadExperiment } from "./load-experiment.ts";

export interface RunOptions {
  readonly preset?: string | undefined;
  readonly seed?: string | undefined;
  readonly set?: readonly string[] | undefined;
  readonly data?: string | undefined;
  readonly out?: string | undefined;
  /** "if-any": where there is nothing to go on with, that is as well. */
  readonly resume?: boolean | "if-any" | undefined;
  readonly "checkpoint-seconds"?: string | undefined;
}

/** `run <experiment>`: everything that can be wrong is found before the folder is touched. */
export async function run(
  name: string,
  options: RunOptions,
  experiments: readonly Registered[],
): Promise<void> {
  const experiment = await loadExperiment(name, experiments);
  const { preset = "quick" } = options;
  if (preset !== "quick" && preset !== "paper") {
    throw new UsageError(`--preset expected quick or paper, got "${preset}"`);
  }
  const seed = parseNumber("--seed", options.seed ?? "0", Number.isSafeInteger);
  const checkpointSeconds = parseNumber(
    "--checkpoint-seconds",
    options["checkpoint-seconds"] ?? "5",
    Number.isFinite,
  );
  const resume = options.resume === true || options.resume === "if-any";
  const config = applySettings(experiment.presets[preset], options.set ?? []);
  checkSettings(experiment, config);
  const folder = options.out ?? join("runs", `${name}-${preset}-seed${seed}`);
  const files = runFiles(folder);
  const data = findData(experiment, config, options.data, resume ? files.config : undefined);
  const wanted: RunConfig = { experiment: name, preset, seed, data, config };

  const complete = resume && existsSync(files.summary);
  if (!complete) await experiment.requires?.(config);
  claimRunDirectory(folder, wanted, resume);
  if (complete) {
    if (!existsSync(files.report)) await writeReport(experiment, folder);
    console.log(`${folder} is complete. Its report: ${link(files.report)}`);
    return;
  }
  const command = commandOf(wanted, experiment.presets[preset], options.data);
  const progress = createProgress();
  progress.note(`${name}, preset ${preset}, seed ${seed}, in ${folder}`);
  const dataset = datasetOf(experiment, config);
  if (dataset !== undefined && data === null) {
    progress.note(`No data folder: it makes its own data. For the real: npm start -- data ${dataset}`);
  }
  const origin = currentOrigin();
  // Before there is a lock: a signal that nobody watches for would leave it behind.
  const interrupt = watchInterrupt((signal) => {
    progress.note(`${signal}: stopping at the next safe point. Once more to end at once.`);
  });
  let release = (): void => {};
  try {
    release = lockRun(folder);
    if (options.resume === true && !existsSync(files.checkpoint)) {
      progress.note(`Nothing to go on with in ${folder}: it starts anew.`);
    }
    addOrigin(files.config, origin);
    const summary = await execute(experiment, folder, wanted, { progress, interrupt, checkpointSeconds });
    await writeReport(experiment, folder);
    console.log(`Done in ${duration(summary.seconds)}. Report: ${link(files.report)}`);
  } catch (error) {
    if (error instanceof Interrupted)
      console.error(`Stopped; all is saved. To go on:\n  ${command} --out ${quote(folder)} --resume`);
    throw error;
  } finally {
    release();
    interrupt.dispose();
  }
}

/** Renders report.html of a complete run. */
export async function writeReport(experiment: Experiment, folder: string): Promise<void> {
  // Vega is loaded when it is needed: a second of start-up that `list` and errors do without.
  const { renderPage } = await import("../report/page.ts");
  const finished = readRun(folder, experiment);
  writeAtomic(runFiles(folder).report, await renderPage(experiment, finished));
}

export function link(path: string): string {
  return process.stdout.isTTY === true ? `${path}  (${pathToFileURL(path)})` : path;
}

function checkSettings(experiment: Experiment, config: RunConfig["config"]): void {
  try {
    experiment.check?.(config);
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(error.message);
    throw error;
  }
}

/** A resumed run keeps the choice between real and made data that it began with. */
function findData(
  experiment: Experiment,
  config: RunConfig["config"],
  given: string | undefined,
  resumed: string | undefined,
): string | null {
  const name = datasetOf(experiment, config);
  if (name === undefined) {
    if (given !== undefined) throw new UsageError(`--data: ${experiment.name} needs no data`);
    return null;
  }
  const dataset = findDataset(name);
  if (given === undefined && resumed !== undefined && existsSync(resumed)) {
    const { data } = readConfig(resumed);
    return data === null ? null : (locateDataset(dataset, data) ?? null);
  }
  const folder = locateDataset(dataset, given);
  if (folder === undefined && experiment.needsData?.(config) === true) throw missingData(dataset);
  return folder ?? null;
}

function parseNumber(option: string, text: string, valid: (value: number) => boolean): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (!valid(value) || value < 0) throw new UsageError(`${option} expected a number ≥ 0, got "${text}"`);
  return value;
}
