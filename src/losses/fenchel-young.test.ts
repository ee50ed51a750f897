import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dot, enumerate } from "../../test/enumeration.ts";
import { expectClose } from "../../test/golden.ts";
import { FALSE_ALARM_Z } from "../../test/statistics.ts";
import type { Noise, Structure } from "../contracts.ts";
import { rng } from "../core/rng.ts";
import { gaussian } from "../noise/gaussian.ts";
import { gumbel } from "../noise/gumbel.ts";
import { noNoise } from "../noise/no-noise.ts";
import { categorical } from "../structures/categorical.ts";
import { kSubset } from "../structures/k-subset.ts";
import { linearChain } from "../structures/linear-chain.ts";
import { type FenchelYoungOptions, fenchelYoung } from "./fenchel-young.ts";
import { regret } from "./regret.ts";
import { spoPlus } from "./spo-plus.ts";

const normals = (seed: number, length: number): Float64Array => {
  const r = rng(seed);
  return Float64Array.from({ length }, () => r.normal());
};

describe("fenchelYoung", () => {
  test("for an exact family and a state it is −τ log p", () => {
    const family = linearChain(3, 2);
    const size = family.shape[0]!;
    const theta = normals(1, size);
    const truth = enumerate(
      family,
      theta.map((x) => x / 0.7),
    );
    for (const z of truth.states) {
      const { value, gradient } = fenchelYoung(family, { temperature: 0.7 })(theta, z);
      expectClose(value, [-0.7 * truth.logProbability(z)], { rel: 1e-11, abs: 1e-12 });
      expectClose(
        gradient,
        truth.marginals.map((m, i) => m - z[i]!),
        { rel: 1e-11, abs: 1e-12 },
      );
    }
  });

  for (const [title, options] of [
    ["exact", {}],
    ["perturbed", { noise: gumbel(), samples: 4, temperature: 0.6 }],
  ] as [string, FenchelYoungOptions][]) {
    test(`the gradient is the derivative of the value, and the value is convex: ${title}`, () => {
      const loss = fenchelYoung(kSubset(5, 2), options);
      const y = Float64Array.of(1, 0, 0, 1, 0);
      const at = (theta: Float64Array): number => loss(theta, y, rng(2)).value[0]!;
      const theta = normals(3, 5);
      const { gradient } = loss(theta, y, rng(2));
      for (let i = 0; i < 5; i++) {
        const [ahead, behind] = [1e-6, -1e-6].map((h) => at(theta.map((x, j) => (j === i ? x + h : x)))) as [
          number,
          number,
        ];
        expect(Math.abs(gradient[i]! - (ahead - behind) / 2e-6)).toBeLessThan(1e-8);
      }
      const other = normals(4, 5);
      const middle = at(theta.map((x, i) => (x + other[i]!) / 2));
      expect(middle).toBeLessThanOrEqual((at(theta) + at(other)) / 2 + 1e-12);
    });
  }

  test("the perturbed loss is unbiased: with Gumbel noise on categories it is the exact one's, up to Euler's constant", () => {
    const rows = 40_000;
    const theta = Float64Array.from({ length: 3 * rows }, (_, i) => [0.2, 1, -0.5][i % 3]!);
    const y = Float64Array.from({ length: 3 * rows }, (_, i) => (i % 3 === 0 ? 1 : 0));
    const { value } = fenchelYoung(categorical(3), { noise: gumbel() })(theta, y, rng(5));
    const exact = fenchelYoung(categorical(3))(theta.slice(0, 3), y.slice(0, 3)).value[0]!;
    const mean = value.reduce((a, b) => a + b, 0) / rows;
    // The maximum of Gumbel variables is Gumbel, of standard deviation π / √6.
    const tolerance = (FALSE_ALARM_Z * Math.PI) / Math.sqrt(6 * rows);
    expect(Math.abs(mean - exact - 0.5772156649015329)).toBeLessThan(tolerance);
  });

  test("without perturbation it is the perceptron's loss; rows, samples and excluded elements", () => {
    const loss = fenchelYoung(kSubset(3, 1) as Structure, { noise: noNoise() });
    const { value, gradient } = loss(
      Float32Array.of(1, 3, -Infinity, 0, 2, 5),
      Float32Array.of(1, 0, 0, 0, 0, 1),
    );
    expect(Array.from(value)).toEqual([2, 0]);
    expect(gradient).toEqual(Float32Array.of(-1, 1, 0, 0, 0, 0));
  });

  test("what is missing or unknown is an error", () => {
    const structure = { name: "mine", shape: [2], map: () => {} };
    expect(() => fenchelYoung(structure)).toThrow(TypeError);
    expect(() => fenchelYoung(undefined as unknown as Structure)).toThrow("fenchelYoung: structure expected");
    expect(() => fenchelYoung(structure, { noise: 1 as unknown as Noise })).toThrow("noise expected");
    expect(() => fenchelYoung(categorical(2), { tau: 1 } as FenchelYoungOptions)).toThrow(TypeError);
    expect(() => fenchelYoung(categorical(2), { samples: 0 })).toThrow(RangeError);
    const loss = fenchelYoung(categorical(2), { noise: gaussian() });
    expect(() => loss(new Float64Array(2), new Float64Array(2))).toThrow(TypeError);
    expect(() => loss(new Float64Array(2), new Float64Array(3), rng(0))).toThrow(RangeError);
  });
});

describe("spoPlus", () => {
  const structure = kSubset(5, 2);
  const best = (cost: ArrayLike<number>): Float64Array => {
    const z = new Float64Array(5);
    structure.map(
      Float64Array.from(cost, (c) => -c),
      z,
    );
    return z;
  };
  const costs = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 5, maxLength: 5 });

  test("is the published definition, an upper bound on the regret, and convex with its subgradient", () => {
    fc.assert(
      fc.property(costs, costs, costs, (trueCosts, predicted, other) => {
        const cost = Float64Array.from(trueCosts);
        const y = best(cost);
        const at = (c: number[]) =>
          spoPlus(
            structure,
            Float64Array.from(c, (x) => -x),
            y,
            cost,
          );
        const { value, gradient } = at(predicted);
        const truth = Array.from(structure.states!(), (z) =>
          z.reduce((sum, x, i) => sum + x * (cost[i]! - 2 * predicted[i]!), 0),
        );
        const want = Math.max(...truth) + 2 * dot(y, predicted) - dot(y, cost);
        expect(Math.abs(value[0]! - want)).toBeLessThan(1e-12);
        expect(value[0]!).toBeGreaterThanOrEqual(regret(best(predicted), y, cost, 5).value[0]! - 1e-12);
        const along = dot(
          gradient,
          other.map((x, i) => -x + predicted[i]!),
        );
        expect(at(other).value[0]!).toBeGreaterThanOrEqual(value[0]! + along - 1e-12);
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  test("is 0 with gradient 0 where the prediction is the truth", () => {
    const cost = Float64Array.of(3, 1, 2, 5, 4);
    const { value, gradient } = spoPlus(
      structure,
      cost.map((c) => -c),
      best(cost),
      cost,
    );
    expect(value[0]).toBe(0);
    expect(gradient.every((x) => x === 0)).toBe(true);
  });

  test("lengths are checked", () => {
    const five = new Float64Array(5);
    expect(() => spoPlus(structure, five, new Float64Array(4), five)).toThrow(RangeError);
    expect(() => spoPlus(structure, five, five, new Float64Array(6))).toThrow(RangeError);
    expect(() => spoPlus(null as unknown as Structure, five, five, five)).toThrow("structure expected");
  });
});
