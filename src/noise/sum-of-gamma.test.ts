import { expect, test } from "vitest";
import { expectClose, golden } from "../../test/golden.ts";
import { chiSquare, chiSquareLimit, FALSE_ALARM_Z } from "../../test/statistics.ts";
import { rng } from "../core/rng.ts";
import { sumOfGamma } from "./sum-of-gamma.ts";
import { sumOfGammaQuantile } from "./sum-of-gamma-quantile.ts";

interface Inputs {
  k: number;
  tau: number;
  s: number;
}
interface Outputs {
  mean: number;
  variance: number;
  skewness: number;
  excessKurtosis: number;
  cumulants: number[];
  cdfX: number[];
  cdfF: number[];
  gumbelMean: number;
  gumbelVariance: number;
}

const cases = golden<Inputs, Outputs>("noise");

for (const { case: name, inputs, outputs, tol } of cases) {
  if (!name.startsWith("sog_")) continue;
  const { k, tau, s } = inputs;

  test(`${name}: mean and variance are exact`, () => {
    const noise = sumOfGamma({ k, iterations: s });
    expectClose(tau * noise.mean, outputs.mean, { rel: 1e-14, abs: 1e-15 });
    expectClose(tau ** 2 * noise.variance, outputs.variance, { rel: 1e-14, abs: 0 });
  });

  test(`${name}: quantiles of the golden distribution function`, () => {
    const quantile = sumOfGammaQuantile(1 / k, s);
    const at = new Float64Array(2);
    for (const [i, x] of outputs.cdfX.entries()) {
      const f = outputs.cdfF[i]!;
      quantile(Math.min(f, 1 - f), f > 0.5, at);
      expectClose(tau * (at[0]! - Math.log(s) / k), x, { rel: 0, abs: 2e-12 }, `at ${f}`);
    }
    expect(tol.rel).toBeGreaterThan(1e-12);
  });

  for (const [method, draws] of [
    ["table", 400_000],
    ["gamma", s > 50 ? 4000 : 40_000],
  ] as const) {
    test(`${name}: draws by ${method} have the moments and the distribution function`, () => {
      const values = new Float64Array(draws);
      sumOfGamma({ k, iterations: s, method }).fill(values, rng(4));
      const m = moments(
        values.map((x) => tau * x),
        outputs.mean,
      );
      expect(Math.abs(m[0]!)).toBeLessThan(FALSE_ALARM_Z * Math.sqrt(outputs.variance / draws));
      const [, k2 = 0, k3 = 0, k4 = 0] = outputs.cumulants;
      // Standard errors of the second to fourth central moments, from the sample's own higher moments.
      for (const [power, exact] of [
        [2, k2],
        [3, k3],
        [4, k4 + 3 * k2 ** 2],
      ] as const) {
        const error = Math.sqrt((m[2 * power - 1]! - m[power - 1]! ** 2) / draws);
        expect(Math.abs(m[power - 1]! - exact)).toBeLessThan(FALSE_ALARM_Z * error);
      }
      const counts = new Array(outputs.cdfX.length + 1).fill(0);
      for (const x of values) counts[outputs.cdfX.filter((bound) => tau * x > bound).length]++;
      const probabilities = [...outputs.cdfF, 1].map((f, i) => f - (outputs.cdfF[i - 1] ?? 0));
      const { statistic, degrees } = chiSquare(counts, probabilities);
      expect(statistic).toBeLessThan(chiSquareLimit(degrees));
    });
  }
}

for (const { case: name, inputs, outputs, tol } of cases) {
  if (!name.startsWith("sum_of_k_sog")) continue;
  test(`${name}: k variables sum to the golden moments, whatever k`, () => {
    for (const k of [1, 5, 7]) {
      const noise = sumOfGamma({ k, iterations: inputs.s });
      expectClose(k * noise.mean, outputs.mean, tol);
      expectClose(k * noise.variance, outputs.variance, tol);
      // Theorem 2: the mean's distance to Gumbel's is between 1/(2(s + 1)) and 1/(2s).
      expect(k * noise.mean - outputs.gumbelMean).toBeGreaterThan(1 / (2 * (inputs.s + 1)));
      expect(k * noise.mean - outputs.gumbelMean).toBeLessThan(1 / (2 * inputs.s));
    }
  });
}

