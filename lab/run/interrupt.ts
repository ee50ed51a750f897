/** Signals that ask a run to stop at its next safe point. */
export interface Interrupt {
  /** The signal that arrived, if one did. */
  readonly signal: NodeJS.Signals | undefined;
  dispose(): void;
}

/**
 * The first SIGINT or SIGTERM is remembered; after it the default action is back, so that a second one ends the
 * process at once, even within a long computation. A terminal sends Ctrl-C to all of npm, tsx and this process, and
 * tsx passes its own on: what comes within `grace` milliseconds counts as the same.
 */
export function watchInterrupt(onFirst: (signal: NodeJS.Signals) => void, grace = 300): Interrupt {
  let received: NodeJS.Signals | undefined;
  let timer: NodeJS.Timeout | undefined;
  const dispose = (): void => {
    clearTimeout(timer);
    process.off("SIGINT", handle);
    process.off("SIGTERM", handle);
  };
  const handle = (signal: NodeJS.Signals): void => {
    if (received !== undefined) return;
    received = signal;
    timer = setTimeout(dispose, grace);
    timer.unref();
    onFirst(signal);
  };
  process.on("SIGINT", handle);
  process.on("SIGTERM", handle);
  return {
    get signal(): NodeJS.Signals | undefined {
      return received;
    },
    dispose,
  };
}
