/** Runs on any number of machines: jobs go through BullMQ to `work`, and results come back. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isObject, type Json } from "../run/json.ts";
import type { Ending, Executor, Watcher } from "./executor.ts";
import type { Order } from "./order.ts";
import { unpack } from "./parcel.ts";
import type { Job } from "./plan.ts";
import { connect, openQueue, PREFIX, QUEUE } from "./redis.ts";
import type { RedisAddress } from "./redis-address.ts";

export interface QueueOptions {
  readonly redis: RedisAddress;
  /** Names the sweep in Redis. */
  readonly sweep: string;
  /** The sweep's folder. */
  readonly folder: string;
  readonly version: string;
  readonly data: string | null;
}

/** What a worker returns to the queue; the files of a run that is done stand with the job. */
export type Outcome =
  | { readonly status: "done" | "stopped"; readonly machine: string }
  | { readonly status: "failed"; readonly machine: string; readonly error: string };

/** What `sweep` and `work` tell each other about a job that is under way. */
export type Word = { readonly stop: NodeJS.Signals } | { readonly refused: string };

/** Jobs of a sweep that nobody asks for any more leave Redis after this time. */
const KEEP = { age: 30 * 24 * 3600 };
/** Jobs asked for or added in one go. */
const BATCH = 500;
/** Events may be missed: everything is looked at again this often, and whenever Redis comes back. */
const LOOK_MILLISECONDS = 60_000;
const STOP_MILLISECONDS = 1000;

