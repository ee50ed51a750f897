import { randomBytes } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Registered } from "../../experiments/experiments.ts";
import { fingerprint } from "../data/fingerprint.ts";
import { datasetOf, findDataset, locateDataset } from "../data/folder.ts";
import type { Experiment } from "../experiment.ts";
import { writeAtomic } from "../run/atomic-write.ts";
import { Interrupted, OccupiedFolderError, UsageError } from "../run/errors.ts";
import { watchInterrupt } from "../run/interrupt.ts";
import { lockRun } from "../run/lock.ts";
import { makeFolder } from "../run/make-folder.ts";
import { createProgress } from "../run/progress.ts";
import { codeVersion } from "../sweep/code-version.ts";
import type { Ending } from "../sweep/executor.ts";
import type { SweepPageOptions } from "../sweep/page.ts";
import { configOf, type Job, parseSeeds, parseVariations, planJobs } from "../sweep/plan.ts";
import { processes } from "../sweep/processes.ts";
import { queue } from "../sweep/queue.ts";
import { readRecord, recordPath, type SweepRecord, type SweepRun, writeRecord } from "../sweep/record.ts";
import { connect, openQueue } from "../sweep/redis.ts";
import { parseRedisAddress } from "../sweep/redis-address.ts";
import { thisProgram } from "../sweep/run-process.ts";
import type { SweepData } from "../sweep/worker.ts";
import { loadExperiment } from "./load-experiment.ts";
import { saveFigures } from "./report.ts";
import { link } from "./run.ts";

export interface SweepOptions {
  readonly preset?: string | undefined;
  readonly seeds?: string | undefined;
  readonly set?: readonly string[] | undefined;
  readonly vary?: readonly string[] | undefined;
  readonly data?: string | undefined;
  readonly out?: string | undefined;
  readonly jobs?: string | undefined;
  readonly redis?: string | undefined;
  readonly metric?: string | undefined;
  readonly best?: string | undefined;
  readonly figures?: string | undefined;
  readonly each?: boolean | undefined;
}

/** `sweep <experiment>`: every combination is a run; started again, it goes on. */
export async function sweep(
  name: string,
  options: SweepOptions,
  experiments: readonly Registered[],
): Promise<void> {
  const experiment = await loadExperiment(name, experiments);
  const { preset = "quick", set = [], best } = options;
  if (preset !== "quick" && preset !== "paper") {
    throw new UsageError(`--preset expected quick or paper, got "${preset}"`);
  }
  if (best !== undefined && best !== "min" && best !== "max") {
    throw new UsageError(`--best expected min or max, got "${best}"`);
  }
  if (options.redis !== undefined && options.jobs !== undefined) {
    throw new UsageError("--jobs with --redis belongs to the workers: npm start -- work --jobs N");
  }
  const redis = options.redis === undefined ? undefined : parseRedisAddress(options.redis, process.env);
  const width = parseWidth(options.jobs);
  const vary = parseVariations(options.vary ?? []);
  const seeds = parseSeeds(options.seeds ?? "0");
  const jobs = planJobs(experiment, preset, set, vary, seeds);
  const folder = options.out ?? join("runs", `sweep-${name}-${preset}`);
  const data = options.data ?? null;
  const { hash: dataHash } = await findSweepData(dataOfAll(experiment, jobs), options.data);
  const asked: Asked = {
    experiment: name,
    preset,
    set,
    vary,
    seeds,
    data,
    dataHash,
    version: codeVersion(),
  };
  const { id, before } = findBefore(folder, asked);
  const runs = new Map(jobs.map((job) => [job.id, before.get(job.id) ?? waiting(job)]));
  const left = jobs.filter((job) => runs.get(job.id)!.status === "waiting");
  // With a queue it is the workers that need it.
  if (redis === undefined) for (const job of left) await experiment.requires?.(configOf(experiment, job));
  makeFolder(folder);
  const save = (): SweepRecord => {
    const record = { id, ...asked, runs: [...runs.values()] };
    writeRecord(folder, record);
    return record;
  };
  const progress = createProgress();
  const running = new Set<string>();
  const show = (): void => {
    const { done, failed } = counts([...runs.values()]);
    progress.update(done + failed, jobs.length, `${done} done, ${running.size} running, ${failed} failed`);
  };
  const executor =
    redis === undefined
      ? processes({ jobs: width, folder, data: options.data, program: thisProgram() })
      : queue({ redis, sweep: id, folder, version: asked.version, data: dataHash });
  // Before there is a lock: a signal that nobody watches for would leave it behind.
  const interrupt = watchInterrupt((signal) => {
    progress.note(`${signal}: runs stop at their next safe points. Once more to end at once.`);
    executor.stop(signal);
  });
  let release = (): void => {};
  try {
    release = lockRun(folder);
    save();
    const where = redis === undefined ? `${width} at a time` : `on the workers of ${redis.shown}`;
    progress.note(`sweep of ${name}, preset ${preset}: ${jobs.length} runs in ${folder}, ${where}`);
    await executor.execute(left, {
      started(job) {
        running.add(job.id);
        show();
      },
      waiting(job) {
        running.delete(job.id);
        show();
      },
      ended(job, ending) {
        running.delete(job.id);
        runs.set(job.id, ended(job, ending));
        save();
        if (options.each === true) progress.note(`${ending.status.padEnd(6)}  ${job.id}`);
        show();
      },
      note: (text) => progress.note(text),
    });
    progress.end();
    const record = save();
    if (interrupt.signal !== undefined) {
      console.error("Stopped; all is saved. The same command goes on.");
      throw new Interrupted(interrupt.signal);
    }
    const { renderSweep, sweepFindings } = await import("../sweep/page.ts");
    const goal: SweepPageOptions = { metric: options.metric, best };
    const path = join(folder, "report.html");
    writeAtomic(path, await renderSweep(record, goal));
    if (options.figures !== undefined) {
      await saveFigures(`sweep-${name}`, sweepFindings(record, goal).sections, options.figures);
    }
    const { done, failed } = counts(record.runs);
    for (const run of record.runs.filter(({ status }) => status === "failed").slice(0, 5)) {
      console.error(`failed  ${run.id}: ${run.error}`);
    }
    console.log(`${done} done, ${failed} failed. Report: ${link(path)}`);
  } finally {
    progress.end();
    release();
    interrupt.dispose();
  }
}

