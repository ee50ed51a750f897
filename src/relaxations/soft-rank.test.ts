import { describe, expect, test } from "vitest";
import { expectClose } from "../../test/golden.ts";
import { hullInfeasibility, relaxationConformance } from "../../test/relaxation-conformance.ts";
import { rng } from "../core/rng.ts";
import { ranking } from "../structures/ranking.ts";
import { softRank } from "./soft-rank.ts";
import { softSort } from "./soft-sort.ts";
import { sparseMap } from "./sparse-map.ts";

for (const regularization of ["quadratic", "entropic"] as const) {
  relaxationConformance(`softRank, ${regularization}`, () => softRank(5, { regularization }), {
    uniform: new Float64Array(5).fill(3),
    infeasibility: (x) => hullInfeasibility(ranking(5), x),
  });
  relaxationConformance(`softRank of 3 of 5, ${regularization}`, () => softRank(5, { regularization }), {
    context: { lengths: [3] },
    infeasibility: (x) => hullInfeasibility(ranking(5), x, { lengths: [3] }),
  });
  relaxationConformance(`softSort, ${regularization}`, () => softSort(4, { regularization }), {
    symmetric: false,
    infeasibility: (x) =>
      Math.max(0, ...x.slice(1).map((value, i) => x[i]! - value - 1e-9 * Math.abs(value))),
  });
  relaxationConformance(`softSort of 3 of 4, ${regularization}`, () => softSort(4, { regularization }), {
    symmetric: false,
    context: { lengths: [3] },
    infeasibility: (x) => Math.abs(x[3]!),
  });
}

const row = (make: typeof softRank, u: number[], t: number, regularization?: "entropic"): Float64Array => {
  const x = new Float64Array(u.length);
  make(u.length, regularization && { regularization }).relax(Float64Array.from(u), t, x);
  return x;
};

describe("softRank", () => {
  test("has the published values", () => {
    expectClose(row(softRank, [5, 1, 2], 2), [3, 1.25, 1.75], { rel: 0, abs: 1e-15 });
  });

  test("quadratic is the Euclidean projection, by another method", () => {
    const r = rng(3);
    for (const t of [0.3, 1, 4]) {
      const u = Float64Array.from({ length: 6 }, () => 2 * r.normal());
      const [x, y] = [new Float64Array(6), new Float64Array(6)];
      softRank(6).relax(u, t, x);
      sparseMap(ranking(6)).relax(u, t, y);
      expectClose(x, y, { rel: 1e-10, abs: 1e-10 });
    }
  });

  test("entropic is the best point of the permutahedron", () => {
    const r = rng(4);
    const relaxation = softRank(4, { regularization: "entropic" });
    const u = Float64Array.from({ length: 4 }, () => 2 * r.normal());
    const value = (x: ArrayLike<number>): number => {
      const f = new Float64Array(1);
      relaxation.regularizer!(Float64Array.from(x), f);
      return Float64Array.from(x).reduce((sum, v, i) => sum + v * u[i]!, 0) - 0.7 * f[0]!;
    };
    const x = new Float64Array(4);
    relaxation.relax(u, 0.7, x);
    const best = value(x);
    // Towards every corner, the objective falls.
    for (const z of ranking(4).states()) {
      expect(value(x.map((v, i) => v + 1e-3 * (z[i]! - v)))).toBeLessThan(best + 1e-12);
    }
  });

  test("equal numbers share their ranks, and excluded ones have none", () => {
    expect(Array.from(row(softRank, [1, 1, 1], 1e-3))).toEqual([2, 2, 2]);
    expect(Array.from(row(softRank, [7, -Infinity, 7, 0], 0.1))).toEqual([2.5, 0, 2.5, 1]);
    expect(Array.from(row(softRank, [-Infinity, -Infinity], 1))).toEqual([0, 0]);
    expect(softRank(0).structure.shape).toEqual([0]);
  });

  test("numbers of 1e4 at small temperatures keep exact ranks", () => {
    expect(Array.from(row(softRank, [1e4, -1e4, 9999.9], 1e-6))).toEqual([3, 1, 2]);
    expectClose(row(softRank, [1e4, -1e4, 9999.9], 1e-6, "entropic"), [3, 1, 2], { rel: 1e-14, abs: 0 });
  });
});

describe("softSort", () => {
  test("has the published values, and means for large temperatures", () => {
    expectClose(row(softSort, [5, 1, 2], 1), [5 / 3, 8 / 3, 11 / 3], { rel: 1e-15, abs: 0 });
    expectClose(row(softSort, [5, 1, 2], 0.1), [1, 2, 5], { rel: 1e-15, abs: 0 });
    expectClose(row(softSort, [5, 1, 2], 1e9), [8 / 3, 8 / 3, 8 / 3], { rel: 1e-8, abs: 0 });
    const soft = -Math.log((Math.exp(-5) + Math.exp(-1) + Math.exp(-2)) / 3);
    expectClose(row(softSort, [5, 1, 2], 1e9, "entropic"), [soft, soft, soft], { rel: 1e-8, abs: 0 });
  });

  test("leaves excluded numbers out, keeps the sum, and has no objective", () => {
    expect(Array.from(row(softSort, [3, -Infinity, 1], 0.1))).toEqual([1, 3, 0]);
    const r = rng(5);
    const u = Array.from({ length: 50 }, () => r.normal());
    const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0);
    expectClose(sum(row(softSort, u, 3)), sum(u), { rel: 0, abs: 1e-10 });
    expect(softSort(3)).not.toHaveProperty("objective");
    expect(() => softSort(3, { regularization: "l2" as "quadratic" })).toThrow(RangeError);
    expect(() => softRank(3, { epsilon: 1 } as object)).toThrow(TypeError);
  });
});
