/** Runs in the browser, in a worker. */
import { outcome } from "./threads-page.ts";

globalThis.onmessage = async ({ data: [theta, weights] }: MessageEvent<[number[], number[]]>) =>
  postMessage(await outcome(theta, weights));
