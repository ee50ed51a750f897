import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sortingPermutation } from "./sorting-permutation.ts";

const sorted = (scores: number[]): number[] => {
  const n = scores.length;
  const z = new Float64Array(n * n);
  sortingPermutation(n).map(Float64Array.from(scores), z);
  return Array.from({ length: n }, (_, i) => z.indexOf(1, i * n) - i * n);
};

describe("sortingPermutation", () => {
  test("sorts largest first, ties by index", () => {
    expect(sorted([1, 3, 2])).toEqual([1, 2, 0]);
    expect(sorted([2, 2, 2])).toEqual([0, 1, 2]);
    expect(sorted([])).toEqual([]);
  });

  test("agrees with a stable sort", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer({ min: -2, max: 2 }), fc.double({ noNaN: true, min: -1e4, max: 1e4 })), {
          maxLength: 12,
        }),
        (s) => {
          const want = s.map((_, j) => j).sort((a, b) => s[b]! - s[a]! || a - b);
          expect(sorted(s)).toEqual(want);
        },
      ),
      { seed: 1 },
    );
  });

  test("its states are the permutations, and map maximises ⟨z, ρ θᵀ⟩ over them", () => {
    const structure = sortingPermutation(4);
    const states = Array.from(structure.states!(), (z) => z.slice());
    expect(new Set(states.map(String)).size).toBe(24);
    const theta = Float64Array.of(0.1, -2, 3, 0.7);
    const score = (z: Float64Array): number =>
      z.reduce((sum, x, at) => sum + x * (4 - (at >> 2)) * theta[at & 3]!, 0);
    const z = new Float64Array(16);
    structure.map(theta, z);
    expect(score(z)).toBeCloseTo(Math.max(...states.map(score)), 12);
  });

  test("rows may have fewer scores; what pads them is ignored", () => {
    const z = new Float64Array(27).fill(7);
    const lengths = [2, 3, 0];
    sortingPermutation(3).map(Float64Array.of(1, 2, 9, 1, 2, 9, 1, 2, 9), z, { lengths });
    expect(Array.from(z.slice(0, 9))).toEqual([0, 1, 0, 1, 0, 0, 0, 0, 0]);
    expect(Array.from(z.slice(9, 18))).toEqual([0, 0, 1, 0, 1, 0, 1, 0, 0]);
    expect(z.slice(18).every((x) => x === 0)).toBe(true);
    expect(Array.from(sortingPermutation(3).states!({ lengths: [2] }))).toHaveLength(2);
  });

  test("bad scores and lengths are errors that leave out as it was", () => {
    const out = new Float64Array(4).fill(7);
    expect(() => sortingPermutation(2).map(Float64Array.of(0, Number.NaN), out)).toThrow(RangeError);
    expect(() => sortingPermutation(2).map(Float64Array.of(0, 1, 2), out)).toThrow(RangeError);
    expect(() => sortingPermutation(2).map(Float64Array.of(0, 1), new Float64Array(2))).toThrow(RangeError);
    expect(() => sortingPermutation(1.5)).toThrow(RangeError);
    expect(() => sortingPermutation(2).map(Float64Array.of(0, 1), out, { lengths: [3] })).toThrow(/row 0/);
    expect(() => sortingPermutation(2).map(Float64Array.of(0, 1), out, { n: [2] } as object)).toThrow(
      TypeError,
    );
    expect(out.every((x) => x === 7)).toBe(true);
  });
});
