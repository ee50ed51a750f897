import { describe, expect, test } from "vitest";
import { blackBox } from "../estimators/black-box.ts";
import { imle } from "../estimators/imle.ts";
import { kSubset } from "./k-subset.ts";
import { minimizing } from "./minimizing.ts";

describe("minimizing", () => {
  test("a structure takes costs, +Infinity excluding an element", () => {
    const z = new Float64Array(3);
    minimizing(kSubset(3, 1)).map(Float64Array.of(Infinity, 3, 2), z);
    expect(Array.from(z)).toEqual([0, 0, 1]);
  });

  test("a layer takes costs and returns the gradient of costs", () => {
    const layer = minimizing(blackBox(kSubset(3, 1), { lambda: 2 }));
    const costs = Float64Array.of(0, -1, -2);
    const z = layer.forward(costs);
    expect(Array.from(z.value)).toEqual([0, 0, 1]);
    // Element 2 is chosen and is bad: its cost must rise when we step against the gradient.
    expect(Array.from(z.backward(Float64Array.of(0, 0, 1)))).toEqual([0, 0.5, -0.5]);
    expect(Array.from(costs)).toEqual([0, -1, -2]);
  });

  test("an estimator refuses a minimiser, whose gradient would point the wrong way", () => {
    expect(() => imle(minimizing(kSubset(3, 1)) as never)).toThrow(/minimizing\(imle\(structure\)\)/);
  });
});
