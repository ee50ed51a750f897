import { describe, expect, test } from "vitest";
import { rng } from "../../src/index.ts";
import { expectClose } from "../../test/golden.ts";
import { leastSquares } from "./least-squares.ts";
import type { NormalEquations } from "./library.ts";
import { thresholdedTerms } from "./model.ts";
import { exchangeLoss, ridgeLoss } from "./subset-loss.ts";

const COUNT = 40;

/** y = 2 a₀ − 3 a₂ + noise on 5 random columns of different sizes; column 4 repeats column 1. */
function problem(noise: number): NormalEquations & { columns: Float64Array[]; y: Float64Array } {
  const r = rng(5);
  const columns = [1, 10, 0.1, 3].map((size) =>
    Float64Array.from({ length: COUNT }, () => size * r.normal()),
  );
  columns.push(columns[1]!.map((a) => -2 * a));
  const y = columns[0]!.map((a, i) => 2 * a - 3 * columns[2]![i]! + noise * r.normal());
  const mean = (a: Float64Array, b: Float64Array) => a.reduce((sum, x, i) => sum + x * b[i]!, 0) / COUNT;
  return {
    names: ["a", "b", "c", "d", "e"],
    count: COUNT,
    gram: Float64Array.from({ length: 25 }, (_, p) => mean(columns[Math.floor(p / 5)]!, columns[p % 5]!)),
    moment: Float64Array.from(columns, (a) => mean(a, y)),
    square: mean(y, y),
    columns,
    y,
  };
}

describe("leastSquares", () => {
  test("finds coefficients whose residual is orthogonal to the chosen columns", () => {
    const p = problem(0.5);
    const c = new Float64Array(5);
    const share = leastSquares(p).fit([3, 0, 2], c);
    const residual = p.y.map((y, i) => y - c.reduce((sum, x, j) => sum + x * p.columns[j]![i]!, 0));
    for (const j of [0, 2, 3]) {
      expect(residual.reduce((sum, x, i) => sum + x * p.columns[j]![i]!, 0)).toBeCloseTo(0, 11);
    }
    expectClose(share, residual.reduce((sum, x) => sum + x * x, 0) / COUNT / p.square, {
      rel: 1e-11,
      abs: 0,
    });
    expect([c[1], c[4]]).toEqual([0, 0]);
  });

  test("an exact relation is found exactly and leaves nothing unexplained", () => {
    const c = new Float64Array(5);
    expect(leastSquares(problem(0)).fit([0, 2], c)).toBeLessThan(1e-14);
    expectClose(c, [2, 0, -3, 0, 0], { rel: 1e-12, abs: 0 });
  });

  test("a column that the others span gets no coefficient", () => {
    const p = problem(0.5);
    const c = new Float64Array(5);
    expectClose(leastSquares(p).fit([1, 4], c), leastSquares(p).fit([1]), { rel: 1e-12, abs: 0 });
    expect(Math.abs(c[4]!)).toBe(0);
    expect(leastSquares(p).fit([])).toBe(1);
  });

  test("a ridge penalty is added for columns of mean square 1", () => {
    const p = problem(0.5);
    const c = new Float64Array(5);
    leastSquares(p, 0.2).fit([1], c);
    expectClose(c[1]!, p.moment[1]! / p.gram[6]! / 1.2, { rel: 1e-13, abs: 0 });
  });
});

describe("exchangeLoss", () => {
  test("is the unexplained share, and its gradient what each term changes", () => {
    const p = problem(0.5);
    const { fit } = leastSquares(p);
    const { value, gradient } = exchangeLoss(p)(Float64Array.of(1, 1, 0, 0, 0, 0, 0, 1, 1, 0));
    expectClose(value, [fit([0, 1]), fit([2, 3])], { rel: 1e-13, abs: 0 });
    const want = [
      fit([0, 1]) - fit([1]),
      fit([0, 1]) - fit([0]),
      ...[2, 3, 4].map((i) => fit([0, 1, i]) - fit([0, 1])),
    ];
    expectClose(gradient.slice(0, 5), want, { rel: 1e-12, abs: 1e-15 });
    expect(gradient.every((g) => g <= 1e-15)).toBe(true);
  });
});

describe("ridgeLoss", () => {
  test("its gradient is that of the notebook: 2 c_i mean((fit − y) a_i) at the ridge solution", () => {
    const p = problem(0.5);
    const ridge = 0.3;
    const c = new Float64Array(5);
    leastSquares(p, ridge).fit([0, 3], c);
    const { gradient } = ridgeLoss(p, ridge)(Float64Array.of(1, 0, 0, 1, 0));
    const direct = p.columns.map((column, i) => {
      const excess = column.reduce((sum, a, s) => {
        const fitted = c.reduce((total, x, j) => total + x * p.columns[j]![s]!, 0);
        return sum + a * (fitted - p.y[s]!);
      }, 0);
      return (2 * c[i]! * excess) / COUNT;
    });
    expectClose(gradient, direct, { rel: 1e-10, abs: 1e-13 });
    expect(Array.from(gradient).map(Math.sign)).toEqual([-1, 0, 0, -1, 0].map((s) => s || -0));
  });
});

test("thresholding drops small coefficients until none is left", () => {
  expect(thresholdedTerms(problem(0.01), 0.5)).toEqual([0, 2]);
  expect(thresholdedTerms(problem(0.01), 100)).toEqual([]);
});
