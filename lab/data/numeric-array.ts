/** What every reader returns: numbers in row-major order, with their shape. */
export type Numbers =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

export interface NumericArray<T extends Numbers = Numbers> {
  readonly shape: readonly number[];
  readonly data: T;
}

/** How a number is stored: signed, unsigned or floating, and its bytes. */
export type Stored = "i1" | "u1" | "i2" | "u2" | "i4" | "u4" | "i8" | "u8" | "f2" | "f4" | "f8";

const CONSTRUCTORS = {
  i1: Int8Array,
  u1: Uint8Array,
  i2: Int16Array,
  u2: Uint16Array,
  i4: Int32Array,
  u4: Uint32Array,
  f4: Float32Array,
  f8: Float64Array,
} as const;

const HOST_IS_LITTLE: boolean = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Bytes of one number. */
export function widthOf(stored: Stored): number {
  return Number(stored[1]);
}

/**
 * Numbers from their bytes, whose length is a multiple of the width. 64-bit integers become doubles and half
 * precision becomes single.
 * @throws RangeError where a 64-bit integer exceeds 2⁵³ and would be rounded.
 */
export function decodeNumbers(bytes: Uint8Array, stored: Stored, littleEndian: boolean): Numbers {
  const width = widthOf(stored);
  if (stored === "i8" || stored === "u8") return decodeLongs(bytes, stored, littleEndian);
  // A copy: aligned for the typed array, and free to be swapped in place. (A Buffer's slice would be a view.)
  const own = new Uint8Array(bytes);
  if (width > 1 && littleEndian !== HOST_IS_LITTLE) swap(own, width);
  if (stored === "f2") return Float32Array.from(new Uint16Array(own.buffer), halfToNumber);
  return new CONSTRUCTORS[stored](own.buffer);
}

/** The same numbers with the last index running fastest, from an array whose first index does (Fortran, MATLAB). */
export function rowMajor<T extends Numbers>(data: T, shape: readonly number[]): T {
  if (shape.length < 2) return data;
  const out = data.slice() as T;
  const index = new Array<number>(shape.length).fill(0);
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((a, b) => a * b, 1));
  let from = 0;
  for (let to = 0; to < out.length; to++) {
    out[to] = data[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return out;
}

function decodeLongs(bytes: Uint8Array, stored: "i8" | "u8", littleEndian: boolean): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float64Array.from({ length: bytes.length / 8 }, (_, i) => {
    const value =
      stored === "i8" ? view.getBigInt64(8 * i, littleEndian) : view.getBigUint64(8 * i, littleEndian);
    if (!Number.isSafeInteger(Number(value))) {
      throw new RangeError(`an integer of at most 2^53, found ${value}`);
    }
    return Number(value);
  });
}

function swap(bytes: Uint8Array, width: number): void {
  for (let start = 0; start < bytes.length; start += width) bytes.subarray(start, start + width).reverse();
}

/** IEEE 754 half precision. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}