export function queue({ redis, sweep, folder, version, data }: QueueOptions): Executor {
  let stopped: NodeJS.Signals | undefined;
  let wake = (): void => {};

  async function execute(jobs: readonly Job[], watcher: Watcher): Promise<void> {
    const pending = new Map(jobs.map((job) => [`${sweep}-${job.id}`, job]));
    if (pending.size === 0) return;
    const connection = await connect(redis, (text) => watcher.note(text));
    if (!connection.durable) {
      watcher.note(`${redis.shown} has no append-only file: what it holds is lost when it ends.`);
    }
    const jobsOf = openQueue(connection);
    const events = new connection.bullmq.QueueEvents(QUEUE, {
      connection: connection.client,
      prefix: PREFIX,
    });
    events.on("error", () => {});
    /** Jobs that may have ended. */
    const due = new Set<string>();
    const look = (id: string): void => {
      if (pending.has(id)) due.add(id);
      wake();
    };
    let all = true;
    connection.onReturn(() => {
      all = true;
      wake();
    });
    events.on("completed", ({ jobId }) => look(jobId));
    events.on("failed", ({ jobId }) => look(jobId));
    const tell = (about: "started" | "waiting", id: string): void => {
      const job = pending.get(id);
      if (job !== undefined) watcher[about](job);
    };
    events.on("active", ({ jobId }) => tell("started", jobId));
    events.on("waiting", ({ jobId }) => tell("waiting", jobId));
    events.on("stalled", ({ jobId }) => tell("waiting", jobId));
    const refusals = new Set<string>();
    events.on("progress", ({ jobId, data }) => {
      if (!pending.has(jobId) || !isObject(data) || typeof data.refused !== "string") return;
      if (!refusals.has(data.refused)) watcher.note(data.refused);
      refusals.add(data.refused);
    });

    /** Puts jobs into the queue; those that it holds already stay as they are. */
    async function add(ids: readonly string[]): Promise<void> {
      for (let at = 0; at < ids.length; at += BATCH) {
        await jobsOf.addBulk(
          ids.slice(at, at + BATCH).map((jobId) => {
            const { experiment, preset, seed, set } = pending.get(jobId)!;
            const order: Order = { version, data, job: { experiment, preset, seed, set } };
            const opts = { jobId, attempts: 1, removeOnComplete: KEEP, removeOnFail: KEEP };
            return { name: "run", data: { order }, opts };
          }),
        );
      }
    }

    /** What became of a job, and with it the end of its stay in Redis. */
    async function collect(id: string): Promise<void> {
      const job = pending.get(id);
      if (job === undefined) return;
      const state = await jobsOf.getJobState(id);
      if (state === "active") watcher.started(job);
      // Lost with Redis, or with its file: it is asked for again.
      if (state === "unknown" && stopped === undefined) await add([id]);
      if (state !== "completed" && state !== "failed") return;
      const held = await jobsOf.getJob(id);
      const ending = held === undefined ? undefined : endingOf(held, job);
      if (ending !== undefined) {
        pending.delete(id);
        watcher.ended(job, ending);
      }
      await jobsOf.remove(id);
      // It was stopped, and by then the sweep had been started again.
      if (ending === undefined && stopped === undefined) await add([id]);
      else if (ending === undefined) pending.delete(id);
    }

    function endingOf(held: { data: unknown; returnvalue: unknown; failedReason: string }, job: Job) {
      const outcome = parseOutcome(held.returnvalue, held.failedReason);
      if (outcome.status === "stopped") return undefined;
      if (outcome.status === "failed") return outcome;
      try {
        const parcel = isObject(held.data) ? held.data.result : undefined;
        const summary = unpack(parcel, job, join(folder, job.id));
        return { status: "done", summary, machine: outcome.machine } satisfies Ending;
      } catch (error) {
        const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
        return { status: "failed", error: text, machine: outcome.machine } satisfies Ending;
      }
    }

    /** Takes waiting jobs out of the queue, and lets workers stop the others. */
    async function withdraw(signal: NodeJS.Signals): Promise<void> {
      const ids = [...pending.keys()];
      for (let at = 0; at < ids.length; at += BATCH) {
        await Promise.all(
          ids.slice(at, at + BATCH).map(async (id) => {
            const state = await jobsOf.getJobState(id);
            if (state === "completed" || state === "failed") return collect(id);
            // A job that a worker holds stays.
            if (state === "unknown" || (await jobsOf.remove(id)) === 1) pending.delete(id);
            else await jobsOf.updateJobProgress(id, { stop: signal } satisfies Word);
          }),
        );
      }
    }

    try {
      await events.waitUntilReady();
      await add([...pending.keys()]);
      for (let lookedAt = 0; pending.size > 0; ) {
        if (stopped !== undefined) await withdraw(stopped);
        else {
          if (all || Date.now() - lookedAt >= LOOK_MILLISECONDS) {
            all = false;
            for (const id of pending.keys()) due.add(id);
            lookedAt = Date.now();
          }
          for (const id of due) {
            if (stopped !== undefined) break;
            due.delete(id);
            await collect(id);
          }
        }
        const busy = stopped === undefined && (due.size > 0 || all);
        if (pending.size > 0 && !busy) await rest();
      }
    } finally {
      await Promise.all([events.close(), jobsOf.close()]);
      connection.close();
    }
  }

  /** Until something happened, or for a while. */
  async function rest(): Promise<void> {
    const end = new AbortController();
    wake = () => end.abort();
    await sleep(stopped === undefined ? LOOK_MILLISECONDS : STOP_MILLISECONDS, undefined, {
      signal: end.signal,
    }).catch(() => {});
  }

  return {
    execute,
    stop(signal) {
      stopped = signal;
      wake();
    },
  };
}

/** @param reason BullMQ's, where it gave the job up. */
function parseOutcome(value: unknown, reason: string): Outcome {
  const { status, machine, error } = isObject(value) ? value : ({} as Record<string, Json>);
  const name = typeof machine === "string" ? machine.slice(0, 256) : "unknown";
  if (status === "done" || status === "stopped") return { status, machine: name };
  const text = typeof error === "string" ? error : reason || "it ended without an outcome";
  return { status: "failed", machine: name, error: text.slice(0, 8192) };
}
