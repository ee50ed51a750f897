import { describe, expect, test } from "vitest";
import { rng } from "../core/rng.ts";
import { blackBox } from "../estimators/black-box.ts";
import { imle } from "../estimators/imle.ts";
import { type ScoreFunctionEvaluation, scoreFunction } from "../estimators/score-function.ts";
import { stochasticSoftmax } from "../estimators/stochastic-softmax.ts";
import { noNoise } from "../noise/no-noise.ts";
import { exponentialFamily } from "../relaxations/exponential-family.ts";
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

  test("a relaxed layer is evaluated at costs as well", () => {
    const layer = minimizing(stochasticSoftmax(exponentialFamily(kSubset(3, 1)), { noise: noNoise() }));
    const costs = Float64Array.of(1, 5, 9);
    expect(layer.forward(costs).value[0]).toBeGreaterThan(0.9);
    expect(Array.from(layer.evaluate(costs))).toEqual([1, 0, 0]);
  });

  test("something else than a structure or a layer is an error", () => {
    for (const wrong of [undefined, 3, { name: "x" }]) {
      expect(() => minimizing(wrong as never)).toThrow(
        /^minimizing: inner expected a structure or a layer, got/,
      );
    }
  });

  test("a baseline of the score function passes through", () => {
    const costs = Float64Array.of(0, 1, 2);
    const plain = scoreFunction(kSubset(3, 1)).forward(
      costs.map((c) => -c),
      rng(0),
    );
    const z = minimizing(scoreFunction(kSubset(3, 1))).forward(costs, rng(0)) as ScoreFunctionEvaluation;
    const [losses, baseline] = [Float64Array.of(5), Float64Array.of(2)];
    const want = plain.backward(losses, baseline).map((x) => 0 - x);
    expect(z.backward(losses, baseline)).toEqual(want);
  });

  test("an estimator refuses a minimiser, whose gradient would point the wrong way", () => {
    expect(() => imle(minimizing(kSubset(3, 1)) as never)).toThrow(/minimizing\(imle\(structure\)\)/);
  });

  test("what is neither is named", () => {
    for (const [wrong, got] of [
      [[], "Array"],
      [new Map(), "Map"],
      [undefined, "undefined"],
      [null, "null"],
      [new Float64Array(3), "Float64Array"],
      [kSubset, "the function kSubset, not its result"],
      [minimizing(kSubset(3, 1)), "minimizing kSubset"],
    ] as const) {
      expect(() => minimizing(wrong as never)).toThrow(
        new TypeError(`minimizing: inner expected a structure or a layer, got ${got}`),
      );
    }
  });
});
