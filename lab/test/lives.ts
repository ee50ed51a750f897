/** How the tests of experiments run, interrupt and kill them. */
import type { Execution } from "../run/execute.ts";

/** Says nothing, is not interrupted, and saves when it must. */
export const undisturbed: Execution = {
  progress: { update() {}, note() {}, end() {} },
  interrupt: { signal: undefined },
  checkpointSeconds: 1000,
};

/** Ctrl-C when the run asks for the `count`-th time whether there was one. */
export function interruptedAt(count: number): Execution {
  let asked = 0;
  const interrupt = {
    get signal(): NodeJS.Signals | undefined {
      return ++asked === count ? "SIGINT" : undefined;
    },
  };
  return { ...undisturbed, interrupt };
}

/** Dies after so many steps, having saved as often as it could: an error "killed". */
export function killedAfter(steps: number): Execution {
  let left = steps;
  const progress = {
    ...undisturbed.progress,
    update() {
      if (left-- === 0) throw new Error("killed");
    },
  };
  return { ...undisturbed, progress, checkpointSeconds: 0 };
}
