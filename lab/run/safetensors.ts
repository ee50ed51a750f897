/**
 * The safetensors format: eight bytes of header length (little endian), a JSON header, the tensors' bytes one after
 * the other. Written with names sorted and the header padded to eight bytes, so that equal contents are equal bytes.
 * As typed arrays are, it is for little-endian machines.
 */
import { isObject } from "./json.ts";

const KINDS = {
  F64: Float64Array,
  F32: Float32Array,
  I64: BigInt64Array,
  I32: Int32Array,
  I16: Int16Array,
  I8: Int8Array,
  U64: BigUint64Array,
  U32: Uint32Array,
  U16: Uint16Array,
  U8: Uint8Array,
} as const;

export type Dtype = keyof typeof KINDS;
export type TensorData =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | Int32Array
  | Int16Array
  | Int8Array
  | BigUint64Array
  | Uint32Array
  | Uint16Array
  | Uint8Array;

export interface Tensor {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly data: TensorData;
}
export type Tensors = Readonly<Record<string, Tensor>>;

export interface SafetensorsFile {
  readonly tensors: Tensors;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The bytes are not a safetensors file. */
export class SafetensorsError extends Error {
  override readonly name = "SafetensorsError";
}

/**
 * Makes a tensor of a typed array; `shape` defaults to one dimension.
 * @throws RangeError if the shape has another number of entries, TypeError if the array's kind is unknown.
 */
export function tensor(data: TensorData, shape: readonly number[] = [data.length]): Tensor {
  const dtype = (Object.keys(KINDS) as Dtype[]).find((name) => data instanceof KINDS[name]);
  if (dtype === undefined) throw new TypeError("tensor: data expected a typed array");
  if (!isShape(shape) || count(shape) !== data.length) {
    throw new RangeError(`tensor: shape [${shape.join(", ")}] expected ${data.length} entries`);
  }
  return { dtype, shape, data };
}

export function encodeSafetensors(
  tensors: Tensors,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const names = Object.keys(tensors).sort();
  // Without a prototype: a tensor may have any name.
  const header: Record<string, unknown> = Object.create(null);
  if (Object.keys(metadata).length > 0) header.__metadata__ = metadata;
  let offset = 0;
  for (const name of names) {
    if (name === "__metadata__") throw new RangeError("safetensors: a tensor cannot be named __metadata__");
    const { dtype, shape, data } = tensors[name]!;
    header[name] = { dtype, shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  let text = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil(text.length / 8) * 8;
  if (padded > text.length) {
    const wider = new Uint8Array(padded).fill(0x20);
    wider.set(text);
    text = wider;
  }
  const out = new Uint8Array(8 + padded + offset);
  new DataView(out.buffer).setBigUint64(0, BigInt(padded), true);
  out.set(text, 8);
  let at = 8 + padded;
  for (const name of names) {
    const { data } = tensors[name]!;
    out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return out;
}

/** @throws SafetensorsError that says what is wrong; every tensor is a copy. */
export function decodeSafetensors(bytes: Uint8Array): SafetensorsFile {
  if (bytes.length < 8) throw new SafetensorsError(`expected at least 8 bytes, got ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = Number(view.getBigUint64(0, true));
  const start = 8 + headerLength;
  if (start > bytes.length) {
    throw new SafetensorsError(
      `the header says ${headerLength} bytes, the file has ${bytes.length - 8} more`,
    );
  }
  const { __metadata__: metadata = {}, ...entries } = parseHeader(bytes.subarray(8, start));
  if (!isObject(metadata) || Object.values(metadata).some((value) => typeof value !== "string")) {
    throw new SafetensorsError("__metadata__ is not a map of strings");
  }
  const tensors: [string, Tensor][] = [];
  let used = 0;
  for (const [name, entry] of inOrder(entries)) {
    const [from, to] = entry.data_offsets;
    if (from !== used) {
      throw new SafetensorsError(`"${name}" expected to begin at byte ${used}, begins at ${from}`);
    }
    const Kind = KINDS[entry.dtype];
    if (to - from !== count(entry.shape) * Kind.BYTES_PER_ELEMENT || start + to > bytes.length) {
      throw new SafetensorsError(
        `"${name}" expected ${entry.dtype} [${entry.shape.join(", ")}] in bytes ${from} to ${to} of ${bytes.length - start}`,
      );
    }
    // A copy: the format does not promise the alignment that a view needs, and a view would keep the file alive.
    // Not `slice`, which on a Buffer is a view.
    const copy = new Uint8Array(bytes.subarray(start + from, start + to));
    tensors.push([name, { dtype: entry.dtype, shape: entry.shape, data: new Kind(copy.buffer) }]);
    used = to;
  }
  if (start + used !== bytes.length) {
    throw new SafetensorsError(`the tensors have ${used} bytes, the file ${bytes.length - start}`);
  }
  return { tensors: Object.fromEntries(tensors), metadata: metadata as Record<string, string> };
}

interface Entry {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  try {
    const header: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (isObject(header)) return header;
  } catch {
    // Fall through to the one message.
  }
  throw new SafetensorsError("the header is not a JSON object");
}

/** By where their bytes lie: tensors follow one another without gaps, those without bytes where another begins. */
function inOrder(entries: Record<string, unknown>): [string, Entry][] {
  return Object.entries(entries)
    .map(([name, entry]): [string, Entry] => {
      if (!isEntry(entry)) throw new SafetensorsError(`the header's entry "${name}" is malformed`);
      return [name, entry];
    })
    .sort(([, { data_offsets: a }], [, { data_offsets: b }]) => a[0] - b[0] || a[1] - b[1]);
}

function isEntry(value: unknown): value is Entry {
  if (!isObject(value)) return false;
  const { dtype, shape, data_offsets: offsets } = value as Record<string, unknown>;
  return (
    typeof dtype === "string" &&
    Object.hasOwn(KINDS, dtype) &&
    isShape(shape) &&
    isShape(offsets) &&
    offsets.length === 2 &&
    offsets[0]! <= offsets[1]!
  );
}

function isShape(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

function count(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}
