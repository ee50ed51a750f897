/** A run as a process of this machine: `run` itself, so that it can be killed, interrupted and resumed alone. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { readSummary, runFiles } from "../run/run-directory.ts";
import type { Ending } from "./executor.ts";
import type { Job } from "./plan.ts";
import { CREDENTIALS } from "./redis-address.ts";

export interface RunProcess {
  readonly job: Pick<Job, "experiment" | "preset" | "seed" | "set">;
  /** The run's folder. */
  readonly folder: string;
  readonly data: string | undefined;
  /** Node's arguments up to the command line's module. */
  readonly program: readonly string[];
  /** Aborted with the signal that the process shall get. */
  readonly stop: AbortSignal;
}

/** A process may be killed this often (by hand, for want of memory) before its run counts as failed. */
const DEATHS = 5;
/** A run that survived the sweep's or the worker's own death is waited for. */
const BUSY = /OccupiedFolderError: .* is being written by process/;
/** What is kept of a process's words: its error stands at the end. */
const TAIL = 8192;

/** Undefined: it was interrupted and is saved. */
export async function runProcess(run: RunProcess): Promise<Ending | undefined> {
  const machine = hostname();
  const { summary } = runFiles(run.folder);
  for (let deaths = 0; deaths < DEATHS; ) {
    if (run.stop.aborted) return undefined;
    const { code, text } = await attempt(run);
    if (code === 0 && existsSync(summary)) {
      return { status: "done", summary: readSummary(summary), machine };
    }
    if (run.stop.aborted) return undefined;
    if (BUSY.test(text)) await sleep(1000);
    else if (typeof code === "number" && code < 128) {
      return { status: "failed", error: errorIn(text) ?? `it ended with exit code ${code}`, machine };
    } else deaths++;
  }
  return { status: "failed", error: `its process was killed ${DEATHS} times`, machine };
}

/** How this very command line was started, its TypeScript loader included. */
export function thisProgram(): string[] {
  return [...process.execArgv, process.argv[1]!];
}

async function attempt({ job, folder, data, program, stop }: RunProcess): Promise<{
  code: number | string;
  text: string;
}> {
  const args = ["run", job.experiment, "--preset", job.preset, "--seed", String(job.seed)];
  for (const pair of job.set) args.push("--set", pair);
  if (data !== undefined) args.push("--data", data);
  args.push("--out", folder, "--resume");
  const env = { ...process.env };
  for (const name of CREDENTIALS) delete env[name];
  const child = spawn(process.execPath, [...program, ...args], { stdio: ["ignore", "ignore", "pipe"], env });
  const kill = (): void => void child.kill(stop.reason as NodeJS.Signals);
  stop.addEventListener("abort", kill);
  let text = "";
  child.stderr.on("data", (chunk) => {
    text = (text + String(chunk)).slice(-TAIL);
  });
  try {
    const [code, signal] = await once(child, "close");
    return { code: code ?? signal, text };
  } finally {
    stop.removeEventListener("abort", kill);
  }
}

/** The last line that names an error. */
function errorIn(text: string): string | undefined {
  return text.split("\n").findLast((line) => /^\w*Error\b.*: /.test(line));
}
