import { expect, test } from "vitest";
import { expectClose, golden } from "../../test/golden.ts";
import { chiSquare, chiSquareLimit, FALSE_ALARM_Z } from "../../test/statistics.ts";
import type { Noise } from "../contracts.ts";
import { rng } from "../core/rng.ts";
import { gaussian } from "./gaussian.ts";
import { gumbel } from "./gumbel.ts";
import { logistic } from "./logistic.ts";
import { negativeExponential } from "./negative-exponential.ts";
import { noNoise } from "./no-noise.ts";
import { sumOfGamma } from "./sum-of-gamma.ts";

/** Φ at 0.1, 0.2, … 5 by Simpson's rule: independent of how the library computes it. */
function normalDistribution(x: number): number {
  const steps = 100;
  const h = x / steps;
  let sum = 0;
  for (let i = 0; i <= steps; i++) {
    sum += (i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2) * Math.exp(-0.5 * (i * h) ** 2);
  }
  return 0.5 + (sum * h) / 3 / Math.sqrt(2 * Math.PI);
}

/** Σ_{i ≤ s} i^(−power). */
function powers(s: number, power: number): number {
  let sum = 0;
  for (let i = 1; i <= s; i++) sum += i ** -power;
  return sum;
}

/** How many of the sorted values have P(X ≤ x) ≤ p. */
function countBelow(sorted: Float64Array, distribution: (x: number) => number, p: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (distribution(sorted[middle]!) <= p) low = middle + 1;
    else high = middle;
  }
  return low;
}

interface Exact {
  noise: (options?: { centered?: boolean }) => Noise;
  distribution: (x: number) => number;
  skewness: number;
  excessKurtosis: number;
}

const noises: Record<string, Exact> = {
  gumbel: {
    noise: gumbel,
    distribution: (x) => Math.exp(-Math.exp(-x)),
    skewness: 1.1395470994046488,
    excessKurtosis: 2.4,
  },
  logistic: {
    noise: logistic,
    distribution: (x) => 1 / (1 + Math.exp(-x)),
    skewness: 0,
    excessKurtosis: 1.2,
  },
  gaussian: { noise: gaussian, distribution: normalDistribution, skewness: 0, excessKurtosis: 0 },
  negativeExponential: {
    noise: negativeExponential,
    distribution: (x) => Math.exp(Math.min(x, 0)),
    skewness: -2,
    excessKurtosis: 6,
  },
  sumOfGamma: {
    noise: (options) => sumOfGamma({ k: 1, iterations: 7, ...options }),
    distribution: (x) => Math.max(0, 1 - Math.exp(-(x + Math.log(7)))) ** 7,
    skewness: (2 * powers(7, 3)) / powers(7, 2) ** 1.5,
    excessKurtosis: (6 * powers(7, 4)) / powers(7, 2) ** 2,
  },
};

const DRAWS = 400_000;

