import { type Control, end } from "./control.ts";
import { messageOf } from "./message-of.ts";
import { nodeThreads } from "./node-threads.ts";

/** What starts a thread: where its calls come from, and what makes its structure. */
export interface Start {
  /** Counted from 1: the caller is thread 0. */
  readonly index: number;
  readonly port: MessagePort;
  readonly url: string;
  readonly data: unknown;
  readonly control: Control;
  /** Where the thread writes what its structure reports. */
  readonly report: Float64Array;
}

/** What the supervisor of Node's threads gets. */
export interface Supervised {
  readonly starts: readonly Start[];
  readonly execArgv: readonly string[] | undefined;
}

/** Whether this thread may wait and share memory, or why not. */
export function checkPlatform(who: string): void {
  if (typeof SharedArrayBuffer === "undefined") {
    throw new Error(
      `${who}: memory is shared between threads only where a page is cross-origin isolated: serve it with the headers "Cross-Origin-Opener-Policy: same-origin" and "Cross-Origin-Embedder-Policy: require-corp", or take threads: 1`,
    );
  }
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0);
  } catch (cause) {
    throw new Error(
      `${who}: a page's own thread may not wait for others: call it inside a worker, or take threads: 1`,
      { cause },
    );
  }
}

/**
 * Starts a thread for each of `starts`; returns what ends them. A thread that ends by itself says so in `control`: in
 * Node a supervisor sees to it, a thread without work of its own, since the caller may be waiting. Browsers end workers
 * of themselves only together with the page.
 */
export async function startThreads(
  starts: readonly Start[],
  execArgv: readonly string[] | undefined,
): Promise<() => void> {
  const control = starts[0]!.control;
  const ports = starts.map(({ port }) => port);
  const node = await nodeThreads();
  if (node) {
    const supervisor = new node.Worker(new URL("./supervisor.js", import.meta.url), {
      ...(execArgv && { execArgv }),
    });
    supervisor.on("error", (error) => end(control, `their supervisor failed: ${messageOf(error)}`));
    supervisor.on("exit", () => end(control, "their supervisor ended"));
    supervisor.postMessage({ starts, execArgv } satisfies Supervised, ports);
    supervisor.unref();
    return () => void supervisor.terminate();
  }
  const workers = starts.map((start) => {
    const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    worker.onerror = (event) => {
      event.preventDefault();
      end(control, `thread ${start.index}: ${event.message || "its script, worker.js, could not be loaded"}`);
    };
    worker.postMessage(start, [start.port]);
    return worker;
  });
  return () => {
    for (const worker of workers) worker.terminate();
  };
}