/** `sweep --status`: what the records say, and what Redis holds, without disturbing anyone. */
export async function sweepStatus(out: string | undefined, redis: string | undefined): Promise<void> {
  if (redis !== undefined) await queueStatus(redis);
  const folders =
    out !== undefined
      ? [out]
      : existsSync("runs")
        ? readdirSync("runs")
            .map((name) => join("runs", name))
            .filter((folder) => existsSync(recordPath(folder)))
        : [];
  if (folders.length === 0) console.log("No sweep in runs/. Elsewhere: sweep --status --out DIR");
  for (const folder of folders) {
    const record = readRecord(folder);
    if (record === undefined) throw new UsageError(`${folder} holds no sweep`);
    const { done, failed, waiting } = counts(record.runs);
    console.log(`${folder}  ${record.experiment}: ${done} done, ${failed} failed, ${waiting} to do`);
    for (const run of record.runs) {
      if (run.status === "failed") console.log(`  failed  ${run.id}: ${run.error}`);
    }
  }
}

async function queueStatus(redis: string): Promise<void> {
  const address = parseRedisAddress(redis, process.env);
  const connection = await connect(address, (text) => console.error(text));
  const held = openQueue(connection);
  try {
    const counts = await held.getJobCounts("waiting", "active", "completed", "failed");
    const workers = await held.getWorkersCount();
    const { waiting = 0, active = 0, completed = 0, failed = 0 } = counts;
    console.log(
      `${address.shown}  ${waiting} waiting, ${active} running, ${completed + failed} to be fetched by their sweeps; ${workers} workers`,
    );
  } finally {
    await held.close();
    connection.close();
  }
}

/** The data set of every run. @throws UsageError where a varied setting chooses it. */
function dataOfAll(experiment: Experiment, jobs: readonly Job[]): string | undefined {
  const names = new Set(jobs.map((job) => dataOf(experiment, job)));
  if (names.size <= 1) return [...names][0];
  const listed = [...names].map((name) => name ?? "made data").join(", ");
  throw new UsageError(`a sweep is on one data set, this one on ${listed}: make a sweep of each`);
}

/** The name of the data set that a run can use. */
export function dataOf(experiment: Experiment, job: Pick<Job, "preset" | "set">): string | undefined {
  return datasetOf(experiment, configOf(experiment, job));
}

/** What the sweep's runs are computed on. @throws DataError where `given` is not complete. */
export async function findSweepData(name: string | undefined, given: string | undefined): Promise<SweepData> {
  if (name === undefined) return { hash: null, folder: undefined };
  const dataset = findDataset(name);
  const folder = locateDataset(dataset, given);
  return { hash: folder === undefined ? null : await fingerprint(dataset, folder), folder };
}

/** The value of `--jobs`. */
export function parseWidth(text: string | undefined): number {
  const width = Number(text ?? availableParallelism());
  if (!Number.isInteger(width) || width < 1 || width > 1024) {
    throw new UsageError(`--jobs expected an integer in [1, 1024], got "${text}"`);
  }
  return width;
}

type Asked = Omit<SweepRecord, "id" | "runs">;

/** @returns the runs that ended before. @throws OccupiedFolderError where the folder holds anything else. */
function findBefore(folder: string, asked: Asked): { id: string; before: Map<string, SweepRun> } {
  const record = readRecord(folder);
  if (record === undefined) {
    const others = existsSync(folder)
      ? readdirSync(folder).filter((name) => !["lock", "sweep.json.tmp"].includes(name))
      : [];
    if (others.length > 0) {
      throw new OccupiedFolderError(
        `${folder} is not empty and holds no sweep (${others[0]}). Give another --out.`,
      );
    }
    return { id: randomBytes(6).toString("hex"), before: new Map() };
  }
  const differences = (Object.keys(asked) as (keyof typeof asked)[])
    .filter((key) => JSON.stringify(record[key]) !== JSON.stringify(asked[key]))
    .map((key) => `${key}: ${JSON.stringify(record[key])} there, ${JSON.stringify(asked[key])} now`);
  if (differences.length > 0) {
    throw new OccupiedFolderError(
      `${folder} holds another sweep (${differences.join("; ")}). Give another --out, or delete the folder.`,
    );
  }
  return { id: record.id, before: new Map(record.runs.map((run) => [run.id, run])) };
}

function waiting({ id, settings, seed }: Job): SweepRun {
  return { id, settings, seed, status: "waiting", results: [], machine: null, seconds: null, error: null };
}

function ended(job: Job, ending: Ending): SweepRun {
  const { status, machine } = ending;
  return ending.status === "done"
    ? { ...waiting(job), status, machine, results: ending.summary.results, seconds: ending.summary.seconds }
    : { ...waiting(job), status, machine, error: ending.error };
}

function counts(runs: readonly SweepRun[]): Record<SweepRun["status"], number> {
  const count = (status: string): number => runs.filter((run) => run.status === status).length;
  return { waiting: count("waiting"), done: count("done"), failed: count("failed") };
}
