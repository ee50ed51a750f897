/**
 * MATLAB's MAT-file, level 5: a 128-byte header, then elements of tag, data and padding to 8 bytes. A compressed
 * element holds another element; a matrix holds its flags, sizes, name and numbers as elements, the numbers in the
 * smallest type that fits. Either byte order.
 */
import { inflateSync } from "node:zlib";
import { type ByteReader, byteReader, hex, latin1 } from "./byte-reader.ts";
import {
  decodeNumbers,
  type Numbers,
  type NumericArray,
  rowMajor,
  type Stored,
  widthOf,
} from "./numeric-array.ts";
import { isTooLarge, mostFrom, readBytes, tooLarge } from "./read-bytes.ts";
import { unexpected } from "./unexpected.ts";

const NUMBERS: Readonly<Record<number, Stored>> = {
  1: "i1",
  2: "u1",
  3: "i2",
  4: "u2",
  5: "i4",
  6: "u4",
  7: "f4",
  9: "f8",
  12: "i8",
  13: "u8",
};
const MATRIX = 14;
const COMPRESSED = 15;
const CLASSES: readonly string[] = ["", "cell", "struct", "object", "char", "sparse"];
const FIRST_NUMERIC_CLASS = 6;
const LAST_NUMERIC_CLASS = 15;
const COMPLEX_FLAG = 0x0800;

interface Element {
  readonly type: number;
  readonly data: Uint8Array;
}

/** Bytes that compressed elements may still come to, all together: many small bombs are one large. */
interface Memory {
  left: number;
  /** The file's own. */
  readonly compressed: number;
}

interface Matrix {
  readonly name: string;
  /** What it is, where it is no real numeric array. */
  readonly unsupported?: string;
  read(): NumericArray<Float64Array>;
}

/** Reads the named real numeric variables of a MAT-file as doubles in row-major order. */
export function readMat5<Name extends string>(
  file: string,
  names: readonly Name[],
): Record<Name, NumericArray<Float64Array>> {
  return parseMat5(readBytes(file), file, names);
}

/** @throws DataError naming `file`, what was expected and what was found. */
export function parseMat5<Name extends string>(
  bytes: Uint8Array,
  file: string,
  names: readonly Name[],
): Record<Name, NumericArray<Float64Array>> {
  const reader = byteReader(bytes, file);
  const littleEndian = readHeader(reader);
  const memory = { left: mostFrom(bytes.length), compressed: bytes.length };
  const matrices: Matrix[] = [];
  while (reader.left > 0) {
    const element = readElement(reader, littleEndian, memory);
    if (element.type === MATRIX) matrices.push(readMatrix(element.data, file, littleEndian));
  }
  const found = matrices.map((m) => m.name);
  const wanted = names.map((name) => {
    const matrix = matrices.find((m) => m.name === name);
    if (!matrix) throw unexpected(file, `a variable "${name}"`, found.join(", ") || "no variables");
    if (matrix.unsupported) {
      throw unexpected(file, `"${name}" to be a real numeric array`, `a ${matrix.unsupported} array`);
    }
    return [name, matrix.read()] as const;
  });
  return Object.fromEntries(wanted) as Record<Name, NumericArray<Float64Array>>;
}

/** Returns whether the file is little-endian. */
function readHeader(reader: ByteReader): boolean {
  const header = reader.take(128, "MAT-file header");
  const text = latin1(header.subarray(0, 116)).trimEnd();
  const order = latin1(header.subarray(126, 128));
  if (order !== "IM" && order !== "MI") {
    throw unexpected(
      reader.file,
      'a level 5 MAT-file header that ends with "IM" or "MI"',
      hex(header.subarray(124)),
    );
  }
  const littleEndian = order === "IM";
  const version = byteReader(header.subarray(124), reader.file).uint16("version", littleEndian);
  if (version !== 0x0100) {
    throw unexpected(
      reader.file,
      "MAT-file level 5 (save with -v7, not -v7.3)",
      text.slice(0, 60) || hex(header),
    );
  }
  return littleEndian;
}

/** @param memory where it may be compressed. */
function readElement(reader: ByteReader, littleEndian: boolean, memory?: Memory): Element {
  const tag = reader.take(4, "element tag");
  const word = new DataView(tag.buffer, tag.byteOffset, 4).getUint32(0, littleEndian);
  // Small format: type and size share a word, and the data fill the other half of the tag.
  const small = word >>> 16;
  if (small > 4) throw unexpected(reader.file, "a small element of at most 4 bytes", `${small} bytes`);
  if (small > 0) {
    return { type: word & 0xffff, data: reader.take(4, "small element").subarray(0, small) };
  }
  const size = reader.uint32("element size", littleEndian);
  const data = reader.take(size, `element of type ${word}`);
  if (word === COMPRESSED) {
    if (memory === undefined) throw unexpected(reader.file, "an element that is compressed once", "twice");
    return inflate(data, reader.file, littleEndian, memory);
  }
  reader.take(Math.min(reader.left, -size & 7), "padding");
  return { type: word, data };
}

function inflate(data: Uint8Array, file: string, littleEndian: boolean, memory: Memory): Element {
  let bytes: Uint8Array;
  try {
    bytes = inflateSync(data, { maxOutputLength: Math.max(1, memory.left) });
    memory.left -= bytes.length;
  } catch (error) {
    if (isTooLarge(error)) throw tooLarge(file, memory.compressed);
    throw unexpected(file, "a whole compressed element", (error as Error).message);
  }
  return readElement(byteReader(bytes, file), littleEndian);
}

function readMatrix(bytes: Uint8Array, file: string, littleEndian: boolean): Matrix {
  const reader = byteReader(bytes, file);
  const flags = readNumbers(reader, littleEndian, "array flags")[0]!;
  const shape = Array.from(readNumbers(reader, littleEndian, "array sizes"));
  if (shape.length < 2 || shape.length > 32) {
    throw unexpected(file, "a matrix of 2 to 32 dimensions", `${shape.length} dimensions`);
  }
  const name = latin1(readElement(reader, littleEndian).data);
  const kind = flags & 0xff;
  const numeric = kind >= FIRST_NUMERIC_CLASS && kind <= LAST_NUMERIC_CLASS;
  const unsupported = !numeric
    ? (CLASSES[kind] ?? `class ${kind}`)
    : (flags & COMPLEX_FLAG) !== 0
      ? "complex"
      : undefined;
  return {
    name,
    ...(unsupported === undefined ? {} : { unsupported }),
    read() {
      const data = Float64Array.from(readNumbers(reader, littleEndian, `numbers of "${name}"`));
      const count = shape.reduce((a, b) => a * b, 1);
      if (data.length !== count) {
        throw unexpected(file, `${count} numbers of "${name}" (${shape.join("×")})`, `${data.length}`);
      }
      return { shape, data: rowMajor(data, shape) };
    },
  };
}

function readNumbers(reader: ByteReader, littleEndian: boolean, what: string): Numbers {
  const { type, data } = readElement(reader, littleEndian);
  const stored = NUMBERS[type];
  if (stored === undefined || data.length % widthOf(stored) !== 0) {
    throw unexpected(reader.file, `${what} as numbers`, `${data.length} bytes of type ${type}`);
  }
  try {
    return decodeNumbers(data, stored, littleEndian);
  } catch (error) {
    throw unexpected(reader.file, "numbers that a double can hold", (error as Error).message);
  }
}
