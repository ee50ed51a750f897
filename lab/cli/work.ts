import { join } from "node:path";
import type { Registered } from "../../experiments/experiments.ts";
import type { Experiment } from "../experiment.ts";
import { DataError, Interrupted, UsageError } from "../run/errors.ts";
import { watchInterrupt } from "../run/interrupt.ts";
import { codeVersion } from "../sweep/code-version.ts";
import type { Order } from "../sweep/order.ts";
import { connect } from "../sweep/redis.ts";
import { parseRedisAddress } from "../sweep/redis-address.ts";
import { thisProgram } from "../sweep/run-process.ts";
import { type SweepData, startWorker } from "../sweep/worker.ts";
import { loadExperiment } from "./load-experiment.ts";
import { dataOf, findSweepData, parseWidth } from "./sweep.ts";

export interface WorkOptions {
  readonly redis?: string | undefined;
  readonly jobs?: string | undefined;
  readonly data?: string | undefined;
  readonly out?: string | undefined;
  readonly "lock-seconds"?: string | undefined;
}

/** `work --redis URL`: computes runs of sweeps until it is stopped. */
export async function work(options: WorkOptions, experiments: readonly Registered[]): Promise<void> {
  if (options.redis === undefined) throw new UsageError("work expected --redis redis://host:port");
  const address = parseRedisAddress(options.redis, process.env);
  const jobs = parseWidth(options.jobs);
  const lockSeconds = Number(options["lock-seconds"] ?? 30);
  if (!(lockSeconds >= 1 && lockSeconds <= 3600)) {
    throw new UsageError(`--lock-seconds expected a number in [1, 3600], got "${options["lock-seconds"]}"`);
  }
  const folder = options.out ?? join("runs", "work");
  const note = (text: string): void => console.error(text);
  const connection = await connect(address, note);
  const hashed = new Map<string, SweepData>();
  const data = async (experiment: Experiment, job: Order["job"]): Promise<SweepData> => {
    const name = dataOf(experiment, job);
    const known = hashed.get(name ?? "") ?? (await findData(name, options.data));
    // What is not there yet may still come.
    if (known.hash !== null) hashed.set(name ?? "", known);
    return known;
  };
  let interrupted = (_: NodeJS.Signals): void => {};
  const end = new Promise<NodeJS.Signals>((resolve) => {
    interrupted = resolve;
  });
  const interrupt = watchInterrupt((signal) => {
    note(`${signal}: runs stop at their next safe points. Once more to end at once.`);
    interrupted(signal);
  });
  try {
    note(`waiting for runs at ${address.shown}, ${jobs} at a time, in ${folder}; code ${codeVersion()}`);
    const worker = await startWorker({
      connection,
      jobs,
      folder,
      lockSeconds,
      program: thisProgram(),
      version: codeVersion,
      experiment: (name) => loadExperiment(name, experiments),
      data,
      note,
    });
    const signal = await end;
    const given = await worker.stop(signal);
    note(
      given
        ? "Stopped; all is saved. Runs that were not finished are back in the queue."
        : `Stopped; all is saved. ${address.shown} does not answer: it gives the runs to others when it is back.`,
    );
    const stopped = new Interrupted(signal);
    // What still waits for Redis would hold the process.
    if (!given) process.exit(stopped.exitCode);
    throw stopped;
  } finally {
    interrupt.dispose();
    connection.close();
  }
}

/** A folder that lacks the data set is no data: the job is refused, not failed. */
async function findData(name: string | undefined, given: string | undefined): Promise<SweepData> {
  try {
    return await findSweepData(name, given);
  } catch (error) {
    if (error instanceof DataError) return { hash: null, folder: given };
    throw error;
  }
}
