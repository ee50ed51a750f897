import { statSync } from "node:fs";
import { join } from "node:path";
import type { Registered } from "../../experiments/experiments.ts";
import { curvesOf, type ResultsRecord, readRecords, writeRecords } from "../results/record.ts";
import { commandOf } from "../run/command.ts";
import { UsageError } from "../run/errors.ts";
import { makeFolder } from "../run/make-folder.ts";
import { type Origin, thisMachine } from "../run/origin.ts";
import { readConfig, readRun, runFiles } from "../run/run-directory.ts";
import { loadExperiment } from "./load-experiment.ts";

export interface RecordOptions {
  readonly as?: string | undefined;
  readonly commit?: string | undefined;
  readonly out?: string | undefined;
}

/** `record <run…>`: keeps finished runs' results, with what made them; a record of the same name is replaced. */
export async function record(
  folders: readonly string[],
  options: RecordOptions,
  experiments: readonly Registered[],
): Promise<void> {
  if (folders.length === 0) throw new UsageError("record expected one run folder or more");
  const made: { path: string; name: string; record: ResultsRecord }[] = [];
  for (const folder of folders) {
    const files = runFiles(folder);
    const config = readConfig(files.config);
    const experiment = await loadExperiment(config.experiment, experiments);
    const { summary, metrics } = readRun(folder, experiment);
    const path = join(options.out ?? join("docs", "results"), `${experiment.name}.json`);
    const name = options.as ?? config.preset;
    if (made.some((other) => other.path === path && other.name === name)) {
      throw new UsageError(
        `record: two runs of ${experiment.name} would be "${name}": record them one by one, --as`,
      );
    }
    const data = config.data === null ? undefined : "DIR";
    const command = commandOf(config, experiment.presets[config.preset], data);
    const origins = config.origins ?? [originGiven(folder, files.summary, options.commit)];
    made.push({ path, name, record: { command, origins, summary, curves: curvesOf(metrics) } });
  }
  makeFolder(options.out ?? join("docs", "results"));
  for (const { path, name, record } of made) {
    const before = readRecords(path);
    writeRecords(path, { ...before, [name]: record });
    console.log(`${path}: "${name}"${Object.hasOwn(before, name) ? ", anew" : ""}`);
  }
}

/** Of a run from before runs knew their origin: whoever names its commit says that it was made on this machine. */
function originGiven(folder: string, summary: string, commit: string | undefined): Origin {
  if (commit === undefined) {
    throw new UsageError(`${folder} does not know which code made it: give its commit with --commit`);
  }
  return { commit, machine: thisMachine(), date: statSync(summary).mtime.toISOString().slice(0, 10) };
}