test("k = 1 is the maximum of s exponentials: quantiles have 13 digits in both tails", () => {
  const at = new Float64Array(2);
  for (const s of [1, 2, 3, 10, 60, 200]) {
    const quantile = sumOfGammaQuantile(1, s);
    for (let p = 0.5; p > 1e-15; p /= 3) {
      quantile(p, true, at);
      expectClose(at[0]!, -Math.log(-Math.expm1(Math.log1p(-p) / s)), { rel: 1e-12, abs: 0 }, `above ${p}`);
      quantile(p, false, at);
      expectClose(at[0]!, -Math.log1p(-Math.exp(Math.log(p) / s)), { rel: 1e-12, abs: 0 }, `below ${p}`);
    }
  }
});

test("s = 1 and k = 2 is half a squared normal: quantiles in both tails", () => {
  // P(N² / 2 ≤ y) = erf(√y), here by its power series and its continued fraction.
  const quantile = sumOfGammaQuantile(0.5, 1);
  const at = new Float64Array(2);
  for (let p = 0.5; p > 1e-12; p /= 3) {
    quantile(p, false, at);
    expectClose(erf(Math.sqrt(at[0]!)), p, { rel: 1e-12, abs: 0 }, `below ${p}`);
    quantile(p, true, at);
    const tolerance = { rel: 1e-12, abs: at[0]! < 4 ? 1e-15 : 0 };
    expectClose(erfc(Math.sqrt(at[0]!)), p, tolerance, `above ${p}`);
  }
});

test("quantiles increase and densities are their slopes, for orders far below and far above 1", () => {
  const at = new Float64Array(2);
  for (const [k, s] of [
    [1e6, 1],
    [400, 3],
    [1.5, 30],
    [1, 200],
  ] as const) {
    const quantile = sumOfGammaQuantile(1 / k, s);
    let last = -1;
    for (let i = 1; i < 400; i++) {
      const p = i / 400;
      quantile(Math.min(p, 1 - p), p > 0.5, at);
      const [x, density] = [at[0]!, at[1]!];
      expect(x).toBeGreaterThanOrEqual(last);
      last = x;
      if (density > 1e6) continue;
      const h = 1e-5;
      quantile(Math.min(p + h, 1 - p - h), p + h > 0.5, at);
      const rise = at[0]!;
      quantile(Math.min(p - h, 1 - p + h), p - h > 0.5, at);
      expectClose(((rise - at[0]!) / 2) * (density / h), 1, { rel: 1e-3, abs: 0 }, `k ${k}, s ${s}, p ${p}`);
    }
  }
});

test("the table agrees with the quantiles it was made of within 2e-8, at 1e-9 and 1 − 1e-9 too", () => {
  // A generator that gives chosen words: the first picks the draw, the second its place in a refined tail.
  const chosen = [0, 0];
  const stream = Object.assign(rng(0), {
    fillBits: (out: Uint32Array) => {
      out[0] = chosen[0]!;
    },
    bits: () => chosen[1]!,
  });
  const at = new Float64Array(2);
  const out = new Float64Array(1);
  const random = rng(6);
  for (const [k, s] of [
    [1, 10],
    [10, 10],
    [50, 10],
    [3, 20],
    [5, 100],
  ] as const) {
    const noise = sumOfGamma({ k, iterations: s });
    const quantile = sumOfGammaQuantile(1 / k, s);
    for (let i = 0; i < 4000; i++) {
      const upper = i % 2 === 1;
      // Logarithmically uniform down to 2⁻⁴⁰.
      const p = 2 ** -(1 + 39 * random.uniform() * (i % 4 < 2 ? 0.1 : 1));
      const near = p >= 2 ** -9;
      const word = near ? Math.round(p * 2 ** 32 - 0.5) : 0;
      chosen[0] = upper ? 2 ** 32 - 1 - word : word;
      chosen[1] = near ? 0 : Math.max(1, Math.round(p * 2 ** 41));
      const exact = near ? (word + 0.5) / 2 ** 32 : chosen[1] / 2 ** 41;
      noise.fill(out, stream);
      quantile(exact, upper, at);
      expectClose(out[0]! + Math.log(s) / k, at[0]!, { rel: 0, abs: 2e-8 }, `${k} ${s} ${upper} ${exact}`);
    }
  }
});

