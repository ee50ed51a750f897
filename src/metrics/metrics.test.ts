import { describe, expect, test } from "vitest";
import { expectClose } from "../../test/golden.ts";
import { rng } from "../core/rng.ts";
import { gradientQuality } from "./gradient-quality.ts";
import { pathOptimality } from "./path-optimality.ts";
import { subsetPrecision } from "./subset-precision.ts";

describe("pathOptimality", () => {
  test("counts a different path of the same cost as optimal", () => {
    const cost = Float32Array.of(0.1, 0.2, 0.30000001, 5);
    const y = Float32Array.of(0, 0, 1, 0);
    expect(pathOptimality(Float32Array.of(1, 1, 0, 0), y, cost, 4)).toBe(1);
    expect(pathOptimality(Float32Array.of(0, 0, 0, 1), y, cost, 4)).toBe(0);
  });

  test("its tolerance is relative to the best cost", () => {
    const cost = Float64Array.of(1000, 1001);
    const [z, y] = [Float64Array.of(0, 1), Float64Array.of(1, 0)];
    expect(pathOptimality(z, y, cost, 2)).toBe(0);
    expect(pathOptimality(z, y, cost, 2, { tolerance: 0.002 })).toBe(1);
    expect(() => pathOptimality(z, y, cost, 2, { tolerance: -1 })).toThrow(RangeError);
  });

  test("its tolerance means the same for costs of any unit and sign", () => {
    // Four costs in single precision, whose sums tie but for rounding; and one that is 1 % dearer.
    const costs = [0.1, 0.2, 0.3, 0.303];
    const [y, tied, dearer] = [
      [0, 0, 1, 0],
      [1, 1, 0, 0],
      [0, 0, 0, 1],
    ].map((z) => Float32Array.from(z)) as [Float32Array, Float32Array, Float32Array];
    for (const unit of [1e-30, 1e-8, 1, 1e3, 1e30]) {
      const cost = Float32Array.from(costs, (c) => unit * c);
      expect(pathOptimality(tied, y, cost, 4)).toBe(1);
      expect(pathOptimality(dearer, y, cost, 4)).toBe(0);
    }
    // Costs that cancel: what rounds are the costs, not their sum.
    const cancelling = Float64Array.of(1000, -1000, 1e-6, 1);
    const best = Float64Array.of(1, 1, 0, 0);
    expect(pathOptimality(Float64Array.of(0, 0, 1, 0), best, cancelling, 4)).toBe(1);
    expect(pathOptimality(Float64Array.of(0, 0, 0, 1), best, cancelling, 4)).toBe(0);
  });

  test("elements that a cost of +Infinity excludes do not count", () => {
    const cost = Float64Array.of(1, Infinity, 2);
    const y = Float64Array.of(1, 0, 0);
    expect(pathOptimality(Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), y, cost, 3)).toBe(1 / 3);
  });

  test("complains in its own name, of NaN too", () => {
    const [z, y] = [Float64Array.of(1, 0), Float64Array.of(0, Number.NaN)];
    expect(() => pathOptimality(y, z, z, 2)).toThrow("pathOptimality: z expected finite numbers, got NaN");
    expect(() => pathOptimality(z, y, z, 2)).toThrow("pathOptimality: y expected finite numbers, got NaN");
    expect(() => pathOptimality(z, z, y, 2)).toThrow("pathOptimality: cost expected finite numbers");
    expect(() => pathOptimality(z, z, new Float64Array(4), 2)).toThrow(
      "pathOptimality: cost expected length 2",
    );
  });

  test("no rows have no share", () => {
    const none = new Float64Array(0);
    expect(pathOptimality(none, none, none, 4)).toBeNaN();
  });
});

