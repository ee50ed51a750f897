import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { DataError } from "../run/errors.ts";
import { gunzip, readBytes, streamBytes } from "./read-bytes.ts";

const folder = mkdtempSync(join(tmpdir(), "hardgrad-bytes-"));
afterAll(() => rmSync(folder, { recursive: true }));

const BYTES = Buffer.from("some bytes ".repeat(50_000));

function fileOf(name: string, bytes: Uint8Array): string {
  const file = join(folder, name);
  writeFileSync(file, bytes);
  return file;
}

async function drain(file: string): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of streamBytes(file)) parts.push(part);
  return Buffer.concat(parts);
}

test("plain and gzip files have the same bytes, whole or as a stream", async () => {
  for (const file of [fileOf("plain", BYTES), fileOf("zipped", gzipSync(BYTES))]) {
    expect(BYTES.equals(readBytes(file))).toBe(true);
    expect(BYTES.equals(await drain(file))).toBe(true);
  }
});

test("an empty file has no bytes", async () => {
  const file = fileOf("empty", new Uint8Array(0));
  expect(readBytes(file).length).toBe(0);
  expect((await drain(file)).length).toBe(0);
});

test("a missing file and a folder are named", async () => {
  const missing = join(folder, "missing");
  expect(() => readBytes(missing)).toThrow(`${missing}: expected a readable file, found no such file`);
  await expect(drain(missing)).rejects.toThrow(DataError);
  mkdirSync(join(folder, "sub"));
  expect(() => readBytes(join(folder, "sub"))).toThrow("found a folder");
});

test("truncated gzip is named, whole or as a stream", async () => {
  const file = fileOf("cut.gz", gzipSync(BYTES).subarray(0, 500));
  expect(() => readBytes(file)).toThrow(`${file}: expected a whole gzip stream, found`);
  await expect(drain(file)).rejects.toThrow(`${file}: expected a whole gzip stream, found`);
  expect(() => gunzip(BYTES, "f")).toThrow("f: expected a gzip file (1f 8b), found 550000 other bytes");
});

test("a gzip bomb is refused before it fills memory or disk", async () => {
  const file = join(folder, "bomb.gz");
  writeFileSync(file, gzipSync(new Uint8Array(2 ** 27)));
  expect(() => readBytes(file)).toThrow("it would fill memory or disk");
  await expect(drain(file)).rejects.toThrow("it would fill memory or disk");
});
