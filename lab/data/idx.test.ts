import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { DataError } from "../run/errors.ts";
import { parseIdx, readIdx } from "./idx.ts";

const folder = mkdtempSync(join(tmpdir(), "hardgrad-idx-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Type 0b, 2 × 2: the numbers 1, −2, 300, −32768. */
const SHORTS = Uint8Array.from([0, 0, 0x0b, 2, 0, 0, 0, 2, 0, 0, 0, 2, 0, 1, 0xff, 0xfe, 1, 0x2c, 0x80, 0]);

test("reads plain and gzip files alike", () => {
  const [plain, zipped] = [join(folder, "a-idx2-short"), join(folder, "a-idx2-short.gz")];
  writeFileSync(plain, SHORTS);
  writeFileSync(zipped, gzipSync(SHORTS));
  for (const file of [plain, zipped]) {
    expect(readIdx(file)).toEqual({ shape: [2, 2], data: Int16Array.of(1, -2, 300, -32768) });
  }
});

test("reads every type of number", () => {
  const cases: [number, number[], unknown][] = [
    [0x08, [255], Uint8Array.of(255)],
    [0x09, [255], Int8Array.of(-1)],
    [0x0c, [0x80, 0, 0, 1], Int32Array.of(-(2 ** 31) + 1)],
    [0x0d, [0x3f, 0xc0, 0, 0], Float32Array.of(1.5)],
    [0x0e, [0xbf, 0xf8, 0, 0, 0, 0, 0, 0], Float64Array.of(-1.5)],
  ];
  for (const [type, bytes, want] of cases) {
    expect(parseIdx(Uint8Array.from([0, 0, type, 1, 0, 0, 0, 1, ...bytes]), "f").data).toEqual(want);
  }
});

test("no rows are an empty array", () => {
  const empty = Uint8Array.from([0, 0, 8, 2, 0, 0, 0, 0, 0, 0, 0, 28]);
  expect(parseIdx(empty, "f")).toEqual({ shape: [0, 28], data: new Uint8Array(0) });
});

test("a damaged file is named, with what was expected and what was found", () => {
  const errors: [Uint8Array, string][] = [
    [Uint8Array.of(), "f: expected 4 bytes of IDX magic number at 0, found the end of the data at 0"],
    [Uint8Array.of(1, 2, 3, 4), "f: expected an IDX magic number (00 00, a type of"],
    [Uint8Array.of(0, 0, 0x0a, 1), "found 00 00 0a 01"],
    [SHORTS.subarray(0, 10), "f: expected 4 bytes of size of dimension 1 at 8"],
    [SHORTS.subarray(0, 19), "f: expected 8 bytes of numbers of shape 2×2 at 12, found the end of the data"],
    [Uint8Array.from([...SHORTS, 0]), "f: expected the end after shape 2×2, found 1 more bytes"],
  ];
  for (const [bytes, message] of errors) {
    expect(() => parseIdx(bytes, "f")).toThrow(DataError);
    expect(() => parseIdx(bytes, "f")).toThrow(message);
  }
});
