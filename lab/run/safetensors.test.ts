import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeSafetensors, encodeSafetensors, SafetensorsError, tensor } from "./safetensors.ts";

const kinds = [
  Float64Array,
  Float32Array,
  Int32Array,
  Int16Array,
  Int8Array,
  Uint32Array,
  Uint16Array,
  Uint8Array,
];

test("tensors of every kind and shape come back to the same bits, NaN and −0 too", () => {
  const values = [0, -0, 1.5, -3, 255, Number.NaN, Infinity, 1e-310];
  for (const Kind of kinds) {
    const data = Kind.from(values);
    const { tensors, metadata } = decodeSafetensors(
      encodeSafetensors({ a: tensor(data, [2, 4]), empty: tensor(new Kind(0), [0, 3]) }, { note: 'ä "q"' }),
    );
    expect(tensors.a!.data).toStrictEqual(data);
    expect(tensors.a!.shape).toStrictEqual([2, 4]);
    expect(tensors.empty!.shape).toStrictEqual([0, 3]);
    expect(metadata).toStrictEqual({ note: 'ä "q"' });
  }
  const big = { big: tensor(BigInt64Array.of(-1n, 2n ** 62n)), scalar: tensor(Float32Array.of(7), []) };
  expect(decodeSafetensors(encodeSafetensors(big)).tensors).toStrictEqual(big);
});

test("the layout is the published one: length, JSON header, bytes", () => {
  const bytes = encodeSafetensors({ b: tensor(Uint8Array.of(7, 8)), a: tensor(Float32Array.of(1)) });
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  expect(length % 8).toBe(0);
  expect(JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)))).toStrictEqual({
    a: { dtype: "F32", shape: [1], data_offsets: [0, 4] },
    b: { dtype: "U8", shape: [2], data_offsets: [4, 6] },
  });
  expect([...bytes.subarray(8 + length)]).toStrictEqual([0, 0, 128, 63, 7, 8]);
});

test("the order of names does not change the bytes", () => {
  const a = tensor(Float64Array.of(1));
  const b = tensor(Float64Array.of(2));
  expect(encodeSafetensors({ a, b })).toStrictEqual(encodeSafetensors({ b, a }));
});

test("a file cut anywhere, or longer than it says, is an error", () => {
  const bytes = encodeSafetensors({ a: tensor(Float32Array.of(1, 2)) }, { k: "v" });
  for (let n = 0; n < bytes.length; n++) {
    expect(() => decodeSafetensors(bytes.subarray(0, n))).toThrow(SafetensorsError);
  }
  expect(() => decodeSafetensors(Uint8Array.of(...bytes, 0))).toThrow(SafetensorsError);
});

test("any bytes give a file or a SafetensorsError, nothing else", () => {
  const bytes = encodeSafetensors({ a: tensor(Float32Array.of(1, 2)) }, { k: "v" });
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
      const broken = bytes.slice();
      broken[at] = value;
      try {
        decodeSafetensors(broken);
      } catch (error) {
        expect(error).toBeInstanceOf(SafetensorsError);
      }
    }),
    { numRuns: 2000, seed: 1 },
  );
});

/** A file whose header says anything, and whose bytes count up. */
function stating(header: string, size: number): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = Uint8Array.from({ length: 8 + text.length + size }, (_, i) => i);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

test("tensors that overlap or leave a hole are errors, in whatever order they are named", () => {
  const header = (a: string, b: string): string =>
    `{"a":{"dtype":"U8","shape":[2],"data_offsets":${a}},"b":{"dtype":"U8","shape":[2],"data_offsets":${b}}}`;
  expect(Object.keys(decodeSafetensors(stating(header("[2,4]", "[0,2]"), 4)).tensors)).toHaveLength(2);
  for (const [a, b, message] of [
    ["[0,2]", "[0,2]", '"b" expected to begin at byte 2, begins at 0'],
    ["[3,5]", "[0,2]", '"a" expected to begin at byte 2, begins at 3'],
    ["[1,3]", "[0,2]", '"a" expected to begin at byte 2, begins at 1'],
  ] as const) {
    expect(() => decodeSafetensors(stating(header(a, b), 5))).toThrow(new SafetensorsError(message));
  }
});

test("a tensor of any name comes back", () => {
  const bytes = encodeSafetensors(Object.fromEntries([["__proto__", tensor(Uint8Array.of(7))]]));
  expect(Object.entries(decodeSafetensors(bytes).tensors)).toStrictEqual([
    ["__proto__", tensor(Uint8Array.of(7))],
  ]);
});

test("a shape must have the data's number of entries", () => {
  expect(() => tensor(new Float32Array(3), [2])).toThrow(RangeError);
  expect(() => tensor(new Float32Array(3), [-3])).toThrow(RangeError);
  expect(() => tensor([1, 2] as unknown as Float32Array)).toThrow(TypeError);
});