for (const [name, { noise, distribution, skewness, excessKurtosis }] of Object.entries(noises)) {
  const values = new Float64Array(DRAWS);
  noise().fill(values, rng(1));

  test(`${name}: moments agree with the exact ones`, () => {
    const { mean, variance } = noise();
    let m1 = 0;
    let m2 = 0;
    let m3 = 0;
    for (const x of values) {
      const z = (x - mean) / Math.sqrt(variance);
      m1 += z / DRAWS;
      m2 += (z * z) / DRAWS;
      m3 += z ** 3 / DRAWS;
    }
    const sixth = values.reduce((sum, x) => sum + ((x - mean) / Math.sqrt(variance)) ** 6, 0) / DRAWS;
    expect(Math.abs(m1)).toBeLessThan(FALSE_ALARM_Z / Math.sqrt(DRAWS));
    expect(Math.abs(m2 - 1)).toBeLessThan(FALSE_ALARM_Z * Math.sqrt((excessKurtosis + 2) / DRAWS));
    expect(Math.abs(m3 - skewness)).toBeLessThan(FALSE_ALARM_Z * Math.sqrt((sixth - m3 ** 2) / DRAWS));
  });

  test(`${name}: the distribution function is met everywhere (Kolmogorov and Smirnov)`, () => {
    const sorted = Float64Array.from(values).sort();
    let distance = 0;
    // Every 20th order statistic, at most 20 / DRAWS from the supremum.
    for (let i = 0; i < DRAWS; i += 20) {
      distance = Math.max(distance, Math.abs(distribution(sorted[i]!) - (i + 0.5) / DRAWS));
    }
    // P(√n D > c) ≈ 2 exp(−2c²): c = 2.9 for one in ten million.
    expect(distance).toBeLessThan(2.9 / Math.sqrt(DRAWS) + 20 / DRAWS);
  });

  test(`${name}: tails hold as many draws as they should`, () => {
    const sorted = Float64Array.from(values).sort();
    for (const p of [1e-2, 1e-3, 1e-4]) {
      const expected = p * DRAWS;
      const limit = FALSE_ALARM_Z * Math.sqrt(expected) + 15;
      expect(Math.abs(countBelow(sorted, distribution, p) - expected)).toBeLessThan(limit);
      const above = DRAWS - countBelow(sorted, distribution, 1 - p);
      expect(Math.abs(above - expected)).toBeLessThan(limit);
    }
  });

  test(`${name}: centered noise is the same noise minus its mean`, () => {
    const published = noise();
    const centered = noise({ centered: true });
    expect(centered.mean).toBe(0);
    expect(centered.variance).toBe(published.variance);
    const bare = new Float64Array(5000);
    const shifted = new Float64Array(5000);
    published.fill(bare, rng(1));
    centered.fill(shifted, rng(1));
    expectClose(
      shifted,
      bare.map((x) => x - published.mean),
      { rel: 0, abs: 1e-14 },
    );
  });

  test(`${name}: Float32Array gets the rounded numbers of Float64Array, for every length`, () => {
    for (const length of [0, 1, 2, 20, 255, 256, 257, 1000]) {
      const single = new Float32Array(length);
      const double = new Float64Array(length);
      noise().fill(single, rng(length));
      noise().fill(double, rng(length));
      expect(single).toEqual(Float32Array.from(double));
    }
  });

  test(`${name}: a misspelt option, a truthy string, a plain array and no generator are TypeErrors`, () => {
    expect(() => noise({ centred: true } as object)).toThrow(TypeError);
    expect(() => noise({ centered: "no" } as object)).toThrow("centered expected a boolean");
    expect(() => noise().fill([0] as unknown as Float64Array, rng(1))).toThrow(TypeError);
    expect(() => noise().fill(new Float64Array(1), undefined as never)).toThrow(/: rng expected an Rng/);
  });
}

interface Golden {
  mean: number;
  variance: number;
  cdfX: number[];
  cdfF: number[];
}

for (const { case: name, inputs, outputs, tol } of golden<{ loc?: number; scale: number }, Golden>("noise")) {
  const noise = name.startsWith("gumbel") ? gumbel() : name.startsWith("logistic") ? logistic() : undefined;
  if (!noise) continue;
  test(`golden ${name}`, () => {
    const { loc = 0, scale } = inputs;
    expect(Math.abs(loc + scale * noise.mean - outputs.mean)).toBeLessThan(
      tol.abs + tol.rel * Math.abs(outputs.mean),
    );
    expect(Math.abs(scale ** 2 * noise.variance - outputs.variance)).toBeLessThan(
      tol.abs + tol.rel * outputs.variance,
    );
    const values = new Float64Array(100_000);
    noise.fill(values, rng(2));
    const counts = new Array(outputs.cdfX.length + 1).fill(0);
    for (const x of values) counts[outputs.cdfX.filter((bound) => loc + scale * x > bound).length]++;
    const probabilities = [...outputs.cdfF, 1].map((f, i) => f - (outputs.cdfF[i - 1] ?? 0));
    const { statistic, degrees } = chiSquare(counts, probabilities);
    expect(statistic).toBeLessThan(chiSquareLimit(degrees));
  });
}

test("noNoise fills with zeros and refuses what is no float array", () => {
  const out = Float64Array.of(1, 2, 3);
  noNoise().fill(out, rng(1));
  expect([...out]).toEqual([0, 0, 0]);
  expect(() => noNoise().fill([1] as unknown as Float64Array, rng(1))).toThrow(TypeError);
});

test.each([
  ["gaussian", gaussian(), (z: number) => -(z * z) / 2],
  ["gumbel", gumbel(), (z: number) => -z - Math.exp(-z)],
  ["gumbel, centered", gumbel({ centered: true }), (z: number) => -z - Math.exp(-(z + gumbel().mean))],
  ["logistic", logistic(), (z: number) => -z - 2 * Math.log1p(Math.exp(-z))],
] as const)("the score of %s is minus the slope of its log-density", (_, noise, logDensity) => {
  for (const z of [-2.5, -0.3, 0, 0.7, 4]) {
    const step = 1e-5;
    const slope = (logDensity(z + step) - logDensity(z - step)) / (2 * step);
    expect(Math.abs(noise.score!(z) + slope)).toBeLessThan(1e-8);
  }
  expect(sumOfGamma({ k: 3 }).score).toBeUndefined();
  expect(negativeExponential().score).toBeUndefined();
});
