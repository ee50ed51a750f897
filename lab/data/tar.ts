/**
 * Tar archives as streams: ustar, with the long names of pax and GNU. Blocks of 512 bytes; a header, then the file,
 * padded; zero blocks end the archive.
 */
import { createWriteStream } from "node:fs";
import { rename } from "node:fs/promises";
import { dirname, isAbsolute, join, normalize, sep } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { makeFolder } from "../run/make-folder.ts";
import { allocate } from "./allocate.ts";
import { latin1 } from "./byte-reader.ts";
import { streamBytes } from "./read-bytes.ts";
import { unexpected } from "./unexpected.ts";

const BLOCK = 512;

export interface TarEntry {
  readonly path: string;
  readonly type: "file" | "directory";
  /** Bytes. */
  readonly size: number;
  /** The contents, to be read before the next entry is asked for; what is left unread is skipped. */
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * Unpacks a .tar or .tar.gz into a folder and returns the paths of its files. A file appears under its name only when
 * it is complete.
 * @throws DataError for a damaged archive, a link or device in it, and paths that leave the folder.
 */
export async function extractTar(file: string, folder: string): Promise<string[]> {
  const written: string[] = [];
  for await (const entry of tarEntries(streamBytes(file), file)) {
    const path = normalize(entry.path);
    if (isAbsolute(path) || path.split(sep).includes("..")) {
      throw unexpected(file, "paths inside the folder", entry.path);
    }
    const target = join(folder, path);
    if (path === "." && entry.type === "file") {
      throw unexpected(file, "names of files", `"${entry.path}"`);
    }
    if (entry.type === "directory") {
      makeFolder(target);
      continue;
    }
    makeFolder(dirname(target));
    const partial = `${target}.part`;
    await pipeline(Readable.from(entry.body), createWriteStream(partial));
    await rename(partial, target);
    written.push(path);
  }
  return written;
}

/** The entries of an archive, in order; `file` names it in errors. */
export async function* tarEntries(chunks: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<TarEntry> {
  const source = byteStream(chunks, file);
  let path: string | undefined;
  let size: number | undefined;
  for (;;) {
    const header = await source.take(BLOCK, "header block");
    if (header.every((byte) => byte === 0)) return;
    checkSum(header, file);
    const type = header[156] === 0 ? "0" : String.fromCharCode(header[156]!);
    const stated = type === "x" || type === "g" || type === "L" ? undefined : size;
    const length = stated ?? numberAt(header, 124, 12, file);
    if (type === "L" || type === "x" || type === "g" || type === "K") {
      const text = await source.take(length, "a long name");
      await source.skip(-length & (BLOCK - 1));
      if (type === "L") path = untilZero(text);
      if (type === "x") {
        const records = paxRecords(text, file);
        path = records.get("path") ?? path;
        const digits = records.get("size");
        if (digits !== undefined) {
          size = Number(digits);
          if (!/^\d+$/.test(digits))
            throw unexpected(file, "digits as a size in a pax record", `"${digits}"`);
        }
      }
      continue;
    }
    if (type !== "0" && type !== "5" && type !== "7") {
      throw unexpected(file, "files and folders", `an entry of type "${type}" (${nameIn(header)})`);
    }
    let left = length;
    const body = async function* (): AsyncGenerator<Uint8Array> {
      while (left > 0) {
        const chunk = await source.some(left, `contents of ${path ?? nameIn(header)}`);
        left -= chunk.length;
        yield chunk;
      }
    };
    const directory = type === "5" || (path ?? nameIn(header)).endsWith("/");
    yield {
      path: path ?? nameIn(header),
      type: directory ? "directory" : "file",
      size: length,
      body: { [Symbol.asyncIterator]: body },
    };
    await source.skip(left + (-length & (BLOCK - 1)));
    path = undefined;
    size = undefined;
  }
}

/** Takes bytes from a stream of chunks, by count. */
function byteStream(chunks: AsyncIterable<Uint8Array>, file: string) {
  const iterator = chunks[Symbol.asyncIterator]();
  let chunk: Uint8Array = new Uint8Array(0);
  const some = async (most: number, what: string): Promise<Uint8Array> => {
    while (chunk.length === 0) {
      const next = await iterator.next();
      if (next.done) throw unexpected(file, `${most} more bytes of ${what}`, "the end of the archive");
      chunk = next.value;
    }
    const part = chunk.subarray(0, most);
    chunk = chunk.subarray(part.length);
    return part;
  };
  const take = async (count: number, what: string): Promise<Uint8Array> => {
    const out = allocate(count, what, file);
    for (let at = 0; at < count; ) {
      const part = await some(count - at, what);
      out.set(part, at);
      at += part.length;
    }
    return out;
  };
  const skip = async (count: number): Promise<void> => {
    for (let left = count; left > 0; ) left -= (await some(left, "contents")).length;
  };
  return { some, take, skip };
}

function nameIn(header: Uint8Array): string {
  const name = untilZero(header.subarray(0, 100));
  // ustar keeps the front of a long path in a field of its own; GNU uses that field for something else.
  const prefix = latin1(header.subarray(257, 263)) === "ustar\0" ? untilZero(header.subarray(345, 500)) : "";
  return prefix === "" ? name : `${prefix}/${name}`;
}

function untilZero(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/** Octal digits; or, with the highest bit set, big-endian binary. */
function numberAt(header: Uint8Array, start: number, length: number, file: string): number {
  const bytes = header.subarray(start, start + length);
  if (bytes[0]! & 0x80) {
    return bytes.subarray(1).reduce((value, byte) => 256 * value + byte, bytes[0]! & 0x7f);
  }
  const text = latin1(bytes).replaceAll("\0", " ").trim();
  if (!/^[0-7]*$/.test(text)) throw unexpected(file, "an octal number in a tar header", JSON.stringify(text));
  return text === "" ? 0 : Number.parseInt(text, 8);
}

function checkSum(header: Uint8Array, file: string): void {
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 0x20 : header[i]!;
  const stated = numberAt(header, 148, 8, file);
  if (sum !== stated) throw unexpected(file, `a tar header with checksum ${stated}`, `checksum ${sum}`);
}

/** pax records: "<length> <key>=<value>\n", the length counting itself. */
function paxRecords(bytes: Uint8Array, file: string): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const length = Number(latin1(bytes.subarray(at, space)));
    if (space < 0 || !(length > 0) || at + length > bytes.length) {
      throw unexpected(file, "a pax record", JSON.stringify(latin1(bytes.subarray(at, at + 40))));
    }
    const text = new TextDecoder().decode(bytes.subarray(space + 1, at + length - 1));
    const equals = text.indexOf("=");
    records.set(text.slice(0, equals), text.slice(equals + 1));
    at += length;
  }
  return records;
}
