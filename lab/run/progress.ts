/** Shows how far a run is: one line that changes on a terminal, plain lines elsewhere. */
export interface Progress {
  /** `done` and `total` in units of work. */
  update(done: number, total: number, label: string): void;
  /** Prints a line of its own. */
  note(text: string): void;
  /** Leaves the changing line. */
  end(): void;
}

export interface ProgressOutput {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Plain output prints when another tenth is done, or after this many seconds. */
const PLAIN_SECONDS = 30;
const TERMINAL_SECONDS = 0.1;

/** @param now seconds, monotonic; a test passes its own clock. */
export function createProgress(
  output: ProgressOutput = process.stderr,
  now: () => number = () => performance.now() / 1000,
): Progress {
  const terminal = output.isTTY === true;
  const start = now();
  let first: number | undefined;
  let shownAt = -Infinity;
  let shownTenth = -1;
  let open = false;

  function clear(): void {
    if (open) output.write("\r\x1b[K");
    open = false;
  }

  return {
    update(done, total, label) {
      // What was already done when this process began says nothing about its speed.
      first ??= done;
      const time = now();
      const share = total > 0 ? Math.min(1, done / total) : 0;
      const tenth = Math.floor(share * 10 + 1e-9);
      const due = terminal
        ? time - shownAt >= TERMINAL_SECONDS
        : tenth > shownTenth || time - shownAt >= PLAIN_SECONDS;
      if (!due) return;
      shownAt = time;
      shownTenth = tenth;
      const elapsed = time - start;
      const left = done > first ? (elapsed * (total - done)) / (done - first) : Number.NaN;
      const times = `${duration(elapsed)}${share < 1 && left >= 0 ? `, about ${duration(left)} left` : ""}`;
      const percent = `${Math.floor(share * 100 + 1e-9)} %`.padStart(5);
      if (!terminal) {
        output.write(`${percent}  ${label}  (${times})\n`);
        return;
      }
      const bar = `${"━".repeat(Math.round(share * 24))}\x1b[2m${"─".repeat(24 - Math.round(share * 24))}\x1b[22m`;
      const room = (output.columns || 80) - 24 - percent.length - times.length - 6;
      const text = label.length > room ? `${label.slice(0, Math.max(0, room - 1))}…` : label;
      output.write(`\r\x1b[K${bar} ${percent}  \x1b[2m${times}\x1b[22m  ${text}`);
      open = true;
    },
    note(text) {
      clear();
      output.write(`${text}\n`);
    },
    end: clear,
  };
}

/** 7 s, 3 min 20 s, 2 h 05 min. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${String(whole % 60).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}
