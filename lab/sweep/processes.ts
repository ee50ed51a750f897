/** Runs as processes of this machine: each is `run` itself, so that it can be killed, interrupted and resumed alone. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readSummary, runFiles } from "../run/run-directory.ts";
import type { Ending, Executor } from "./executor.ts";
import type { Job } from "./plan.ts";

export interface ProcessOptions {
  /** How many at a time. */
  readonly jobs: number;
  /** The sweep's folder. */
  readonly folder: string;
  readonly data: string | undefined;
  /** Node's arguments up to the command line's module. */
  readonly program: readonly string[];
}

/** A process may be killed this often (by hand, for want of memory) before its run counts as failed. */
const DEATHS = 5;
/** A run that survived the sweep's own death is waited for. */
const BUSY = /OccupiedFolderError: .* is being written by process/;
/** What is kept of a process's words: its error stands at the end. */
const TAIL = 8192;

export function processes({ jobs: width, folder, data, program }: ProcessOptions): Executor {
  const running = new Set<ChildProcess>();
  let stopped = false;

  async function attempt(job: Job): Promise<{ code: number | string; text: string }> {
    const args = ["run", job.experiment, "--preset", job.preset, "--seed", String(job.seed)];
    for (const pair of job.set) args.push("--set", pair);
    if (data !== undefined) args.push("--data", data);
    args.push("--out", join(folder, job.id), "--resume");
    const child = spawn(process.execPath, [...program, ...args], { stdio: ["ignore", "ignore", "pipe"] });
    running.add(child);
    let text = "";
    child.stderr.on("data", (chunk) => {
      text = (text + String(chunk)).slice(-TAIL);
    });
    try {
      const [code, signal] = await once(child, "close");
      return { code: code ?? signal, text };
    } finally {
      running.delete(child);
    }
  }

  /** Undefined: it was interrupted and is saved. */
  async function end(job: Job): Promise<Ending | undefined> {
    const machine = hostname();
    for (let deaths = 0; deaths < DEATHS; ) {
      if (stopped) return undefined;
      const { code, text } = await attempt(job);
      const { summary } = runFiles(join(folder, job.id));
      if (code === 0 && existsSync(summary)) {
        return { status: "done", summary: readSummary(summary), machine };
      }
      if (stopped) return undefined;
      if (BUSY.test(text)) await sleep(1000);
      else if (typeof code === "number" && code < 128) {
        return { status: "failed", error: errorIn(text) ?? `it ended with exit code ${code}`, machine };
      } else deaths++;
    }
    return { status: "failed", error: `its process was killed ${DEATHS} times`, machine };
  }

  return {
    async execute(jobs, watcher) {
      const queue = jobs.values();
      const lane = async (): Promise<void> => {
        for (const job of queue) {
          if (stopped) return;
          watcher.started(job);
          const ending = await end(job);
          if (ending !== undefined) watcher.ended(job, ending);
        }
      };
      await Promise.all(Array.from({ length: Math.min(width, jobs.length) }, lane));
    },
    stop(signal) {
      stopped = true;
      for (const child of running) child.kill(signal);
    },
  };
}

/** The last line that names an error. */
function errorIn(text: string): string | undefined {
  return text.split("\n").findLast((line) => /^\w*Error\b.*: /.test(line));
}
