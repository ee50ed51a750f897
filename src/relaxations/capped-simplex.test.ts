import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expectClose, golden } from "../../test/golden.ts";
import { cappedSimplexInfeasibility, relaxationConformance } from "../../test/relaxation-conformance.ts";
import { dot } from "../conformance/enumerate.ts";
import type { Relaxation, Structure } from "../contracts.ts";
import { type KSubsetContext, kSubset } from "../structures/k-subset.ts";
import { binaryEntropy } from "./binary-entropy.ts";
import { categoricalEntropy } from "./categorical-entropy.ts";
import { euclidean } from "./euclidean.ts";

interface Outputs {
  readonly x: number[];
  readonly vjp: number[];
}
type Maker = (structure: Structure<KSubsetContext>) => Relaxation<KSubsetContext>;

const xlogx = (x: number): number => (x > 0 ? x * Math.log(x) : 0);
const relaxations: Record<string, { make: Maker; f: (x: number) => number }> = {
  euclidean: { make: euclidean, f: (x) => (x * x) / 2 },
  categoricalEntropy: { make: categoricalEntropy, f: xlogx },
  binaryEntropy: { make: binaryEntropy, f: (x) => xlogx(x) + xlogx(1 - x) },
};

function relaxed(
  r: Relaxation<KSubsetContext>,
  u: Float64Array,
  t: number,
  context?: KSubsetContext,
): Float64Array {
  const x = new Float64Array(u.length);
  r.relax(u, t, x, context);
  return x;
}

