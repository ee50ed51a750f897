/** A result on its way through the queue: config, metrics and summary, compressed. Checkpoints stay where they are. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { writeAtomic } from "../run/atomic-write.ts";
import { DamagedRunError, ResultTooLargeError } from "../run/errors.ts";
import { makeFolder } from "../run/make-folder.ts";
import { readConfig, readSummary, runFiles } from "../run/run-directory.ts";
import type { Summary } from "../run/summary.ts";
import type { Job } from "./plan.ts";

/** Bytes in Redis, and unpacked. */
export const LARGEST = 2 ** 20;
const UNPACKED = 2 ** 26;
const PARTS = ["config", "metrics", "summary"] as const;

/** @throws ResultTooLargeError where it has more than `LARGEST` bytes. */
export function pack(folder: string): string {
  const files = runFiles(folder);
  const texts = PARTS.map((part) => (existsSync(files[part]) ? readFileSync(files[part], "utf8") : ""));
  const json = JSON.stringify(texts);
  const parcel = json.length > UNPACKED ? undefined : gzipSync(json).toString("base64");
  if (parcel === undefined || parcel.length > LARGEST) {
    const size =
      parcel === undefined ? `${json.length} bytes` : `${parcel.length} bytes, compressed and in base64`;
    throw new ResultTooLargeError(
      `the result has ${size}; at most ${LARGEST} go through the queue. The run is complete in ${folder} of the worker.`,
    );
  }
  return parcel;
}

/** Writes the files of a run into `folder`. @throws DamagedRunError where it is not the result of `job`. */
export function unpack(parcel: unknown, job: Job, folder: string): Summary {
  const damaged = new DamagedRunError(`what came back for ${job.id} is not its result`);
  if (typeof parcel !== "string" || parcel.length > LARGEST) throw damaged;
  let texts: unknown;
  try {
    texts = JSON.parse(
      gunzipSync(Buffer.from(parcel, "base64"), { maxOutputLength: UNPACKED }).toString("utf8"),
    );
  } catch {
    throw damaged;
  }
  if (!Array.isArray(texts) || texts.length !== PARTS.length || !texts.every((t) => typeof t === "string")) {
    throw damaged;
  }
  makeFolder(folder);
  const files = runFiles(folder);
  // A run that began here would not fit what comes from elsewhere.
  for (const file of [files.summary, files.checkpoint]) rmSync(file, { force: true });
  const [config, metrics, summary] = texts as [string, string, string];
  writeAtomic(files.config, config);
  writeAtomic(files.metrics, metrics);
  writeAtomic(files.summary, summary);
  try {
    const [ran, found] = [readConfig(files.config), readSummary(files.summary)];
    const fits = [ran, found].every(
      ({ experiment, preset, seed }) =>
        experiment === job.experiment && preset === job.preset && seed === job.seed,
    );
    if (fits) return found;
  } catch {
    // What is no run's is not this job's.
  }
  rmSync(files.summary);
  throw damaged;
}
