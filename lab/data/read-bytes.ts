/** Whole files and streams, plain or gzip: the first two bytes tell. */
import { createReadStream, readFileSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { createGunzip, gunzipSync } from "node:zlib";
import { DataError } from "../run/errors.ts";
import { unexpected } from "./unexpected.ts";

/**
 * The bytes of a file, decompressed if it is gzip.
 * @throws DataError if it cannot be read or its gzip stream is damaged.
 */
export function readBytes(file: string): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw unreadable(file, error);
  }
  return isGzip(bytes) ? gunzip(bytes, file) : bytes;
}

/** Decompresses gzip. @throws DataError naming the file. */
export function gunzip(bytes: Uint8Array, file: string): Uint8Array {
  if (!isGzip(bytes)) throw unexpected(file, "a gzip file (1f 8b)", `${bytes.length} other bytes`);
  try {
    return gunzipSync(bytes, { maxOutputLength: mostFrom(bytes.length) });
  } catch (error) {
    if (isTooLarge(error)) throw tooLarge(file, bytes.length);
    throw damagedGzip(file, error);
  }
}

/** The same as a stream, for files larger than memory. */
export async function* streamBytes(file: string): AsyncGenerator<Uint8Array> {
  const magic = new Uint8Array(2);
  try {
    const handle = await open(file);
    await handle.read(magic);
    await handle.close();
  } catch (error) {
    throw unreadable(file, error);
  }
  const source = createReadStream(file, { highWaterMark: 1 << 18 });
  if (!isGzip(magic)) {
    yield* source;
    return;
  }
  const gunzipped = createGunzip();
  source.on("error", (error) => gunzipped.destroy(error));
  const { size } = statSync(file);
  let left = mostFrom(size);
  try {
    for await (const chunk of source.pipe(gunzipped) as AsyncIterable<Uint8Array>) {
      left -= chunk.length;
      if (left < 0) throw tooLarge(file, size);
      yield chunk;
    }
  } catch (error) {
    throw error instanceof DataError ? error : damagedGzip(file, error);
  } finally {
    source.destroy();
  }
}

/**
 * Bytes that so many compressed ones may unpack to: images and tables come to 4 to 30 times, a bomb to 1,000. Small files
 * may hold 64 MB, whatever their ratio.
 */
export function mostFrom(compressed: number): number {
  return Math.max(200 * compressed, 2 ** 26);
}

export function isTooLarge(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
}

export function tooLarge(file: string, compressed: number): DataError {
  const found = "more: it would fill memory or disk";
  return unexpected(file, `at most ${mostFrom(compressed)} bytes from ${compressed} compressed ones`, found);
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function damagedGzip(file: string, error: unknown): DataError {
  return unexpected(file, "a whole gzip stream", `${(error as Error).message} (truncated or damaged)`);
}

function unreadable(file: string, error: unknown): DataError {
  const code = (error as NodeJS.ErrnoException).code;
  const found = code === "ENOENT" ? "no such file" : code === "EISDIR" ? "a folder" : String(code ?? error);
  return unexpected(file, "a readable file", found);
}
