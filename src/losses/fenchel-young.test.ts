import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expectClose } from "../../test/golden.ts";
import { FALSE_ALARM_Z } from "../../test/statistics.ts";
import { dot, enumerate } from "../conformance/enumerate.ts";
import type { Noise, Relaxation, Structure } from "../contracts.ts";
import { rng } from "../core/rng.ts";
import { gaussian } from "../noise/gaussian.ts";
import { gumbel } from "../noise/gumbel.ts";
import { noNoise } from "../noise/no-noise.ts";
import { binaryEntropy } from "../relaxations/binary-entropy.ts";
import { categoricalEntropy } from "../relaxations/categorical-entropy.ts";
import { euclidean } from "../relaxations/euclidean.ts";
import { exponentialFamily } from "../relaxations/exponential-family.ts";
import { relaxedTopK } from "../relaxations/relaxed-top-k.ts";
import { sparseMap } from "../relaxations/sparse-map.ts";
import { categorical } from "../structures/categorical.ts";
import { type KSubsetContext, kSubset } from "../structures/k-subset.ts";
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
    ["multiplicative", { perturbation: "multiplicative", samples: 4, temperature: 0.6 }],
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

  test("multiplicative noise keeps signs, and its mean value is the perturbed maximum's", () => {
    const rows = 40_000;
    const seen: number[] = [];
    const watched: Structure = {
      ...(kSubset(2, 1) as Structure),
      map(theta, out) {
        for (const x of theta) seen.push(Math.sign(x));
        kSubset(2, 1).map(theta, out);
      },
    };
    const theta = Float64Array.from({ length: 2 * rows }, (_, i) => [-1, -1.5][i % 2]!);
    const y = Float64Array.from({ length: 2 * rows }, (_, i) => (i + 1) % 2);
    const loss = fenchelYoung(watched, { perturbation: "multiplicative", temperature: 0.8 });
    const { value, gradient } = loss(theta, y, rng(6));
    expect(seen.every((sign) => sign === -1)).toBe(true);
    // max(−W₁, −1.5 W₂) = −min of two lognormals of mean 1 and 1.5; E min(X, Y) by its closed form.
    const phi = (x: number): number => {
      const steps = 20_000;
      let sum = 0;
      for (let i = 0; i < steps; i++) sum += Math.exp(-((-9 + ((x + 9) * (i + 0.5)) / steps) ** 2) / 2);
      return (sum * (x + 9)) / steps / Math.sqrt(2 * Math.PI);
    };
    const s = 0.8 * Math.SQRT2;
    const d = (a: number, b: number): number => phi(Math.log(b / a) / s - s / 2);
    const exact = -(d(1, 1.5) + 1.5 * d(1.5, 1)) + 1;
    const mean = value.reduce((a, b) => a + b, 0) / rows;
    const spread = Math.sqrt(value.reduce((sum, v) => sum + (v - mean) ** 2, 0)) / rows;
    expect(Math.abs(mean - exact)).toBeLessThan(FALSE_ALARM_Z * spread);
    expect(gradient.some((g) => g > 0)).toBe(true);
    expect(() => fenchelYoung(watched, { perturbation: "multiplicative", noise: gumbel() })).toThrow(
      RangeError,
    );
    expect(() => fenchelYoung(watched, { perturbation: "both" as "additive" })).toThrow(RangeError);
  });

  describe("of a relaxation", () => {
    const relaxations: Record<string, Relaxation<KSubsetContext>> = {
      euclidean: euclidean(kSubset(5, 2)),
      categoricalEntropy: categoricalEntropy(kSubset(5, 2)),
      binaryEntropy: binaryEntropy(kSubset(5, 2)),
      sparseMap: sparseMap(kSubset(5, 2)),
      exponentialFamily: exponentialFamily(kSubset(5, 2)),
    };
    for (const [name, relaxation] of Object.entries(relaxations)) {
      test(`${name}: the value's derivative is x − y, and it is 0 at its least`, () => {
        for (const t of [0.4, 1, 2.5]) {
          const loss = fenchelYoung(relaxation, { temperature: t });
          const theta = normals(11, 5);
          const y = Float64Array.of(1, 0, 0, 1, 0);
          const { gradient } = loss(theta, y);
          for (let i = 0; i < 5; i++) {
            const at = (h: number): number =>
              loss(
                theta.map((x, j) => (j === i ? x + h : x)),
                y,
              ).value[0]!;
            expectClose(gradient[i]!, (at(1e-5) - at(-1e-5)) / 2e-5, { rel: 1e-6, abs: 1e-8 }, `${t} ${i}`);
          }
          const x = new Float64Array(5);
          relaxation.relax(theta, t, x);
          if (name === "exponentialFamily") continue;
          const least = loss(theta, x);
          expectClose(least.value, [0], { rel: 0, abs: 1e-12 });
          expectClose(least.gradient, new Float64Array(5), { rel: 0, abs: 1e-12 });
        }
      });
    }

    test("that of the exponential family is the exact loss", () => {
      const [theta, y] = [normals(12, 5), Float64Array.of(0, 1, 0, 1, 0)];
      const relaxed = fenchelYoung(exponentialFamily(kSubset(5, 2)), { temperature: 0.7 })(theta, y);
      const exact = fenchelYoung(kSubset(5, 2), { temperature: 0.7 })(theta, y);
      expect(relaxed).toEqual(exact);
    });

    test("rows, contexts, single precision and what has no objective", () => {
      const loss = fenchelYoung(euclidean(kSubset(3, 1)));
      const context = { k: [1, 2], lengths: [2, 3] };
      const { value, gradient } = loss(
        Float32Array.of(3, 1, -Infinity, 0, 0, 4),
        Float32Array.of(1, 0, 0, 1, 0, 1),
        undefined,
        context,
      );
      expectClose(value, [0, 0.25], { rel: 1e-6, abs: 1e-6 });
      expect(gradient).toEqual(Float32Array.of(0, 0, 0, -0.5, 0.5, 0));
      expect(() => fenchelYoung(relaxedTopK(kSubset(3, 1)))).toThrow(
        "fenchelYoung: structure expected a relaxation that knows the value of its objective, which relaxedTopK does not",
      );
    });
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

  test("any α is an upper bound with its subgradient, and 2 is the default", () => {
    const r = rng(21);
    const [theta, cost] = [normals(22, 5), normals(23, 5).map((c) => c + 0.1 * r.normal())];
    const y = best(cost);
    for (const alpha of [0.5, 1, 2, 10]) {
      const at = (t: Float64Array): number => spoPlus(structure, t, y, cost, undefined, { alpha }).value[0]!;
      const { gradient } = spoPlus(structure, theta, y, cost, undefined, { alpha });
      for (let i = 0; i < 5; i++) {
        const slope = [1e-6, -1e-6].map((h) => at(theta.map((x, j) => (i === j ? x + h : x))));
        expect(Math.abs(gradient[i]! - (slope[0]! - slope[1]!) / 2e-6)).toBeLessThan(1e-7);
      }
      expect(at(theta)).toBeGreaterThanOrEqual(
        regret(best(theta.map((x) => -x)), y, cost, 5).value[0]! - 1e-12,
      );
    }
    expect(spoPlus(structure, theta, y, cost)).toEqual(
      spoPlus(structure, theta, y, cost, undefined, { alpha: 2 }),
    );
    expect(() => spoPlus(structure, theta, y, cost, undefined, { alpha: 0 })).toThrow(RangeError);
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
