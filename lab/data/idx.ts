/**
 * IDX, the format of MNIST (LeCun, Cortes, Burges): two zero bytes, a type, the number of dimensions, the sizes, the
 * numbers, all big-endian.
 */
import { byteReader, hex } from "./byte-reader.ts";
import { decodeNumbers, type NumericArray, type Stored, widthOf } from "./numeric-array.ts";
import { readBytes } from "./read-bytes.ts";
import { unexpected } from "./unexpected.ts";

const TYPES: Readonly<Record<number, Stored>> = {
  8: "u1",
  9: "i1",
  11: "i2",
  12: "i4",
  13: "f4",
  14: "f8",
};

/** Reads an IDX file, gzip or not. */
export function readIdx(file: string): NumericArray {
  return parseIdx(readBytes(file), file);
}

/** @throws DataError naming `file`, what was expected and what was found. */
export function parseIdx(bytes: Uint8Array, file: string): NumericArray {
  const reader = byteReader(bytes, file);
  const magic = reader.take(4, "IDX magic number");
  const stored = TYPES[magic[2]!];
  if (magic[0] !== 0 || magic[1] !== 0 || stored === undefined) {
    throw unexpected(file, "an IDX magic number (00 00, a type of 08 09 0b 0c 0d 0e)", hex(magic));
  }
  const shape = Array.from({ length: magic[3]! }, (_, i) => reader.uint32(`size of dimension ${i}`, false));
  const count = shape.reduce((a, b) => a * b, 1);
  const data = reader.take(count * widthOf(stored), `numbers of shape ${shape.join("×")}`);
  if (reader.left > 0)
    throw unexpected(file, `the end after shape ${shape.join("×")}`, `${reader.left} more bytes`);
  return { shape, data: decodeNumbers(data, stored, false) };
}
