import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeSync,
} from "node:fs";
import { DamagedRunError } from "./errors.ts";
import { isObject, type JsonObject } from "./json.ts";

/** metrics.jsonl: one JSON object a line, appended; a checkpoint remembers how many bytes belong to it. */
export interface MetricsLog {
  readonly position: number;
  append(line: JsonObject): void;
  /** Forces what was appended to the disk: a checkpoint must never be ahead of its metrics. */
  sync(): void;
  close(): void;
}

/** Opens the file and drops what was written after the checkpoint that knows `position` bytes. */
export function openMetricsLog(path: string, position: number): MetricsLog {
  const file = openSync(path, existsSync(path) ? "r+" : "w");
  const { size } = fstatSync(file);
  if (size < position) {
    closeSync(file);
    throw new DamagedRunError(
      `${path} is damaged: the checkpoint knows ${position} bytes, the file has ${size}`,
    );
  }
  ftruncateSync(file, position);
  let end = position;
  return {
    get position(): number {
      return end;
    },
    append(line) {
      const bytes = Buffer.from(`${JSON.stringify(line)}\n`, "utf8");
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at, end + at);
      end += bytes.length;
    },
    sync: () => fsyncSync(file),
    close: () => closeSync(file),
  };
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
