/** Starts Node's threads and tells the caller, who may be waiting without its event loop, when one has ended. */
import { end } from "./control.ts";
import { messageOf } from "./message-of.ts";
import { nodeThreads } from "./node-threads.ts";
import type { Supervised } from "./start-threads.ts";

const { Worker, parentPort } = await nodeThreads()!;

parentPort.onmessage = ({ data: { starts, execArgv } }: MessageEvent<Supervised>) => {
  for (const start of starts) {
    const worker = new Worker(new URL("./worker.js", import.meta.url), { ...(execArgv && { execArgv }) });
    worker.on("error", (error) => end(start.control, `thread ${start.index}: ${messageOf(error)}`));
    worker.on("exit", (code) => end(start.control, `thread ${start.index}: it exited with code ${code}`));
    worker.postMessage(start, [start.port]);
  }
};
