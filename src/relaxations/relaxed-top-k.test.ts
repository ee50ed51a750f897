import { describe, expect, test } from "vitest";
import { expectClose } from "../../test/golden.ts";
import { relaxationConformance } from "../../test/relaxation-conformance.ts";
import { rng } from "../core/rng.ts";
import { kSubset } from "../structures/k-subset.ts";
import { relaxedTopK } from "./relaxed-top-k.ts";

describe("relaxedTopK", () => {
  for (const [n, k] of [
    [1, 1],
    [2, 1],
    [5, 2],
    [6, 5],
    [4, 4],
    [3, 0],
    [12, 4],
  ] as const) {
    relaxationConformance(`relaxedTopK(kSubset(${n}, ${k}))`, () => relaxedTopK(kSubset(n, k)), {
      infeasibility: (x) => Math.max(Math.abs(x.reduce((a, b) => a + b, 0) - k), ...x.map((p) => -p)),
      uniform: new Float64Array(n).fill(k / n),
      symmetric: false,
    });
  }

  test("agrees with the published algorithm, written out", () => {
    const r = rng(1);
    for (const t of [0.3, 0.5, 1, 4]) {
      const u = Array.from({ length: 7 }, () => r.normal());
      let alpha = u.slice();
      const want = new Array(7).fill(0);
      for (let j = 0; j < 3; j++) {
        const weights = alpha.map((a) => Math.exp(a / t));
        const total = weights.reduce((a, b) => a + b, 0);
        const p = weights.map((w) => w / total);
        for (let i = 0; i < 7; i++) want[i] += p[i]!;
        alpha = alpha.map((a, i) => a + Math.log(1 - p[i]!));
      }
      const x = new Float64Array(7);
      relaxedTopK(kSubset(7, 3)).relax(Float64Array.from(u), t, x);
      expectClose(x, want, { rel: 1e-10, abs: 1e-12 });
    }
  });

  test("an entry may exceed 1", () => {
    const y = new Float64Array(2);
    relaxedTopK(kSubset(2, 2)).relax(Float64Array.of(2, 0), 3, y);
    expect(Math.max(...y)).toBeGreaterThan(1);
  });

  test("a product that ties at a low temperature make too large is an error, and nothing is written", () => {
    const relaxation = relaxedTopK(kSubset(9, 5));
    const tied = [2, 1, 2, 1, 1, 2, 2, 1, 2];
    const u = Float64Array.of(...tied.keys(), ...tied, ...tied);
    const g = u.map((_, i) => Math.sin(i));
    for (const kind of [Float64Array, Float32Array]) {
      const out = new kind(u.length).fill(7);
      const product = (t: number) => () => relaxation.vjp(kind.from(u), t, kind.from(g), out);
      expect(product(1e-100)).toThrow(
        new RangeError("relaxedTopK: row 1 has ties whose product overflows at temperature 1e-100"),
      );
      expect(out.every((x) => x === 7)).toBe(true);
      product(1e-3)();
      expect(out.every(Number.isFinite)).toBe(true);
    }
  });

  test("context, excluded elements and infeasible rows are the structure's", () => {
    const relaxation = relaxedTopK(kSubset(4, 2));
    const x = new Float64Array(8);
    const u = Float64Array.of(0.1, -Infinity, 0.4, 0.2, 1, 2, 3, 4);
    relaxation.relax(u, 1, x, { k: [2, 1], lengths: [4, 3], mask: [1, 1, 1, 1, 1, 0, 1, 1] });
    expect(Array.from(x, (p) => p > 0)).toEqual([true, false, true, true, true, false, true, false]);
    expect(x.slice(4).reduce((a, b) => a + b)).toBeCloseTo(1, 12);
    expect(() => relaxation.relax(u, 1, x, { k: [4, 1] })).toThrow(/row 0/);
    expect(() => relaxedTopK({ name: "matching", shape: [2, 2], map: () => {} })).toThrow(TypeError);
  });
});
