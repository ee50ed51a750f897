/**
 * A thread of a team: makes the structure, then takes shares of the calls that it is told of. It is a script as well as a
 * module, since bundlers make scripts of workers: nothing here awaits at the top, and nothing starts a worker.
 */
import { type Call, type Family, takeShares } from "./call.ts";
import { end, enter, leave } from "./control.ts";
import { makeStructure } from "./make-structure.ts";
import { messageOf } from "./message-of.ts";
import { nodeThreads } from "./node-threads.ts";
import type { Start } from "./start-threads.ts";

/** What a thread is told: a call and the word under which it is open; no call where only its waking is measured. */
export interface Told {
  readonly word: number;
  readonly call: Call | undefined;
}

/** What a thread answers once: an error where it has no structure. */
export interface Ready {
  readonly error: string | undefined;
}

const begin = async ({ data: start }: MessageEvent<Start>): Promise<void> => {
  const { port, url, data, control, report } = start;
  let family: Family;
  try {
    family = (await makeStructure(url, data)) as Family;
  } catch (error) {
    port.postMessage({ error: `threaded: thread ${start.index}: ${messageOf(error)}` } satisfies Ready);
    return;
  }
  port.onmessage = ({ data: { word, call } }: MessageEvent<Told>) => {
    if (!enter(control, word)) return;
    try {
      if (call) {
        takeShares(family, call, control);
        if (report.length > 0) report.set(Object.values(family.report!()).slice(0, report.length));
      }
      leave(control);
    } catch (error) {
      // Where the caller waits, no event would reach it.
      end(control, `thread ${start.index}: ${messageOf(error)}`);
    }
  };
  port.postMessage({ error: undefined } satisfies Ready);
};

const node = nodeThreads();
// At once in a browser, where nothing is kept for who listens later; Node's port keeps it.
if (node === undefined) (self as unknown as MessagePort).onmessage = begin;
else {
  void node.then(({ parentPort }) => {
    parentPort.onmessage = begin;
  });
}
