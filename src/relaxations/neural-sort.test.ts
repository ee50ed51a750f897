import { describe, expect, test } from "vitest";
import { expectClose } from "../../test/golden.ts";
import { relaxationConformance } from "../../test/relaxation-conformance.ts";
import { rng } from "../core/rng.ts";
import { sortingPermutation } from "../structures/sorting-permutation.ts";
import { neuralSort } from "./neural-sort.ts";

describe("neuralSort", () => {
  for (const n of [1, 2, 3, 7]) {
    relaxationConformance(`neuralSort(${n})`, () => neuralSort(n), {
      infeasibility: (x) => {
        let worst = Math.max(...x.map((p) => Math.max(-p, p - 1)));
        for (let i = 0; i < n; i++) {
          const sum = x.slice(i * n, (i + 1) * n).reduce((a, b) => a + b, 0);
          worst = Math.max(worst, Math.abs(sum - 1));
        }
        return worst;
      },
      uniform: new Float64Array(n * n).fill(1 / n),
      symmetric: false,
      inputSize: n,
    });
  }

  test("agrees with the published equation, written out", () => {
    const s = [0.3, -1.2, 2, 0.9];
    const t = 0.8;
    const want = s.flatMap((_, i) => {
      const logits = s.map(
        (sj) => ((s.length + 1 - 2 * (i + 1)) * sj - s.reduce((sum, sl) => sum + Math.abs(sj - sl), 0)) / t,
      );
      const weights = logits.map((l) => Math.exp(l));
      const total = weights.reduce((a, b) => a + b, 0);
      return weights.map((w) => w / total);
    });
    const x = new Float64Array(16);
    neuralSort(4).relax(Float64Array.from(s), t, x);
    expectClose(x, want, { rel: 1e-13, abs: 0 });
  });

  test("rows peak where the hard permutation has its ones, at any temperature", () => {
    const r = rng(1);
    for (const t of [0.1, 1, 10]) {
      const s = Float64Array.from({ length: 6 }, () => r.normal());
      const x = new Float64Array(36);
      const z = new Float64Array(36);
      neuralSort(6).relax(s, t, x);
      sortingPermutation(6).map(s, z);
      for (let i = 0; i < 6; i++) {
        const row = Array.from(x.slice(i * 6, (i + 1) * 6));
        expect(z[i * 6 + row.indexOf(Math.max(...row))]).toBe(1);
      }
    }
  });

  test("a shorter row is what it would be alone, with zeros around it", () => {
    const context = { lengths: [2, 3] };
    const u = Float64Array.of(0.3, -1, 5, 0.2, 0.7, -0.4);
    const g = Float64Array.from({ length: 18 }, (_, i) => Math.sin(i));
    const x = new Float64Array(18).fill(7);
    const v = new Float64Array(6).fill(7);
    neuralSort(3).relax(u, 0.8, x, context);
    neuralSort(3).vjp(u, 0.8, g, v, context);
    const [small, back] = [new Float64Array(4), new Float64Array(2)];
    neuralSort(2).relax(u.slice(0, 2), 0.8, small);
    neuralSort(2).vjp(u.slice(0, 2), 0.8, Float64Array.of(g[0]!, g[1]!, g[3]!, g[4]!), back);
    expect(Array.from(x.slice(0, 9))).toEqual([small[0], small[1], 0, small[2], small[3], 0, 0, 0, 0]);
    expect(Array.from(v.slice(0, 3))).toEqual([...back, 0]);
    const whole = new Float64Array(9);
    neuralSort(3).relax(u.slice(3), 0.8, whole);
    expect(x.slice(9)).toEqual(whole);
  });

  test("scores that are not finite are errors", () => {
    const s = Float64Array.of(0, -Infinity);
    expect(() => neuralSort(2).relax(s, 1, new Float64Array(4))).toThrow(RangeError);
    expect(() => neuralSort(-1)).toThrow(RangeError);
  });
});
