/** Runs as processes of this machine, several at a time. */
import { join } from "node:path";
import type { Executor } from "./executor.ts";
import { runProcess } from "./run-process.ts";

export interface ProcessOptions {
  /** How many at a time. */
  readonly jobs: number;
  /** The sweep's folder. */
  readonly folder: string;
  readonly data: string | undefined;
  /** Node's arguments up to the command line's module. */
  readonly program: readonly string[];
}

export function processes({ jobs: width, folder, data, program }: ProcessOptions): Executor {
  const stopping = new AbortController();
  const stop = stopping.signal;
  return {
    async execute(jobs, watcher) {
      const queue = jobs.values();
      const lane = async (): Promise<void> => {
        for (const job of queue) {
          if (stop.aborted) return;
          watcher.started(job);
          const ending = await runProcess({ job, folder: join(folder, job.id), data, program, stop });
          if (ending !== undefined) watcher.ended(job, ending);
        }
      };
      await Promise.all(Array.from({ length: Math.min(width, jobs.length) }, lane));
    },
    stop: (signal) => stopping.abort(signal),
  };
}
