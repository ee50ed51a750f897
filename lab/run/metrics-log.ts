import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  statSync,
  writeSync,
} from "node:fs";
import { DamagedRunError } from "./errors.ts";
import { isObject, type JsonObject } from "./json.ts";

/** The part of metrics.jsonl that a checkpoint knows. */
export type Mark = { readonly bytes: number; readonly sha256: string };

/** metrics.jsonl: one JSON object a line, appended; a checkpoint remembers how much belongs to it, and its digest. */
export interface MetricsLog {
  mark(): Mark;
  append(line: JsonObject): void;
  /** Forces what was appended to the disk: a checkpoint must never be ahead of its metrics. */
  sync(): void;
  close(): void;
}

/** Opens the file and drops what was written after `mark`. @throws DamagedRunError where it is not what was marked. */
export function openMetricsLog(path: string, mark: Mark | undefined): MetricsLog {
  const digest = createHash("sha256");
  if (mark !== undefined) digest.update(checkMetrics(path, mark));
  const file = openSync(path, existsSync(path) ? "r+" : "w");
  let end = mark?.bytes ?? 0;
  ftruncateSync(file, end);
  return {
    mark: () => ({ bytes: end, sha256: digest.copy().digest("hex") }),
    append(line) {
      const bytes = Buffer.from(`${JSON.stringify(line)}\n`, "utf8");
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at, end + at);
      end += bytes.length;
      digest.update(bytes);
    },
    sync: () => fsyncSync(file),
    close: () => closeSync(file),
  };
}

/** The bytes that a checkpoint knows. @throws DamagedRunError where they are missing or others. */
export function checkMetrics(path: string, { bytes, sha256 }: Mark): Uint8Array {
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile();
  const known = isFile ? readFileSync(path).subarray(0, bytes) : undefined;
  const found =
    known === undefined
      ? `there is no such file${isFile === undefined ? "" : " but a folder"}`
      : known.length < bytes
        ? `it has ${known.length} bytes`
        : createHash("sha256").update(known).digest("hex") === sha256
          ? undefined
          : "some of them differ";
  if (known !== undefined && found === undefined) return known;
  throw new DamagedRunError(
    `${path} is damaged: the checkpoint knows ${bytes} bytes, ${found}. To compute the run anew, give another --out or delete its folder.`,
  );
}

/** Reads the lines; a last line that a kill cut short is left out. */
export function readMetrics(path: string): JsonObject[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n");
  lines.pop();
  return lines.map((line, i) => {
    try {
      const value: unknown = JSON.parse(line);
      if (isObject(value)) return value;
    } catch {
      // Fall through to the one message.
    }
    throw new DamagedRunError(`${path} is damaged: line ${i + 1} is not a JSON object`);
  });
}
