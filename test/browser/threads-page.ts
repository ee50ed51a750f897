/** Runs in the browser, in the page itself and in a worker of it. */
import { imle, rng } from "../../src/index.ts";
import { threaded } from "../../src/threads/threaded.ts";
import type make from "./threads-structure.ts";

/** A gradient of I-MLE over threads, and what the threads report. */
export async function gradient(theta: number[], weights: number[]): Promise<unknown> {
  const url = new URL("./threads-structure.ts", import.meta.url);
  const structure = await threaded<typeof make>(url, { threads: 2 });
  const evaluation = imle(structure).forward(Float32Array.from(theta), rng(7));
  const found = Array.from(evaluation.backward(Float32Array.from(weights)));
  const { shares, largestShares } = structure.report();
  structure.dispose();
  return { gradient: found, alone: shares === largestShares };
}

/** What `gradient` gives, or the message of its error. */
export async function outcome(theta: number[], weights: number[]): Promise<unknown> {
  try {
    return await gradient(theta, weights);
  } catch (error) {
    return String(error);
  }
}

/** The same in a worker of the page. */
export function outcomeInWorker(theta: number[], weights: number[]): Promise<unknown> {
  const worker = new Worker(new URL("./threads-worker.ts", import.meta.url), { type: "module" });
  return new Promise((settle, fail) => {
    worker.onmessage = ({ data }) => settle(data);
    worker.onerror = ({ message }) => fail(new Error(message));
    worker.postMessage([theta, weights]);
  });
}
