import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

export interface Started {
  readonly child: ChildProcess;
  readonly text: () => string;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

/** Starts a command line as a process of its own. */
export function start(main: string, ...args: string[]): Started {
  return startWith({}, main, ...args);
}

/** The same with further variables in its environment. */
export function startWith(env: NodeJS.ProcessEnv, main: string, ...args: string[]): Started {
  const loader = main.endsWith(".ts") ? ["--import", "tsx"] : [];
  const child = spawn(process.execPath, [...loader, main, ...args], {
    stdio: "pipe",
    env: { ...process.env, ...env },
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += String(chunk)));
  const ended = once(child, "close").then(([code, signal]) => (code ?? signal) as number | string);
  return { child, text: () => text, ended };
}

export async function until(condition: () => boolean, seconds = 20): Promise<void> {
  for (const begun = Date.now(); !condition(); ) {
    if (Date.now() - begun > 1000 * seconds) throw new Error("waited in vain");
    await sleep(5);
  }
}
