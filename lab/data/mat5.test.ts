import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { DataError } from "../run/errors.ts";
import { parseMat5 } from "./mat5.ts";

type Word = (value: number, bytes: number) => number[];
const little: Word = (value, bytes) => Array.from({ length: bytes }, (_, i) => (value >>> (8 * i)) & 255);
const big: Word = (value, bytes) => little(value, bytes).reverse();

function header(word: Word): number[] {
  const text = "MATLAB 5.0 MAT-file, by hand".padEnd(116);
  return [...text].map((c) => c.charCodeAt(0)).concat(Array(8).fill(0), word(0x0100, 2), word(0x4d49, 2));
}

/** Tag, data, padding to 8 bytes; up to 4 bytes of data in the small format. */
function element(word: Word, type: number, data: number[], small = false): number[] {
  if (small) {
    const halves =
      word === little
        ? [...word(type, 2), ...word(data.length, 2)]
        : [...word(data.length, 2), ...word(type, 2)];
    return [...halves, ...data, ...Array(4 - data.length).fill(0)];
  }
  return [...word(type, 4), ...word(data.length, 4), ...data, ...Array(-data.length & 7).fill(0)];
}

interface Variable {
  readonly name: string;
  readonly kind: number;
  readonly shape: number[];
  readonly stored: number;
  readonly data: number[];
}

function matrix(word: Word, v: Variable): number[] {
  const name = [...v.name].map((c) => c.charCodeAt(0));
  return element(word, 14, [
    ...element(word, 6, [...word(v.kind, 4), ...word(0, 4)]),
    ...element(
      word,
      5,
      v.shape.flatMap((n) => word(n, 4)),
    ),
    ...element(word, 1, name, name.length > 0 && name.length <= 4),
    ...element(word, v.stored, v.data, v.data.length > 0 && v.data.length <= 4),
  ]);
}

/** IEEE doubles of small integers, most significant byte first. */
function doubles(word: Word, ...values: number[]): number[] {
  return values.flatMap((value) => {
    const bytes = Array.from(new Uint8Array(Float64Array.of(value).buffer));
    return word === little ? bytes : bytes.reverse();
  });
}

/** A 2 × 3 matrix in MATLAB's order: columns after each other. */
const uu = (word: Word): Variable => ({
  name: "uu",
  kind: 6,
  shape: [2, 3],
  stored: 9,
  data: doubles(word, 1, 4, 2, 5, 3, 6),
});
const WANT = { shape: [2, 3], data: Float64Array.of(1, 2, 3, 4, 5, 6) };

describe("parseMat5", () => {
  for (const [name, word] of [
    ["little", little],
    ["big", big],
  ] as const) {
    test(`reads a ${name}-endian matrix of doubles, row by row`, () => {
      const file = Uint8Array.from([...header(word), ...matrix(word, uu(word))]);
      expect(parseMat5(file, "f", ["uu"])).toEqual({ uu: WANT });
    });

    test(`reads ${name}-endian doubles that are stored as small integers`, () => {
      const tt = {
        name: "longer name",
        kind: 6,
        shape: [1, 2],
        stored: 3,
        data: [...word(3, 2), ...word(-4 >>> 0, 2)],
      };
      const file = Uint8Array.from([...header(word), ...matrix(word, tt)]);
      expect(parseMat5(file, "f", ["longer name"])).toEqual({
        "longer name": { shape: [1, 2], data: Float64Array.of(3, -4) },
      });
    });
  }

  test("reads compressed elements, which are not padded", () => {
    const zip = (v: Variable) => {
      const bytes = Array.from(deflateSync(Uint8Array.from(matrix(little, v))));
      return [...little(15, 4), ...little(bytes.length, 4), ...bytes];
    };
    const single = { name: "s", kind: 7, shape: [1, 1], stored: 7, data: [0, 0, 0xc0, 0x3f] };
    const file = Uint8Array.from([...header(little), ...zip(uu(little)), ...zip(single)]);
    expect(parseMat5(file, "f", ["s", "uu"])).toEqual({
      s: { shape: [1, 1], data: Float64Array.of(1.5) },
      uu: WANT,
    });
  });

  test("many small bombs are one large, and nothing is compressed twice", () => {
    const zipped = (bytes: Uint8Array): Buffer => {
      const data = deflateSync(bytes);
      return Buffer.concat([Buffer.from([...little(15, 4), ...little(data.length, 4)]), data]);
    };
    const large = new Uint8Array(2 ** 25);
    new DataView(large.buffer).setUint32(0, 2, true);
    new DataView(large.buffer).setUint32(4, large.length - 8, true);
    const bomb = zipped(large);
    const start = Buffer.from(header(little));
    expect(() => parseMat5(Buffer.concat([start, bomb, bomb, bomb]), "f", [])).toThrow("would fill memory");
    expect(() => parseMat5(Buffer.concat([start, zipped(bomb)]), "f", [])).toThrow(
      "compressed once, found twice",
    );
  });

  test("reads integer classes and empty matrices, and passes over what is not asked for", () => {
    const file = Uint8Array.from([
      ...header(little),
      ...matrix(little, { name: "text", kind: 4, shape: [1, 2], stored: 16, data: [65, 66] }),
      ...matrix(little, { name: "i", kind: 8, shape: [2, 1], stored: 1, data: [255, 2] }),
      ...matrix(little, { name: "none", kind: 6, shape: [0, 0], stored: 9, data: [] }),
    ]);
    expect(parseMat5(file, "f", ["i", "none"])).toEqual({
      i: { shape: [2, 1], data: Float64Array.of(-1, 2) },
      none: { shape: [0, 0], data: new Float64Array(0) },
    });
    expect(() => parseMat5(file, "f", ["text"])).toThrow(
      'f: expected "text" to be a real numeric array, found a char array',
    );
  });

  test("a damaged file is named, with what was expected and what was found", () => {
    const whole = [...header(little), ...matrix(little, uu(little))];
    const compressed = Array.from(deflateSync(Uint8Array.from(matrix(little, uu(little)))));
    const complex = matrix(little, { ...uu(little), kind: 6 + 0x0800 });
    const short = matrix(little, { ...uu(little), shape: [3, 3] });
    const errors: [number[], string][] = [
      [[1, 2, 3], "f: expected 128 bytes of MAT-file header at 0, found the end of the data at 3"],
      [Array(200).fill(7), "f: expected a level 5 MAT-file header"],
      [whole.with(125, 2), "f: expected MAT-file level 5 (save with -v7, not -v7.3), found MATLAB 5.0"],
      [whole.slice(0, -5), "bytes of element of type 14 at 136, found the end of the data"],
      [header(little), 'f: expected a variable "uu", found no variables'],
      [[...header(little), ...complex], "found a complex array"],
      [[...header(little), ...short], 'f: expected 9 numbers of "uu" (3×3), found 6'],
      [
        [...header(little), ...little(15, 4), ...little(20, 4), ...compressed.slice(0, 20)],
        "f: expected a whole compressed element",
      ],
    ];
    for (const [bytes, message] of errors) {
      expect(() => parseMat5(Uint8Array.from(bytes), "f", ["uu"])).toThrow(DataError);
      expect(() => parseMat5(Uint8Array.from(bytes), "f", ["uu"])).toThrow(message);
    }
  });
});
