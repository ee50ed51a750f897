import type { Summary } from "../run/summary.ts";
import type { Job } from "./plan.ts";

/** How a run ended. A worker that died is no ending: the executor gives its job to another. */
export type Ending =
  | { readonly status: "done"; readonly summary: Summary; readonly machine: string }
  | { readonly status: "failed"; readonly error: string; readonly machine: string };

export interface Watcher {
  started(job: Job): void;
  /** It stopped without an ending, and waits to be started again. */
  waiting(job: Job): void;
  /** Once for each job. */
  ended(job: Job, ending: Ending): void;
  /** What concerns no single job: Redis is away, a worker refuses. */
  note(text: string): void;
}

/** Where the runs of a sweep are computed: the one seam between a sweep and its engine. */
export interface Executor {
  /** Computes the jobs; resolves when all have ended, or after `stop` when those that were running are saved. */
  execute(jobs: readonly Job[], watcher: Watcher): Promise<void>;
  /** Lets running jobs stop after their next safe points and starts no others. */
  stop(signal: NodeJS.Signals): void;
}
