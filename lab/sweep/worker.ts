/** Takes jobs out of the queue and runs each as a process of this machine. */
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Job as Held } from "bullmq";
import type { Experiment } from "../experiment.ts";
import { ExperimentError } from "../run/errors.ts";
import { isObject } from "../run/json.ts";
import { folderOf, type Order, parseOrder } from "./order.ts";
import { pack } from "./parcel.ts";
import { configOf } from "./plan.ts";
import type { Outcome, Word } from "./queue.ts";
import { type Connection, PREFIX, QUEUE } from "./redis.ts";
import { runProcess } from "./run-process.ts";

export interface WorkerOptions {
  readonly connection: Connection;
  /** How many runs at a time. */
  readonly jobs: number;
  /** Where runs and their checkpoints lie. */
  readonly folder: string;
  /** A worker that is silent for so long counts as dead. */
  readonly lockSeconds: number;
  readonly program: readonly string[];
  /** Of the code, now: it may change under a worker that waits. */
  version(): string;
  /** @throws UsageError where this worker has no such experiment. */
  experiment(name: string): Promise<Experiment>;
  /** What this machine has for a job of the experiment. */
  data(experiment: Experiment, job: Order["job"]): Promise<SweepData>;
  note(text: string): void;
}

/** What an experiment is computed on: null where it makes its own. */
export interface SweepData {
  readonly hash: string | null;
  readonly folder: string | undefined;
}

export interface SweepWorker {
  /**
   * Lets running jobs stop after their next safe points, gives them back when all is saved, and waits for Redis no longer than
   * a few seconds. @returns whether it has them: if not, the queue misses this worker when it is back.
   */
  stop(signal: NodeJS.Signals): Promise<boolean>;
}

/** A job whose workers die so often is to blame itself. */
const STALLS = 10;
/** Redis may have been away for so long when a worker has stopped. */
const PATIENCE_SECONDS = 5;
/** A worker that refuses leaves the job to others for so long. */
const REFUSAL_MILLISECONDS = 5000;

export async function startWorker(options: WorkerOptions): Promise<SweepWorker> {
  const { connection, note } = options;
  const { bullmq, client } = connection;
  const machine = hostname();
  const running = new Map<string, AbortController>();
  const computing = new Set<Promise<unknown>>();
  const refusals = new Set<string>();
  const closing = new AbortController();
  let timer: NodeJS.Timeout | undefined;

  async function work(held: Held, token: string | undefined): Promise<Outcome> {
    const id = held.id!;
    try {
      const order = parseOrder(isObject(held.data) ? held.data.order : undefined);
      const experiment = await options.experiment(order.job.experiment);
      const data = await options.data(experiment, order.job);
      const folder = join(options.folder, folderOf(order, experiment));
      const reason =
        differenceOf(order, options.version(), data.hash) ?? (await lackOf(experiment, order.job));
      if (reason !== undefined) return await refuse(held, token, `${machine} refuses: ${reason}`);
      return await run(held, token, order, folder, data.folder);
    } catch (error) {
      if (error instanceof bullmq.WaitingError || !(error instanceof Error)) throw error;
      // A name or a setting that the command line would not take, told as it would be.
      const text = `${error.name}: ${error.message}`;
      note(`failed  ${id}: ${text}`);
      return { status: "failed", machine, error: text };
    }
  }

  async function run(
    held: Held,
    token: string | undefined,
    { job }: Order,
    folder: string,
    data: string | undefined,
  ): Promise<Outcome> {
    const id = held.id!;
    const own = new AbortController();
    running.set(id, own);
    const stop = AbortSignal.any([own.signal, closing.signal]);
    note(`begun   ${id}`);
    try {
      const computed = runProcess({ job, folder, data, program: options.program, stop });
      computing.add(computed);
      const ending = await computed.finally(() => computing.delete(computed));
      note(`${(ending?.status ?? "stopped").padEnd(6)}  ${id}`);
      if (ending === undefined && own.signal.aborted) return { status: "stopped", machine };
      if (ending === undefined) return await giveBack(held, token);
      if (ending.status === "failed") return ending;
      await held.updateData({ ...held.data, result: pack(folder) });
      return { status: "done", machine };
    } finally {
      running.delete(id);
    }
  }

  /** It goes back to the head of the queue, for a worker that fits. */
  async function refuse(held: Held, token: string | undefined, refused: string): Promise<never> {
    if (!refusals.has(refused)) note(`${refused}. The job waits for another worker.`);
    refusals.add(refused);
    await held.updateProgress({ refused } satisfies Word);
    await worker.pause(true);
    clearTimeout(timer);
    timer = setTimeout(() => worker.resume(), REFUSAL_MILLISECONDS);
    return giveBack(held, token);
  }

  async function giveBack(held: Held, token: string | undefined): Promise<never> {
    await held.moveToWait(token);
    throw new bullmq.WaitingError();
  }

  const lockDuration = 1000 * options.lockSeconds;
  const worker = new bullmq.Worker(QUEUE, work, {
    connection: client,
    prefix: PREFIX,
    concurrency: options.jobs,
    lockDuration,
    stalledInterval: lockDuration / 2,
    maxStalledCount: STALLS,
    name: machine,
  });
  const events = new bullmq.QueueEvents(QUEUE, { connection: client, prefix: PREFIX });
  events.on("progress", ({ jobId, data }) => {
    if (isObject(data) && (data.stop === "SIGINT" || data.stop === "SIGTERM")) {
      running.get(jobId)?.abort(data.stop);
    }
  });
  events.on("error", () => {});
  worker.on("error", (error) => {
    // That Redis is away, the connection tells.
    if (!("code" in error && "syscall" in error)) note(error.message);
  });
  await Promise.all([worker.waitUntilReady(), events.waitUntilReady()]);
  return {
    async stop(signal) {
      clearTimeout(timer);
      closing.abort(signal);
      const closed = worker.close().then(() => events.close());
      await Promise.allSettled(computing);
      const patience = 1000 * Math.min(PATIENCE_SECONDS, options.lockSeconds);
      return Promise.race([closed.then(() => true), sleep(patience, false, { ref: false })]);
    },
  };
}

function differenceOf(order: Order, version: string, data: string | null): string | undefined {
  if (order.version !== version) return `its code is ${version}, the sweep's ${order.version}`;
  if (order.data !== data) return `its data are ${words(data)}, the sweep's ${words(order.data)}`;
  return undefined;
}

/** What the job needs and this machine lacks: a GPU. */
async function lackOf(experiment: Experiment, job: Order["job"]): Promise<string | undefined> {
  try {
    await experiment.requires?.(configOf(experiment, job));
    return undefined;
  } catch (error) {
    if (error instanceof ExperimentError) return error.message;
    throw error;
  }
}

function words(data: string | null): string {
  return data === null ? "none" : `sha256 ${data}`;
}