for (const [name, { make, f }] of Object.entries(relaxations)) {
  describe(name, () => {
    for (const { case: title, inputs, outputs, tol } of golden<
      { n: number; k: number; t: number; u: number[]; g: number[] },
      Record<string, Outputs>
    >("relax_topk")) {
      test(`agrees with the golden vector ${title}`, () => {
        const relaxation = make(kSubset(inputs.n, inputs.k));
        const u = Float64Array.from(inputs.u);
        const v = new Float64Array(inputs.n);
        expectClose(relaxed(relaxation, u, inputs.t), outputs[name]!.x, tol, "x");
        relaxation.vjp(u, inputs.t, Float64Array.from(inputs.g), v);
        expectClose(v, outputs[name]!.vjp, tol, "vjp");
      });
    }

    for (const [n, k] of [
      [1, 1],
      [2, 1],
      [5, 2],
      [7, 6],
      [6, 6],
      [4, 0],
      [40, 13],
    ] as const) {
      relaxationConformance(`${name}(kSubset(${n}, ${k}))`, () => make(kSubset(n, k)), {
        infeasibility: (x) => cappedSimplexInfeasibility(x, k),
        uniform: new Float64Array(n).fill(k / n),
      });
    }

    test("no other point of the polytope scores higher", () => {
      const value = fc.oneof(
        fc.double({ min: -3, max: 3, noNaN: true }),
        fc.constantFrom(-1, 0, 0.5, 1, 2),
        fc.double({ min: -1e4, max: 1e4, noNaN: true }),
      );
      const instance = fc
        .array(value, { minLength: 1, maxLength: 9 })
        .chain((u) =>
          fc.tuple(
            fc.constant(u),
            fc.integer({ min: 0, max: u.length }),
            fc.constantFrom(1e-3, 0.1, 1, 10, 1e3),
            fc.integer({ min: 0, max: u.length - 1 }),
            fc.integer({ min: 0, max: u.length - 1 }),
          ),
        );
      fc.assert(
        fc.property(instance, ([utilities, k, t, i, j]) => {
          const u = Float64Array.from(utilities);
          const x = relaxed(make(kSubset(u.length, k)), u, t);
          expect(cappedSimplexInfeasibility(x, k)).toBeLessThan(1e-9);
          // By concavity it is enough that moving a little from one element to another does not help.
          const objective = (p: Float64Array): number => dot(u, p) / t - p.reduce((a, b) => a + f(b), 0);
          const step = Math.min(1e-4, x[i]!, 1 - x[j]!);
          if (i === j || step <= 0) return;
          const other = x.slice();
          other[i]! -= step;
          other[j]! += step;
          const best = objective(x);
          expect(objective(other)).toBeLessThanOrEqual(best + 1e-12 * (1 + Math.abs(best)));
        }),
        { numRuns: 2000, seed: 1 },
      );
    });

    test("order and equality of utilities carry over", () => {
      const x = relaxed(make(kSubset(6, 3)), Float64Array.of(0.3, -0.2, 0.3, 0.9, 0.1, -0.2), 0.7);
      expect(x[0]).toBe(x[2]);
      expect(x[1]).toBe(x[5]);
      expect(x[3]).toBeGreaterThanOrEqual(x[0]!);
      expect(x[4]).toBeGreaterThanOrEqual(x[1]!);
    });

    test("excluded, masked and padded elements are 0 and leave the rest as if they were not there", () => {
      const relaxation = make(kSubset(5, 2));
      const small = make(kSubset(3, 2));
      const want = relaxed(small, Float64Array.of(0.5, -1, 0.7), 0.6);
      const excluded = relaxed(relaxation, Float64Array.of(0.5, -Infinity, -1, 0.7, -Infinity), 0.6);
      expectClose(excluded, [want[0]!, 0, want[1]!, want[2]!, 0], { rel: 1e-14, abs: 0 });
      const u = Float64Array.of(0.5, 9, -1, 0.7, 9, 0.5, -1, 0.7, 9, 9);
      const both = relaxed(relaxation, u, 0.6, { lengths: [4, 3], mask: [1, 0, 1, 1, 1, 1, 1, 1, 1, 1] });
      expectClose(both, [want[0]!, 0, want[1]!, want[2]!, 0, ...want, 0, 0], { rel: 1e-14, abs: 0 });
      const v = new Float64Array(5);
      relaxation.vjp(Float64Array.of(0.5, -Infinity, -1, 0.7, 0.2), 0.6, Float64Array.of(1, 2, 3, 4, 5), v);
      expect(v[1]).toBe(0);
    });

    test("k may differ from row to row", () => {
      const relaxation = make(kSubset(3, 1));
      const u = Float64Array.of(0.1, 0.2, 0.3, 0.1, 0.2, 0.3);
      const x = relaxed(relaxation, u, 1, { k: [2, 0] });
      expect(cappedSimplexInfeasibility(x.slice(0, 3), 2)).toBeLessThan(1e-12);
      expect(Array.from(x.slice(3))).toEqual([0, 0, 0]);
    });

    test("infeasible rows and other structures are errors", () => {
      const relaxation = make(kSubset(3, 2));
      const out = new Float64Array(6).fill(7);
      const u = Float64Array.of(1, 2, 3, 0, -Infinity, -Infinity);
      expect(() => relaxation.relax(u, 1, out)).toThrow(/row 1/);
      expect(() => relaxation.relax(new Float64Array(6), 1, out, { k: [1, 4] })).toThrow(/row 1/);
      expect(() => relaxation.relax(new Float64Array(6), 1, out, { lengths: [1.5, 2] })).toThrow(RangeError);
      expect(() => relaxation.relax(new Float64Array(6), 1, out, { k: [1] })).toThrow(RangeError);
      expect(out.every((x) => x === 7)).toBe(true);
      const tree = { name: "spanningTree", shape: [3], cardinality: 2, map: () => {} };
      expect(() => make(tree)).toThrow(TypeError);
    });
  });
}

test("euclidean of one of n is sparsemax", () => {
  expectClose(relaxed(euclidean(kSubset(3, 1)), Float64Array.of(1, 0.8, 0.1), 1), [0.6, 0.4, 0], {
    rel: 1e-15,
    abs: 1e-15,
  });
});