test("far tails hold as many draws as they should", () => {
  const draws = 2_000_000;
  const values = new Float64Array(draws);
  sumOfGamma({ k: 10 }).fill(values, rng(8));
  const quantile = sumOfGammaQuantile(0.1, 10);
  const at = new Float64Array(2);
  for (const p of [1e-2, 1e-3, 1e-4, 1e-5]) {
    for (const upper of [false, true]) {
      quantile(p, upper, at);
      const bound = at[0]! - Math.log(10) / 10;
      let count = 0;
      for (const x of values) if (upper ? x > bound : x < bound) count++;
      expect(Math.abs(count - p * draws)).toBeLessThan(FALSE_ALARM_Z * Math.sqrt(p * draws) + 15);
    }
  }
});

test("many iterations are drawn by gamma variables unless a table is asked for", () => {
  const draws = (options: object, iterations: number): number[] => {
    const out = new Float64Array(5);
    sumOfGamma({ k: 4, iterations, ...options }).fill(out, rng(1));
    return [...out];
  };
  expect(draws({}, 10)).toEqual(draws({ method: "table" }, 10));
  expect(draws({}, 201)).toEqual(draws({ method: "gamma" }, 201));
});

test("more noises than tables are kept, and evicted ones come again with the same draws", () => {
  const draw = (k: number): number => {
    const out = new Float64Array(1);
    sumOfGamma({ k, iterations: 2 }).fill(out, rng(1));
    return out[0]!;
  };
  const first = draw(100);
  for (let k = 101; k < 120; k++) draw(k);
  expect(draw(100)).toBe(first);
});

test("bad options are errors that say what was expected", () => {
  expect(() => sumOfGamma({ k: 0 })).toThrow("sumOfGamma: k expected a finite number ≥ 1, got 0");
  expect(() => sumOfGamma({ k: Number.NaN })).toThrow(RangeError);
  expect(() => sumOfGamma({ k: "5" as unknown as number })).toThrow(TypeError);
  expect(() => sumOfGamma({ k: 5, iterations: 2.5 })).toThrow("sumOfGamma: iterations expected an integer");
  expect(() => sumOfGamma({ k: 5, method: "fast" as "table" })).toThrow('expected one of "table", "gamma"');
  expect(() => sumOfGamma({ k: 5, centred: true } as { k: number })).toThrow('unknown option "centred"');
  expect(() => sumOfGamma(undefined as unknown as { k: number })).toThrow(
    "k expected a number, got undefined",
  );
});

/** Mean deviation from `mean`, and central moments up to the eighth. */
function moments(values: Float64Array, mean: number): number[] {
  const sums = new Array(8).fill(0);
  for (const x of values) {
    let power = 1;
    for (let i = 0; i < 8; i++) {
      power *= x - mean;
      sums[i] += power / values.length;
    }
  }
  return sums;
}

function erf(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-18 * sum; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

function erfc(x: number): number {
  if (x < 2) return 1 - erf(x);
  let fraction = x;
  for (let n = 120; n >= 1; n--) fraction = x + n / 2 / fraction;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / fraction;
}
