import { describe, expect, test } from "vitest";
import { familyConformance } from "../../test/conformance.ts";
import { expectClose } from "../../test/golden.ts";
import { categorical } from "./categorical.ts";

familyConformance("categorical(1)", () => categorical(1));
familyConformance("categorical(6)", () => categorical(6));
familyConformance("categorical(5) with 4 categories, one masked", () => categorical(5), {
  context: { lengths: [4], mask: [1, 0, 1, 1, 1] },
});

describe("categorical", () => {
  test("the lowest index wins ties", () => {
    const z = new Float64Array(4);
    categorical(4).map(Float64Array.of(1, 2, 2, 2), z);
    expect(Array.from(z)).toEqual([0, 1, 0, 0]);
  });

  test("probabilities next to certainty keep their entropy", () => {
    const entropy = new Float64Array(1);
    categorical(2).entropy(Float64Array.of(0, -100), entropy);
    // p log(1/p) of the small one and −log(1 − p) ≈ p of the large.
    expectClose(entropy, [101 * Math.exp(-100)], { rel: 1e-12, abs: 0 });
  });

  test("an enumeration goes on with its own lengths, whatever is asked meanwhile", () => {
    const family = categorical(3);
    const states: number[][] = [];
    for (const z of family.states!()) {
      states.push([...z]);
      family.map(new Float64Array(3), new Float64Array(3), { lengths: [1] });
    }
    expect(states).toEqual([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ]);
  });

  test("NaN in what is asked about is an error", () => {
    expect(() =>
      categorical(2).logProbability(new Float64Array(2), Float64Array.of(1, Number.NaN), new Float64Array(1)),
    ).toThrow("categorical: z expected finite numbers, got NaN at 1");
  });

  test("a row without a category is an error that writes nothing", () => {
    const theta = Float64Array.of(0, 1, -Infinity, -Infinity);
    const out = new Float64Array(4).fill(7);
    expect(() => categorical(2).map(theta, out)).toThrow(/categorical: row 1 has no category/);
    expect(() => categorical(2).marginals(theta, out)).toThrow(RangeError);
    expect(out.every((x) => x === 7)).toBe(true);
    expect(() => categorical(0)).toThrow(RangeError);
  });
});
