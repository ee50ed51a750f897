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
    const got = gradientQuality(
      gradients.map((g) => 7 * g),
      exact.map((g) => 0.01 * g),
    );
    for (const key of Object.keys(want) as (keyof typeof want)[]) {
      expectClose(got[key], want[key], { rel: 1e-12, abs: 1e-15 }, key);
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
  });
});
