import { describe, expect, test } from "vitest";
import { expectClose } from "../../test/golden.ts";
import type { Noise } from "../contracts.ts";
import { gaussian } from "../noise/gaussian.ts";
import { gumbel } from "../noise/gumbel.ts";
import { logistic } from "../noise/logistic.ts";
import { negativeExponential } from "../noise/negative-exponential.ts";
import { noNoise } from "../noise/no-noise.ts";
import { utilityKl } from "./utility-kl.ts";

/** ∫ q log(q / p) over a fine grid, with densities given by their logarithms. */
function divergence(
  logQ: (x: number) => number,
  logP: (x: number) => number,
  from: number,
  to: number,
): number {
  const steps = 400_000;
  const h = (to - from) / steps;
  let sum = 0;
  for (let i = 0; i < steps; i++) {
    const x = from + (i + 0.5) * h;
    const log = logQ(x);
    if (log > -700) sum += h * Math.exp(log) * (log - logP(x));
  }
  return sum;
}
const density: Record<string, (theta: number) => (x: number) => number> = {
  gumbel: (theta) => (x) => -(x - theta) - Math.exp(-(x - theta)),
  logistic: (theta) => (x) => -Math.abs(x - theta) - 2 * Math.log1p(Math.exp(-Math.abs(x - theta))),
  gaussian: (theta) => (x) => -((x - theta) ** 2) / 2 - Math.log(2 * Math.PI) / 2,
  negativeExponential: (theta) => (x) => (x > 0 ? -Infinity : theta + Math.exp(theta) * x),
};
const noises: Record<string, Noise> = {
  gumbel: gumbel(),
  logistic: logistic(),
  gaussian: gaussian(),
  negativeExponential: negativeExponential(),
};

describe("utilityKl", () => {
  for (const [name, noise] of Object.entries(noises)) {
    test(`is the integral of the densities for ${name}`, () => {
      for (const [theta, prior] of [
        [0.7, 0],
        [-1.3, 0],
        [0.4, -0.8],
        [0.004, 0],
      ] as const) {
        const { value } = utilityKl(noise, Float64Array.of(theta), 1, Float64Array.of(prior));
        const { [name]: log } = density;
        const to = name === "negativeExponential" ? 0 : 60;
        const want = divergence(log!(theta), log!(prior), -140, to);
        expectClose(value, [want], { rel: 1e-5, abs: 1e-8 }, `${theta} ${prior}`);
      }
    });

    test(`its gradient is its derivative for ${name}`, () => {
      for (const theta of [-3, -0.5, -1e-4, 0, 1e-2, 0.5, 2, 20]) {
        const at = (x: number): number => utilityKl(noise, Float64Array.of(x), 1).value[0]!;
        const { gradient } = utilityKl(noise, Float64Array.of(theta), 1);
        expectClose(
          gradient,
          [(at(theta + 1e-5) - at(theta - 1e-5)) / 2e-5],
          { rel: 1e-6, abs: 1e-8 },
          `${theta}`,
        );
      }
    });

    test(`series and closed form meet for ${name}`, () => {
      for (const edge of [1e-3, 1e-2]) {
        for (const sign of [-1, 1]) {
          const [below, above] = [0.999, 1.001].map(
            (f) => utilityKl(noise, Float64Array.of(sign * edge * f), 1).value[0]! / (edge * f) ** 2,
          ) as [number, number];
          expect(Math.abs(below - above)).toBeLessThan(1e-5);
        }
      }
    });
  }

  test("sums rows, is zero at the prior, and excluded entries count nothing", () => {
    const theta = Float64Array.of(1, -Infinity, 0, 0);
    const { value, gradient } = utilityKl(gumbel(), theta, 2);
    expectClose(value, [Math.exp(-1), 0], { rel: 1e-15, abs: 0 });
    expectClose(gradient, [1 - Math.exp(-1), 0, 0, 0], { rel: 1e-15, abs: 0 });
    expect(utilityKl(gumbel(), theta, 2, theta).value[1]).toBe(0);
  });

  test("a noise is known by its divergence, and not by its name", () => {
    const theta = Float64Array.of(1, -3);
    const { name, mean, variance, fill } = gaussian();
    const other: Noise = { name, mean, variance, fill };
    expect(() => utilityKl(other, theta, 2)).toThrow("utilityKl: noise expected one with a divergence");
    // A normal of variance 4.
    const wide: Noise = { ...other, divergence: { value: (d) => (d * d) / 8, slope: (d) => d / 4 } };
    expect(utilityKl(wide, theta, 2)).toStrictEqual({
      value: Float64Array.of(1.25),
      gradient: Float64Array.of(0.25, -0.75),
    });
  });

  test("a shift of utilities divides out, one of negative exponentials would part their supports", () => {
    const theta = Float64Array.of(1, -3);
    expect(utilityKl(gumbel({ centered: true }), theta, 2)).toStrictEqual(utilityKl(gumbel(), theta, 2));
    expect(() => utilityKl(negativeExponential({ centered: true }), theta, 2)).toThrow(RangeError);
  });

  test("other noises and lengths are errors", () => {
    for (const none of [undefined, null, "gumbel", {}]) {
      expect(() => utilityKl(none as unknown as Noise, Float64Array.of(1), 1)).toThrow(TypeError);
    }
    expect(() => utilityKl(noNoise(), Float64Array.of(1), 1)).toThrow(RangeError);
    expect(() => utilityKl(gumbel(), Float64Array.of(1, 2, 3), 1.5)).toThrow("size expected an integer");
    expect(() => utilityKl(gumbel(), Float64Array.of(1, 2, 3), 2)).toThrow(RangeError);
    expect(() => utilityKl(gumbel(), Float64Array.of(1), 1, new Float64Array(2))).toThrow(RangeError);
  });
});
