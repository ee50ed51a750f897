import { expect, test } from "vitest";
import { structureConformance } from "../../test/conformance.ts";
import { ranking } from "./ranking.ts";

for (const n of [1, 2, 4]) structureConformance(`ranking of ${n}`, () => ranking(n));
structureConformance("ranking of 3 of 4", () => ranking(4), { context: { lengths: [3] } });

const ranks = (...theta: number[]): number[] => {
  const z = new Float64Array(theta.length);
  ranking(theta.length).map(Float64Array.from(theta), z);
  return Array.from(z);
};

test("is ascending, the lower index higher on ties, and excluded numbers have rank 0", () => {
  expect(ranks(0.3, -2, 7, 1)).toEqual([2, 1, 4, 3]);
  expect(ranks(1, 1, 1)).toEqual([3, 2, 1]);
  expect(ranks(4, -Infinity, 2)).toEqual([2, 0, 1]);
  expect(ranks(-Infinity)).toEqual([0]);
  expect(ranks()).toEqual([]);
});

test("has n! states, and one where there is nothing to rank", () => {
  expect(Array.from(ranking(4).states())).toHaveLength(24);
  expect(Array.from(ranking(0).states())).toEqual([new Float64Array(0)]);
  expect(Array.from(ranking(3).states({ lengths: [1] }))).toEqual([Float64Array.of(1, 0, 0)]);
});
