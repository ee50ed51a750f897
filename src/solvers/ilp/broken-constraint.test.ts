import { expect, test } from "vitest";
import { brokenConstraint, describeBroken } from "./broken-constraint.ts";
import { ilpArrays } from "./ilp-model.ts";

const rows = (terms: number[], bounds: object) =>
  ilpArrays("ilp", { variables: terms.length, constraints: [{ terms, ...bounds }] });

test("the rounding of a sum breaks nothing", () => {
  expect(brokenConstraint(rows([0.1, 0.2], { equals: 0.3 }), [1, 1])).toBe(-1);
  expect(brokenConstraint(rows([1e15 / 3, 1e15 / 7], { atMost: 1e15 / 3 + 1e15 / 7 }), [1, 1])).toBe(-1);
});

test("one unit too many or too few is noticed in whole data up to 1e11", () => {
  for (const unit of [1, 1e7, 1e11]) {
    expect(brokenConstraint(rows([unit, 3 * unit], { atMost: 4 * unit - 1 }), [1, 1])).toBe(0);
    expect(brokenConstraint(rows([unit, 3 * unit], { atLeast: unit + 1 }), [1, 0])).toBe(0);
    expect(brokenConstraint(rows([unit, 3 * unit], { equals: 4 * unit }), [1, 1])).toBe(-1);
  }
});

test("NaN breaks every constraint, and the first broken one is named with its bounds and sum", () => {
  const arrays = ilpArrays("ilp", {
    variables: 2,
    constraints: [
      { terms: [1, 1], atMost: 2 },
      { terms: [2, 3], atLeast: 1, atMost: 4 },
    ],
  });
  expect(brokenConstraint(arrays, [Number.NaN, 0])).toBe(0);
  expect(brokenConstraint(arrays, [1, 1])).toBe(1);
  expect(describeBroken(arrays, [1, 1], 1)).toBe("constraint 1, expected a sum in [1, 4], got 5");
});
