import { expect, test } from "vitest";
import { unionFind } from "./union-find.ts";

test("sets are joined once, and found by their representative", () => {
  const sets = unionFind(5);
  sets.reset(5);
  expect(sets.union(0, 1)).toBe(true);
  expect(sets.union(3, 4)).toBe(true);
  expect(sets.union(1, 0)).toBe(false);
  expect(sets.find(0)).toBe(sets.find(1));
  expect(sets.find(0)).not.toBe(sets.find(3));
  expect(sets.union(4, 0)).toBe(true);
  expect(new Set([0, 1, 3, 4].map(sets.find)).size).toBe(1);
  expect(sets.find(2)).toBe(2);
});

test("reset forgets, for as many elements as are wanted", () => {
  const sets = unionFind(3);
  sets.reset(3);
  sets.union(0, 2);
  sets.reset(2);
  expect(sets.union(0, 1)).toBe(true);
  sets.reset(3);
  expect(sets.find(2)).toBe(2);
  expect(sets.union(1, 0)).toBe(true);
});
