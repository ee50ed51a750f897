import { expect, test } from "vitest";
import { keyedRng } from "./keyed-rng.ts";

test("the same key gives the same numbers, and any other key others", () => {
  const keys = [
    [],
    ["a"],
    ["b"],
    ["a", 0],
    ["a", 1],
    ["a", "0"],
    [0, "a"],
    ["a", 0, 0],
    ["ab"],
    ["ba"],
    ["a", "b"],
    [""],
  ];
  const first = keys.map((key) => keyedRng(3, key).bits());
  expect(keys.map((key) => keyedRng(3, key).bits())).toStrictEqual(first);
  expect(new Set(first).size).toBe(keys.length);
  expect(keyedRng(4, ["a"]).bits()).not.toBe(first[1]);
});

test("a hundred thousand names have a hundred thousand streams", () => {
  const words = new Set<string>();
  for (let i = 0; i < 100_000; i++) {
    const stream = keyedRng(0, [`method/${i}`]);
    words.add(`${stream.bits()} ${stream.bits()}`);
  }
  expect(words.size).toBe(100_000);
});
