/** A thread of a team: makes the structure, then takes shares of the calls that it is told of. */
import { type Call, type Family, takeShares } from "./call.ts";
import { end, enter, leave } from "./control.ts";
import { makeStructure } from "./make-structure.ts";
import { messageOf, nodeThreads, type Start } from "./start-threads.ts";

/** What a thread is told: a call and the word under which it is open; no call where only its waking is measured. */
export interface Told {
  readonly word: number;
  readonly call: Call | undefined;
}

/** What a thread answers once: an error where it has no structure. */
export interface Ready {
  readonly error: string | undefined;
}

const scope = (await nodeThreads())?.parentPort ?? (self as unknown as MessagePort);

scope.onmessage = async ({ data: start }: MessageEvent<Start>) => {
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
