import { expect, test } from "vitest";
import { rng } from "../../core/rng.ts";
import { tour } from "../../structures/tour.ts";
import { largeTour, loadHighs } from "../ilp.ts";

const highs = await loadHighs();

test("a mask excludes edges as -Infinity does, row by row, and leaves no trace", () => {
  const r = rng(1);
  const n = 7;
  const rows = 4;
  const theta = Float64Array.from({ length: (rows * n * (n - 1)) / 2 }, () => -Math.round(1e6 * r.uniform()));
  const mask = theta.map(() => (r.uniform() < 0.15 ? 0 : 1));
  const structure = largeTour(highs, n);
  for (const context of [{ mask }, undefined]) {
    const [z, truth] = [theta.slice(), theta.slice()];
    structure.map(theta, z, context);
    tour(n).map(theta, truth, context);
    expect(z).toEqual(truth);
  }
  structure.dispose();
});

test("rows whose mask leaves no tour are infeasible", () => {
  const structure = largeTour(highs, 3);
  const theta = new Float64Array(6);
  expect(() => structure.map(theta, theta, { mask: [1, 1, 1, 1, 0, 1] })).toThrow(
    new RangeError("largeTour: row 1 is infeasible"),
  );
  structure.dispose();
});

test("contexts that say anything else are refused", () => {
  const structure = largeTour(highs, 3);
  const theta = new Float64Array(3);
  for (const [context, error] of [
    [null, new TypeError("largeTour: context expected an object, got null")],
    [{ vertices: [3] }, new TypeError('largeTour: unknown option "vertices" of context, expected mask')],
    [
      { mask: [true, true, true] },
      new TypeError("largeTour: context.mask at 0 expected a number, got Boolean"),
    ],
    [{ mask: [1, 1] }, new RangeError("largeTour: context.mask expected 3 entries, got 2")],
    [
      { mask: [1, Number.NaN, 1] },
      new RangeError("largeTour: context.mask expected numbers, 0 to exclude, got NaN at 1"),
    ],
  ] as const) {
    expect(() => structure.map(theta, theta, context as never)).toThrow(error);
  }
  structure.dispose();
});

test("whatever is not HiGHS as the first argument is told where HiGHS comes from", () => {
  expect(() => (largeTour as unknown as (n: number) => unknown)(5)).toThrow(
    new TypeError("largeTour: the first argument expected what `await loadHighs()` returns, got Number"),
  );
});
