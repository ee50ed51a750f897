import { describe, expect, test } from "vitest";
import { familyConformance } from "../../test/conformance.ts";
import { expectClose } from "../../test/golden.ts";
import { rng } from "../core/rng.ts";
import { blackBox } from "../estimators/black-box.ts";
import { gumbelSoftmax } from "../estimators/gumbel-softmax.ts";
import { identity } from "../estimators/identity.ts";
import { imle } from "../estimators/imle.ts";
import { perturbedOptimizer } from "../estimators/perturbed-optimizer.ts";
import { relaxedSubset } from "../estimators/relaxed-subset.ts";
import { simple } from "../estimators/simple.ts";
import { stochasticSoftmax } from "../estimators/stochastic-softmax.ts";
import { straightThrough } from "../estimators/straight-through.ts";
import { binaryEntropy } from "../relaxations/binary-entropy.ts";
import { categoricalEntropy } from "../relaxations/categorical-entropy.ts";
import { euclidean } from "../relaxations/euclidean.ts";
import { exponentialFamily } from "../relaxations/exponential-family.ts";
import { relaxedTopK } from "../relaxations/relaxed-top-k.ts";
import { sparseMap } from "../relaxations/sparse-map.ts";
import { categorical } from "./categorical.ts";

familyConformance("categorical(1)", () => categorical(1));
familyConformance("categorical(6)", () => categorical(6));
familyConformance("categorical(5) with 4 categories, one masked", () => categorical(5), {
  context: { lengths: [4], mask: [1, 0, 1, 1, 1] },
});
familyConformance("categorical(3) of a padded step", () => categorical(3), { context: { lengths: [0] } });
familyConformance("categorical(3) with every category masked", () => categorical(3), {
  context: { lengths: [2], mask: [0, 0, 1] },
});

describe("categorical", () => {
  test("padded steps are zero through every estimator and relaxation, and leave the others as they are", () => {
    const theta = Float64Array.of(1, 2, 3, 4, 5, 6, -1, -2, -3);
    const cotangent = Float64Array.of(1, -1, 2, 3, 5, 7, 2, 4, 1);
    const context = { lengths: [3, 0, 3], mask: [1, 1, 0, 1, 1, 1, 0, 0, 0] };
    const whole = { lengths: [3], mask: [1, 1, 0] };
    for (const layer of [
      imle(categorical(3)),
      blackBox(categorical(3)),
      identity(categorical(3)),
      straightThrough(categorical(3)),
      perturbedOptimizer(categorical(3)),
      simple(categorical(3)),
      simple(categorical(3), { forward: "perturb-and-map", backward: "exact-samples" }),
      gumbelSoftmax(categorical(3)),
      relaxedSubset(categorical(3)),
      ...[euclidean, binaryEntropy, categoricalEntropy, relaxedTopK, exponentialFamily, sparseMap].map(
        (relax) => stochasticSoftmax((relax as typeof exponentialFamily)(categorical(3))),
      ),
    ]) {
      const { value, backward } = layer.forward(theta, rng(0), context);
      expect(value.subarray(3), layer.name).toEqual(new Float64Array(6));
      const alone = layer.forward(theta.slice(0, 3), rng(0), whole);
      expect(value.slice(0, 3), layer.name).toEqual(alone.value);
      const gradient = backward(cotangent);
      expect(gradient.every(Number.isFinite), layer.name).toBe(true);
      expect(gradient.slice(0, 3), layer.name).toEqual(alone.backward(cotangent.slice(0, 3)));
      // These do not see a context's padding: it should be −Infinity in θ, too.
      if (["identity", "straightThrough", "perturbedOptimizer"].includes(layer.name)) continue;
      expect(gradient.subarray(3), layer.name).toEqual(new Float64Array(6));
    }
  });

  test("a padded step may be -Infinity in theta, too", () => {
    const out = new Float64Array(2).fill(7);
    categorical(2).marginals(Float64Array.of(-Infinity, -Infinity), out, { lengths: [0] });
    expect(out).toEqual(new Float64Array(2));
  });

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
