import fc from "fast-check";
import { expect, test } from "vitest";
import { makeHeap } from "./heap.ts";

test("an empty heap pops -1", () => {
  expect(makeHeap(0).pop()).toBe(-1);
  const heap = makeHeap(2);
  expect(heap.pop()).toBe(-1);
  heap.push(1, 3);
  expect([heap.size(), heap.pop(), heap.pop(), heap.size()]).toEqual([1, 1, -1, 0]);
});

test("a lower key moves an item up, a higher or equal one changes nothing", () => {
  const heap = makeHeap(3);
  heap.push(0, 1);
  heap.push(1, 2);
  heap.push(2, 3);
  heap.push(0, 9);
  heap.push(2, 0);
  expect([heap.pop(), heap.pop(), heap.pop()]).toEqual([2, 0, 1]);
});

test("infinite keys are ordered like any other", () => {
  const heap = makeHeap(3);
  heap.push(0, Infinity);
  heap.push(1, -Infinity);
  heap.push(2, 0);
  expect([heap.pop(), heap.pop(), heap.pop()]).toEqual([1, 2, 0]);
});

test("any sequence of pushes, pops and clears does what a sorted map does", () => {
  const capacity = 8;
  const heap = makeHeap(capacity);
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.tuple(fc.nat(capacity - 1), fc.double({ noNaN: true })) },
    { weight: 4, arbitrary: fc.constant("pop" as const) },
    { weight: 1, arbitrary: fc.constant("clear" as const) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      heap.clear();
      const truth = new Map<number, number>();
      for (const s of steps) {
        if (s === "clear") {
          heap.clear();
          truth.clear();
        } else if (s === "pop") {
          const item = heap.pop();
          if (truth.size === 0) expect(item).toBe(-1);
          else expect(truth.get(item) === Math.min(...truth.values())).toBe(true);
          truth.delete(item);
        } else {
          heap.push(s[0], s[1]);
          truth.set(s[0], Math.min(s[1], truth.get(s[0]) ?? Infinity));
        }
        expect(heap.size()).toBe(truth.size);
      }
    }),
    { seed: 1, numRuns: 500 },
  );
});
