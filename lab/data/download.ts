import { createHash, type Hash } from "node:crypto";
import { createReadStream, existsSync, renameSync, rmSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { DataError } from "../run/errors.ts";
import { makeFolder } from "../run/make-folder.ts";
import type { DatasetFile } from "./dataset.ts";

/** Bytes so far, and of all, where the server says. */
export type OnBytes = (done: number, total: number | undefined) => void;

/**
 * Fetches one file to `path`. It grows under another name and gets its own only when it is complete and has the right
 * checksum; a download that was cut short goes on where it stopped.
 * @throws DataError with what every address answered.
 */
export async function download(
  file: DatasetFile,
  path: string,
  onBytes: OnBytes = () => {},
  silentSeconds: number = SILENT_SECONDS,
): Promise<void> {
  makeFolder(dirname(path));
  const failures: string[] = [];
  for (const url of file.urls) {
    try {
      await fetchTo(url, `${path}.part`, onBytes, silentSeconds);
      await verify(`${path}.part`, file);
      renameSync(`${path}.part`, path);
      return;
    } catch (error) {
      failures.push(`  ${url}: ${reason(error)}`);
    }
  }
  throw new DataError(
    [`${file.name} could not be fetched:`, ...failures, `Fetch it by other means and put it at ${path}`].join(
      "\n",
    ),
  );
}

/** Hexadecimal. */
export async function sha256(path: string): Promise<string> {
  const hash: Hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

/** No file of ours is larger: a server that sends without end must not fill the disk. */
const MOST_BYTES = 16 * 2 ** 30;
/** A server that says nothing for so long is given up; what came is kept. */
const SILENT_SECONDS = 60;

async function fetchTo(url: string, part: string, onBytes: OnBytes, silentSeconds: number): Promise<void> {
  const silence = new AbortController();
  const give = (): void =>
    silence.abort(new Error(`sent nothing for ${silentSeconds} s; try again to go on`));
  let timer = setTimeout(give, 1000 * silentSeconds);
  const heard = (): void => {
    clearTimeout(timer);
    timer = setTimeout(give, 1000 * silentSeconds);
  };
  try {
    await fetchWhileHeard(url, part, onBytes, silence.signal, heard);
  } finally {
    clearTimeout(timer);
  }
}

async function fetchWhileHeard(
  url: string,
  part: string,
  onBytes: OnBytes,
  signal: AbortSignal,
  heard: () => void,
): Promise<void> {
  const have = existsSync(part) ? statSync(part).size : 0;
  const response = await fetch(url, { signal, headers: have > 0 ? { range: `bytes=${have}-` } : {} });
  heard();
  if (response.status === 416) {
    await response.body?.cancel();
    // Nothing lies beyond what we have: it is all, or of another file.
    const whole = /^bytes \*\/(\d+)$/.exec(response.headers.get("content-range") ?? "")?.[1];
    if (whole === undefined || Number(whole) === have) return;
    rmSync(part);
    throw new Error(`has ${whole} bytes, fewer than the ${have} that came before; try again from the start`);
  }
  if (!response.ok || response.body === null)
    throw new Error(`answered ${response.status} ${response.statusText}`);
  const start = response.status === 206 ? have : 0;
  let whole = Number.NaN;
  if (response.status === 206) {
    const range = response.headers.get("content-range") ?? "bytes that it does not name";
    const [, from, size] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(range) ?? [];
    if (from !== String(have)) {
      await response.body.cancel();
      throw new Error(`was asked for bytes from ${have} on and answered with ${range}`);
    }
    whole = Number(size);
  }
  const rest = Number(response.headers.get("content-length") ?? Number.NaN);
  // fetch decompresses an encoded body: then the length on the wire is not the file's.
  const sent = Number.isNaN(rest) || response.headers.has("content-encoding") ? undefined : start + rest;
  // A server may send less of a file than it was asked for.
  const total = Number.isNaN(whole) ? sent : whole;
  if (total !== undefined && total > MOST_BYTES) {
    await response.body.cancel();
    throw new Error(`has ${total} bytes, expected at most ${MOST_BYTES}`);
  }
  const handle = await open(part, start > 0 ? "r+" : "w");
  let at = start;
  try {
    for await (const chunk of response.body) {
      await handle.write(chunk, 0, chunk.length, at);
      at += chunk.length;
      heard();
      if (at > MOST_BYTES) throw new Error(`sent more than ${MOST_BYTES} bytes`);
      onBytes(at, total);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (total !== undefined && at !== total)
    throw new Error(`ended after ${at} of ${total} bytes; try again to go on`);
}

async function verify(part: string, { sha256: expected }: DatasetFile): Promise<void> {
  if (expected === undefined) return;
  const actual = await sha256(part);
  if (actual === expected) return;
  rmSync(part);
  throw new Error(`has sha256 ${actual}, expected ${expected}`);
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // fetch hides what happened in the cause.
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
