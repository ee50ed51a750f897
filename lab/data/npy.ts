/** NumPy's .npy, versions 1 to 3: "\x93NUMPY", version, header length, a Python dictionary, the numbers. */
import { byteReader, hex, latin1 } from "./byte-reader.ts";
import {
  decodeNumbers,
  type Numbers,
  type NumericArray,
  rowMajor,
  type Stored,
  widthOf,
} from "./numeric-array.ts";
import { readBytes } from "./read-bytes.ts";
import { unexpected } from "./unexpected.ts";

const MAGIC = "93 4e 55 4d 50 59";
/** NumPy's own. */
const MOST_DIMENSIONS = 64;
const STORED: readonly string[] = ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8"];

/** Reads a .npy file, gzip or not; Fortran order is turned into row-major order. */
export function readNpy(file: string): NumericArray {
  return parseNpy(readBytes(file), file);
}

/** @throws DataError naming `file`, what was expected and what was found. */
export function parseNpy(bytes: Uint8Array, file: string): NumericArray {
  const reader = byteReader(bytes, file);
  const magic = hex(reader.take(6, ".npy magic string"));
  if (magic !== MAGIC) throw unexpected(file, `the .npy magic string ${MAGIC}`, magic);
  const version = reader.take(2, ".npy version")[0]!;
  if (version < 1 || version > 3) throw unexpected(file, ".npy version 1, 2 or 3", `version ${version}`);
  const headerLength =
    version === 1 ? reader.uint16("header length", true) : reader.uint32("header length", true);
  const header = latin1(reader.take(headerLength, "header"));

  const descr = field(header, /'descr':\s*'([^']*)'/, file, "'descr': '<type>'");
  const order = field(header, /'fortran_order':\s*(True|False)/, file, "'fortran_order': True or False");
  const sizes = field(header, /'shape':\s*\(([\d\s,L]*)\)/, file, "'shape': (sizes)");
  const shape = sizes
    .split(",")
    .map((s) => s.trim())
    .filter((s) => s !== "")
    .map((s) => Number(s.replace(/L$/, "") || Number.NaN));
  if (shape.length > MOST_DIMENSIONS) {
    throw unexpected(file, `at most ${MOST_DIMENSIONS} dimensions`, `${shape.length}`);
  }
  if (!shape.every(Number.isSafeInteger)) throw unexpected(file, "'shape': (sizes)", `(${sizes})`);

  // A byte-order mark, then the kind and the bytes of one number; booleans are stored as bytes.
  const stored = descr.slice(1) === "b1" ? "u1" : descr.slice(1);
  if (!/^[<>|=]/.test(descr) || !STORED.includes(stored)) {
    throw unexpected(file, "numbers (booleans, integers, floats of 2 to 8 bytes)", `dtype '${descr}'`);
  }
  const count = shape.reduce((a, b) => a * b, 1);
  const numbers = `${descr} numbers of shape (${shape.join(", ")})`;
  const body = reader.take(count * widthOf(stored as Stored), numbers);
  if (reader.left > 0) throw unexpected(file, `the end after ${numbers}`, `${reader.left} more bytes`);
  let data: Numbers;
  try {
    data = decodeNumbers(body, stored as Stored, descr[0] !== ">");
  } catch (error) {
    throw unexpected(file, "numbers that a double can hold", (error as Error).message);
  }
  return { shape, data: order === "True" ? rowMajor(data, shape) : data };
}

function field(header: string, pattern: RegExp, file: string, expected: string): string {
  const match = pattern.exec(header);
  if (!match) throw unexpected(file, `a header with ${expected}`, header.trim().slice(0, 120) || "nothing");
  return match[1]!;
}
