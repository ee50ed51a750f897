import { expect, test } from "vitest";
import { threefry, threefryStream } from "./threefry.ts";

/** Known answers published with Random123 (file kat_vectors): rounds, counter, key, result. */
const ONES = 0xffffffff;
const PI = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344] as const;

test("20 rounds give the published known answers", () => {
  const out = new Int32Array(2);
  const scramble = (x0: number, x1: number, key0: number, key1: number): string => {
    threefry(key0, key1, x0, x1, 5, out);
    return hex(out);
  };
  expect(scramble(0, 0, 0, 0)).toBe("6b200159 99ba4efe");
  expect(scramble(ONES, ONES, ONES, ONES)).toBe("1cb996fc bb002be7");
  expect(scramble(...PI)).toBe("c4923a9c 483df7a0");
});

test("the stream's first block under key 0 is the published known answer of 13 rounds", () => {
  const out = new Uint32Array(2);
  threefryStream(0, 0, 0, out, 0, 2);
  expect(hex(out)).toBe("9d1c5ec6 8bd50731");
});

test("the stream is 13 rounds of (counter, 0), also where the counter wraps around", () => {
  for (const [key0, key1, counter] of [
    [1, 2, 0],
    [-5, 0x7fffffff, -3],
    [0x1234567, -0x7654321, 0x7ffffffe],
  ] as const) {
    const out = new Uint32Array(12);
    threefryStream(key0, key1, counter, out, 2, 12);
    expect([...out.slice(0, 2)]).toEqual([0, 0]);
    for (let i = 0; i < 5; i++) {
      expect([out[2 + 2 * i], out[3 + 2 * i]]).toEqual(rounds13(key0, key1, (counter + i) | 0));
    }
  }
});

/** The definition, round by round. */
function rounds13(key0: number, key1: number, counter: number): number[] {
  const rotations = [13, 15, 26, 6, 17, 29, 16, 24];
  const keys = [key0, key1, key0 ^ key1 ^ 0x1bd11bda];
  let a = (counter + key0) | 0;
  let b = key1;
  for (let round = 0; round < 13; round++) {
    const by = rotations[round % 8]!;
    a = (a + b) | 0;
    b = ((b << by) | (b >>> (32 - by))) ^ a;
    if (round % 4 === 3) {
      const group = (round + 1) / 4;
      a = (a + keys[group % 3]!) | 0;
      b = (b + keys[(group + 1) % 3]! + group) | 0;
    }
  }
  return [a >>> 0, b >>> 0];
}

function hex(words: ArrayLike<number>): string {
  return Array.from(words, (word) => (word >>> 0).toString(16).padStart(8, "0")).join(" ");
}
