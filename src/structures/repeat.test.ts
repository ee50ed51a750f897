import { describe, expect, test } from "vitest";
import { familyConformance, structureConformance } from "../../test/conformance.ts";
import { hullInfeasibility, relaxationConformance } from "../../test/relaxation-conformance.ts";
import type { ExponentialFamily, Structure } from "../contracts.ts";
import { rng } from "../core/rng.ts";
import { euclidean, gridPath, kSubset, linearChain, matching, neuralSort, repeat, simple } from "../index.ts";

familyConformance("three subsets", () => repeat(kSubset(3, 1), 3));
familyConformance("one repetition", () => repeat(linearChain(2, 2), 1));
familyConformance("subsets of different sizes", () => repeat(kSubset(4, 2), 2), {
  context: { k: [1, 3], lengths: [3, 4] },
});
familyConformance("repetitions of repetitions", () => repeat(repeat(matching(2), 2), 2));
structureConformance("two paths", () => repeat(gridPath(2, 2), 2) as Structure, {
  theta: (x) => x.map((value) => -Math.abs(value)),
});
relaxationConformance("a repeated relaxation", () => repeat(euclidean(kSubset(3, 1)), 2), {
  infeasibility: (x) => hullInfeasibility(repeat(kSubset(3, 1), 2), x),
  context: { lengths: [2, 3] },
});
relaxationConformance("repeated sorts", () => repeat(neuralSort(2), 2), {
  inputSize: 4,
  symmetric: false,
  infeasibility: (x) => Math.max(...x.map((v) => Math.max(-v, v - 1))),
});

describe("repeat", () => {
  test("has the repetitions as the first axis", () => {
    const five = repeat(matching(2, 3), 5);
    expect(five.shape).toEqual([5, 2, 3]);
    expect(five.cardinality).toBe(10);
    expect(five.parts[4]).toMatchObject({ name: "matching", offset: 24, length: 6 });
    expect(repeat(neuralSort(3), 2).inputShape).toEqual([2, 3]);
  });

  test("no repetitions have one state, which is empty, and repetitions of nothing too", () => {
    for (const none of [repeat(kSubset(3, 1), 0), repeat(kSubset(0, 0), 4)]) {
      expect(Array.from(none.states())).toEqual([new Float64Array(0)]);
      for (const method of ["logPartition", "entropy"] as const) {
        const out = new Float64Array(2).fill(7);
        none[method](new Float64Array(0), out);
        expect(out).toEqual(new Float64Array(2));
      }
    }
  });

  test("errors name the row and the repetition", () => {
    const pairs = repeat(kSubset(2, 1), 3);
    const theta = new Float64Array(12);
    theta.fill(-Infinity, 10);
    const out = new Float64Array(12).fill(7);
    const message =
      "repeat: kSubset: row 1, repetition 2 expected at least k = 1 elements that are not excluded, got 0";
    expect(() => pairs.map(theta, out)).toThrow(new RangeError(message));
    expect(() => pairs.sample(theta, rng(0), out)).toThrow(new RangeError(message));
    expect(() => pairs.logPartition(theta, new Float64Array(2))).toThrow(message);
    const twice = repeat(repeat(kSubset(2, 1), 3), 2);
    expect(() => twice.map(theta, out)).toThrow("row 0, repetition 1, repetition 2 expected");
    expect(() => pairs.map(new Float64Array(8), out)).toThrow(
      "repeat: theta expected a multiple of 6 numbers, got 8",
    );
    expect(() => pairs.map(new Float64Array(12), out, { k: [1, 1] })).toThrow(
      "repeat: kSubset: context.k expected 6 entries, got 2",
    );
    expect(out.every((x) => x === 7)).toBe(true);
    expect(() => repeat(kSubset(2, 1), -1)).toThrow("repeat: times expected an integer ≥ 0, got -1");
    expect(() => repeat(null as never, 2)).toThrow(
      "repeat: structure expected a structure with a MAP solver",
    );
  });

  test("says why there is no exact inference", () => {
    expect(() => simple(repeat(gridPath(2, 2), 2) as unknown as ExponentialFamily)).toThrow(
      "simple: family expected a structure with exact inference, and repeat has none: gridPath has none",
    );
  });
});