describe("subsetPrecision", () => {
  const z = Float64Array.of(1, 1, 1, 0, 1, 0, 0, 0);
  const relevant = Float64Array.of(1, 0, 0, 1, 1, 1, 1, 1);

  test("is the mean over rows of hits by selections", () => {
    expect(subsetPrecision(z, relevant, 4)).toBe((1 / 3 + 1) / 2);
  });

  test("selecting fewer than k is no advantage", () => {
    expect(subsetPrecision(z, relevant, 4, { k: 4 })).toBe((1 / 4 + 1 / 4) / 2);
  });

  test("padding counts neither as a hit nor as a selection", () => {
    const mask = Float64Array.of(1, 1, 0, 0, 0, 1, 1, 1);
    expect(subsetPrecision(z, relevant, 4, { mask })).toBe((1 / 2 + 0) / 2);
    expect(() => subsetPrecision(z, relevant, 4, { mask: new Float64Array(3) })).toThrow(RangeError);
  });

  test("bad arguments are refused", () => {
    const mask = new Float64Array(8);
    expect(() => subsetPrecision(z, undefined as never, 4, { mask })).toThrow(
      "subsetPrecision: relevant expected a Float32Array or Float64Array, got undefined",
    );
    const broken = z.with(3, Number.NaN);
    expect(() => subsetPrecision(broken, relevant, 4)).toThrow("z expected finite numbers, got NaN at 3");
    expect(() => subsetPrecision(z, broken, 4)).toThrow("relevant expected finite numbers, got NaN at 3");
    expect(() => subsetPrecision(z, relevant, 4, { mask: broken })).toThrow("mask expected finite numbers");
  });
});

describe("gradientQuality", () => {
  test("of the exact gradient itself is zero in every respect", () => {
    const exact = Float64Array.of(1, -2, 3);
    const quality = gradientQuality(Float64Array.of(2, -4, 6, 0.5, -1, 1.5), exact);
    for (const value of Object.values(quality)) expectClose(value, 0, { rel: 0, abs: 1e-15 });
  });

  test("follows its definition", () => {
    // Mean (1, 0); the exact gradient is at 90° to it and at 45° and 135° to the estimates.
    const quality = gradientQuality(Float64Array.of(1, 1, 1, -1), Float64Array.of(0, 1));
    const half = Math.SQRT1_2;
    expectClose(quality.bias, 1, { rel: 0, abs: 1e-15 });
    expectClose(quality.variance, 0, { rel: 0, abs: 1e-15 });
    expectClose(quality.error, 1, { rel: 0, abs: 1e-15 });
    expectClose(quality.errorDeviation, Math.sqrt(2 * half ** 2), { rel: 1e-14, abs: 0 });
  });

  test("an all-zero estimate is at distance 1 and is counted", () => {
    const quality = gradientQuality(Float64Array.of(0, 0, 1, 0), Float64Array.of(1, 0));
    expect(quality).toMatchObject({ bias: 0, error: 0.5, zeroShare: 0.5 });
  });

  test("the bias of an unbiased estimator is its floor on average", () => {
    const exact = Float64Array.of(1, 2, 3, 4);
    const r = rng(3);
    let [bias, floor] = [0, 0];
    const repeats = 400;
    for (let i = 0; i < repeats; i++) {
      const noisy = Float64Array.from({ length: 4 * 200 }, (_, j) => exact[j % 4]! + 5 * r.normal());
      const quality = gradientQuality(noisy, exact);
      bias += quality.bias / repeats;
      floor += quality.biasFloor / repeats;
    }
    // The bias is a scaled χ² with 3 degrees: its mean over 400 repeats has relative deviation √(2/3/400) = 0.04.
    expect(Math.abs(bias / floor - 1)).toBeLessThan(5 * 0.041);
  });

  test("scaling estimates or the exact gradient changes nothing", () => {
    const r = rng(4);
    const gradients = Float64Array.from({ length: 60 }, () => r.normal() + 1);
    const exact = Float64Array.from({ length: 6 }, () => r.normal());
    const want = gradientQuality(gradients, exact);
    for (const [own, other] of [
      [7, 0.01],
      [1e-200, 1e200],
      [1e250, 1e-250],
    ] as const) {
      const got = gradientQuality(
        gradients.map((g) => own * g),
        exact.map((g) => other * g),
      );
      for (const key of Object.keys(want) as (keyof typeof want)[]) {
        expectClose(got[key], want[key], { rel: 1e-12, abs: 1e-15 }, key);
      }
    }
  });

  test("bad arguments are refused", () => {
    const exact = Float64Array.of(1, 0);
    expect(() => gradientQuality(Float64Array.of(1, 0), exact)).toThrow("expected 2 rows or more, got 1");
    expect(() => gradientQuality(Float64Array.of(1, 0, 1), exact)).toThrow(
      "expected a multiple of 2 numbers",
    );
    expect(() => gradientQuality(Float64Array.of(1, 0, Number.NaN, 1), exact)).toThrow("finite");
    expect(() => gradientQuality(Float64Array.of(1, 0, 1, 1), new Float64Array(2))).toThrow("not zero");
    expect(() => gradientQuality(Float64Array.of(1, 0), undefined as never)).toThrow(
      "gradientQuality: exact expected a Float32Array or Float64Array, got undefined",
    );
  });
});
