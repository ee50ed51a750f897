/** The threads that share calls with the calling one. */
import { type Call, type Family, takeShares } from "./call.ts";
import { type Control, close, end, ended, failed, newControl, open, reasonOf, wait } from "./control.ts";
import { type Start, startThreads } from "./start-threads.ts";
import type { Ready, Told } from "./worker.ts";

/** A thread ended by itself: it ran out of memory, or a solver ended it. The others have been ended, too. */
export class ThreadError extends Error {
  override readonly name = "ThreadError";
}

/** What sharing costs, in milliseconds, measured at start. */
export interface Costs {
  /** From telling the threads of a call until all have left it, with nothing to do. */
  readonly handover: number;
  /** Of a number, into the shared memory or out of it. */
  readonly copy: number;
}

export interface Team {
  /** The calling one included. */
  readonly threads: number;
  readonly costs: Costs;
  /** What the threads' structures report, a list of numbers a thread. */
  readonly reports: readonly Float64Array[];
  /**
   * Solves a call together; `family` is the calling thread's. Returns the milliseconds that a row took it; undefined
   * where a share failed or where the context cannot be sent.
   */
  solve(family: Family, call: Call): number | undefined;
  /** @throws ThreadError once a thread has ended by itself. */
  check(): void;
  end(): void;
}

export interface TeamOptions {
  readonly url: string;
  readonly data: unknown;
  readonly threads: number;
  readonly execArgv: readonly string[] | undefined;
  /** Length of the structure's report. */
  readonly reported: number;
}

/** Calls whose times the handover is the median of. */
const MEASURED = 15;
/** Calls are numbered anew after as many: no thread sleeps that long. */
const NUMBERS: number = 2 ** 22;
/** Milliseconds between looks at whether a thread ended before it was ready. */
const LOOK = 20;

export async function startTeam(options: TeamOptions): Promise<Team> {
  const { url, data, threads, execArgv, reported } = options;
  const control = newControl();
  const channels = Array.from({ length: threads - 1 }, () => new MessageChannel());
  const ports = channels.map(({ port1 }) => port1);
  const starts = channels.map(({ port2 }, i): Start => {
    const report = new Float64Array(new SharedArrayBuffer(8 * reported) as unknown as ArrayBuffer);
    return { index: i + 1, port: port2, url, data, control, report };
  });
  const stop = await startThreads(starts, execArgv);
  let calls = 0;

  function tell(call: Call | undefined): void {
    calls = (calls % NUMBERS) + 1;
    const word = open(control, calls);
    for (const port of ports) port.postMessage({ word, call } satisfies Told);
  }

  function check(): void {
    if (!ended(control)) return;
    stop();
    throw new ThreadError(`threaded: ${reasonOf(control)}`);
  }

  function handover(): number {
    const times = Array.from({ length: MEASURED }, () => {
      const start = performance.now();
      tell(undefined);
      if (!wait(control, ports.length)) check();
      return performance.now() - start;
    });
    return times.sort((a, b) => a - b)[MEASURED >> 1]!;
  }

  try {
    await Promise.all(ports.map((port) => ready(port, control)));
    check();
    return {
      threads,
      costs: { handover: handover(), copy: copyTime() },
      reports: starts.map(({ report }) => report),
      solve(family, call) {
        check();
        try {
          tell(call);
        } catch {
          // The first port already refused to clone the context: nobody was told.
          return undefined;
        }
        const took = takeShares(family, call, control, 0);
        if (!close(control)) check();
        return failed(control) ? undefined : took;
      },
      check,
      end() {
        // A solver may dispose of the team that is solving: the caller waits for threads that will be gone.
        end(control, "it has been disposed");
        stop();
      },
    };
  } catch (error) {
    stop();
    throw error;
  }
}

/** Waits for a thread's structure. A port that is listened to keeps Node's process alive: nobody listens afterwards. */
function ready(port: MessagePort, control: Control): Promise<void> {
  return new Promise((settle, fail) => {
    const look = setInterval(() => ended(control) && done(undefined), LOOK);
    function done(error: string | undefined): void {
      clearInterval(look);
      port.onmessage = null;
      if (error === undefined) settle();
      else fail(new Error(error));
    }
    port.onmessage = ({ data }: MessageEvent<Ready>) => done(data.error);
  });
}

function copyTime(): number {
  const numbers = 2 ** 14;
  const shared = new Float64Array(new SharedArrayBuffer(8 * numbers) as unknown as ArrayBuffer);
  const own = new Float64Array(numbers);
  const times = Array.from({ length: MEASURED }, () => {
    const start = performance.now();
    shared.set(own);
    own.set(shared);
    return performance.now() - start;
  });
  return times.sort((a, b) => a - b)[MEASURED >> 1]! / (2 * numbers);
}
