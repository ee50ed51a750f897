import { describe, expect, test } from "vitest";
import { DataError } from "../run/errors.ts";
import { parseNpy } from "./npy.ts";

/** The bytes of a .npy file, as NumPy writes them: the header padded with blanks to a multiple of 64. */
function npy(descr: string, shape: string, body: number[], order = "False", version = 1): Uint8Array {
  const dictionary = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${shape}), }`;
  const lengthBytes = version === 1 ? 2 : 4;
  const used = 8 + lengthBytes + dictionary.length + 1;
  const header = `${dictionary}${" ".repeat((64 - (used % 64)) % 64)}\n`;
  const size = [header.length & 255, header.length >> 8, 0, 0].slice(0, lengthBytes);
  return Uint8Array.from([
    0x93,
    ..."NUMPY".split("").map(code),
    version,
    0,
    ...size,
    ...[...header].map(code),
    ...body,
  ]);
}

function code(character: string): number {
  return character.charCodeAt(0);
}

function bytesOf(values: ArrayBufferView): number[] {
  return Array.from(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}

describe("parseNpy", () => {
  test("reads every common type in its own kind", () => {
    const cases: [string, ArrayBufferView, unknown][] = [
      ["|b1", Uint8Array.of(1, 0), Uint8Array.of(1, 0)],
      ["|u1", Uint8Array.of(255), Uint8Array.of(255)],
      ["|i1", Int8Array.of(-1), Int8Array.of(-1)],
      ["<u2", Uint16Array.of(65535), Uint16Array.of(65535)],
      ["<i2", Int16Array.of(-2), Int16Array.of(-2)],
      ["<u4", Uint32Array.of(2 ** 32 - 1), Uint32Array.of(2 ** 32 - 1)],
      ["<i4", Int32Array.of(-3, 4), Int32Array.of(-3, 4)],
      ["<f4", Float32Array.of(1.5), Float32Array.of(1.5)],
      ["<f8", Float64Array.of(Math.PI), Float64Array.of(Math.PI)],
    ];
    for (const [descr, values, want] of cases) {
      const count = (want as Uint8Array).length;
      expect(parseNpy(npy(descr, `${count},`, bytesOf(values)), "f"), descr).toEqual({
        shape: [count],
        data: want,
      });
    }
  });

  test("64-bit integers become doubles, unless they would be rounded", () => {
    const read = (value: bigint) => parseNpy(npy("<i8", "1,", bytesOf(BigInt64Array.of(value))), "f");
    expect(read(-(2n ** 53n) + 1n).data).toEqual(Float64Array.of(-(2 ** 53) + 1));
    expect(() => read(2n ** 53n + 2n)).toThrow("f: expected numbers that a double can hold");
    expect(parseNpy(npy("<u8", "1,", bytesOf(BigUint64Array.of(7n))), "f").data).toEqual(Float64Array.of(7));
  });

  test("half precision becomes single", () => {
    const halves = [0x3c00, 0xc000, 0x0001, 0x7bff, 0x7c00, 0x8000];
    const data = parseNpy(npy("<f2", "6,", bytesOf(Uint16Array.from(halves))), "f").data;
    expect(data).toEqual(Float32Array.of(1, -2, 2 ** -24, 65504, Infinity, -0));
  });

  test("big-endian numbers are swapped", () => {
    expect(parseNpy(npy(">i4", "1,", [0, 0, 1, 2]), "f").data).toEqual(Int32Array.of(258));
    expect(parseNpy(npy(">f8", "1,", [0x3f, 0xf0, 0, 0, 0, 0, 0, 0]), "f").data).toEqual(Float64Array.of(1));
  });

  test("Fortran order is turned into row-major order", () => {
    const fortran = npy("|u1", "2, 3", [1, 4, 2, 5, 3, 6], "True");
    expect(parseNpy(fortran, "f")).toEqual({ shape: [2, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 6) });
    // a[i, j, k] = 100 i + 10 j + k, first index fastest.
    const cube = [0, 100, 10, 110, 20, 120, 1, 101, 11, 111, 21, 121];
    const want = Uint8Array.of(0, 1, 10, 11, 20, 21, 100, 101, 110, 111, 120, 121);
    expect(parseNpy(npy("|u1", "2, 3, 2", cube, "True"), "f").data).toEqual(want);
  });

  test("versions 2 and 3, scalars and empty arrays are read", () => {
    expect(parseNpy(npy("|u1", "1,", [7], "False", 2), "f").data[0]).toBe(7);
    expect(parseNpy(npy("|u1", "1,", [7], "False", 3), "f").data[0]).toBe(7);
    expect(parseNpy(npy("|u1", "", [7]), "f")).toEqual({ shape: [], data: Uint8Array.of(7) });
    expect(parseNpy(npy("<f4", "0, 5", []), "f")).toEqual({ shape: [0, 5], data: new Float32Array(0) });
  });

  test("a damaged file is named, with what was expected and what was found", () => {
    const whole = npy("<f4", "3,", bytesOf(Float32Array.of(1, 2, 3)));
    const errors: [Uint8Array, string][] = [
      [Uint8Array.of(1, 2), "f: expected 6 bytes of .npy magic string at 0, found the end of the data at 2"],
      [
        Uint8Array.from([0x50, 0x4b, 3, 4, 5, 6]),
        "f: expected the .npy magic string 93 4e 55 4d 50 59, found 50 4b",
      ],
      [npy("|u1", "1,", [1], "False", 4), "f: expected .npy version 1, 2 or 3, found version 4"],
      [whole.subarray(0, 30), "bytes of header at 10, found the end of the data at 30"],
      [whole.subarray(0, -1), "f: expected 12 bytes of <f4 numbers of shape (3)"],
      [
        Uint8Array.of(...whole, 0, 0),
        "f: expected the end after <f4 numbers of shape (3), found 2 more bytes",
      ],
      [npy("<c16", "1,", []), "found dtype '<c16'"],
      [npy("|O", "1,", []), "found dtype '|O'"],
      [npy("<U8", "1,", []), "found dtype '<U8'"],
      [npy("|u1", "1,".repeat(65), [1]), "f: expected at most 64 dimensions, found 65"],
      [npy("|u1", "x", []), "f: expected a header with 'shape': (sizes)"],
      [npy("|u1", "1,", [], "Maybe"), "f: expected a header with 'fortran_order'"],
    ];
    for (const [bytes, message] of errors) {
      expect(() => parseNpy(bytes, "f")).toThrow(DataError);
      expect(() => parseNpy(bytes, "f")).toThrow(message);
    }
  });
});
