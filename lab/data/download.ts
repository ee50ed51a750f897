import { createHash, type Hash } from "node:crypto";
import { createReadStream, existsSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { DataError } from "../run/errors.ts";
import type { DatasetFile } from "./dataset.ts";

/** Bytes so far, and of all, where the server says. */
export type OnBytes = (done: number, total: number | undefined) => void;

/**
 * Fetches one file to `path`. It grows under another name and gets its own only when it is complete and has the right
 * checksum; a download that was cut short goes on where it stopped.
 * @throws DataError with what every address answered.
 */
export async function download(file: DatasetFile, path: string, onBytes: OnBytes = () => {}): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  const failures: string[] = [];
  for (const url of file.urls) {
    try {
      await fetchTo(url, `${path}.part`, onBytes);
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

async function fetchTo(url: string, part: string, onBytes: OnBytes): Promise<void> {
  const have = existsSync(part) ? statSync(part).size : 0;
  const response = await fetch(url, { headers: have > 0 ? { range: `bytes=${have}-` } : {} });
  if (response.status === 416) {
    // Nothing lies beyond what we have; whether it is right, the checksum says.
    await response.body?.cancel();
    return;
  }
  if (!response.ok || response.body === null)
    throw new Error(`answered ${response.status} ${response.statusText}`);
  const start = response.status === 206 ? have : 0;
  const rest = Number(response.headers.get("content-length") ?? Number.NaN);
  // fetch decompresses an encoded body: then the length on the wire is not the file's.
  const total = Number.isNaN(rest) || response.headers.has("content-encoding") ? undefined : start + rest;
  const handle = await open(part, start > 0 ? "r+" : "w");
  let at = start;
  try {
    for await (const chunk of response.body) {
      await handle.write(chunk, 0, chunk.length, at);
      at += chunk.length;
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
