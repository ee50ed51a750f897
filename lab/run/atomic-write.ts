import { closeSync, fsyncSync, openSync, renameSync, writeSync } from "node:fs";

/**
 * Replaces a file in one step: whoever looks sees the old content or the new, whenever this process is killed.
 * The temporary name is always the same, so that a killed process leaves at most one, and the next write takes it.
 */
export function writeAtomic(path: string, content: string | Uint8Array): void {
  const bytes = typeof content === "string" ? Buffer.from(content, "utf8") : content;
  const temporary = temporaryName(path);
  const file = openSync(temporary, "w");
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}

export function temporaryName(path: string): string {
  return `${path}.tmp`;
}
