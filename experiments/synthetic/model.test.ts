import { expect, test } from "vitest";
import type { Cell } from "../../lab/experiment.ts";
import { keyedRng } from "../../lab/run/keyed-rng.ts";
import { gumbel, kSubset, rng, sumOfGamma } from "../../src/index.ts";
import { expectClose, golden } from "../../test/golden.ts";
import { presets } from "./config.ts";
import { authorsInstance, type Instance, instanceOfSeed, optimum } from "./data.ts";
import { descend } from "./descent.ts";
import { expectedLoss, gradientEstimator, type Method } from "./model.ts";
import { BIN_WIDTH, BINS, FIRST_EDGE, gumbelDensity, histogramOfSums } from "./sums.ts";
import { binomial, enumerate } from "./timing.ts";

interface Inputs {
  readonly n: number;
  readonly k: number;
  readonly theta: number[];
  readonly b: number[];
}
interface Outputs {
  readonly minimum: number;
  readonly expectedLoss: number;
  readonly sfe: { readonly mean: number[]; readonly variance: number[] };
  /** Every fifth loss of exact gradient descent with momentum, by learning rate. */
  readonly gdMomentum: Readonly<Record<string, number[]>>;
}
const cases = golden<Inputs, Outputs>("toy");

function instance({ k, theta, b }: Inputs): Instance {
  return { k, theta: Float64Array.from(theta), b: Float64Array.from(b) };
}

function cell(...key: (string | number)[]): Cell {
  return {
    name: "test",
    restored: undefined,
    rng: (...more) => keyedRng(0, [...key, ...more]),
    metric: () => {},
    safePoint: async () => {},
    keep: () => {},
  };
}

test("seed 0 has the authors' instance: numpy's, to the last bit", () => {
  const { inputs } = cases.find((c) => c.case === "toy_exp_seed0")!;
  expect(authorsInstance).toStrictEqual(instance(inputs));
});

test("optimum and expected loss are those of enumeration", () => {
  for (const { inputs, outputs, tol } of cases) {
    const at = instance(inputs);
    const losses = Array.from(kSubset(inputs.n, inputs.k).states!(), (z) =>
      z.reduce((sum, x, i) => sum + (x - at.b[i]!) ** 2, 0),
    );
    expectClose(optimum(at), Math.min(...losses), tol, "minimum");
    // The fixture's minimum swaps zeros and ones, which is right for k = n/2 alone.
    if (inputs.n === 2 * inputs.k) expectClose(optimum(at), outputs.minimum, tol, "fixture's minimum");
    expectClose(expectedLoss(at)(at.theta), [outputs.expectedLoss], tol, "loss");
    const weights = new Float64Array(binomial(inputs.n, inputs.k));
    const states = kSubset(inputs.n, inputs.k).states!();
    expectClose(enumerate(at, weights, states), outputs.expectedLoss, tol, "enumerated loss");
  }
});

test("the paper's optimum and first gap", () => {
  expect(optimum(authorsInstance)).toBeCloseTo(1.12515, 5);
  const loss = expectedLoss(authorsInstance)(authorsInstance.theta)[0]!;
  expect(loss - optimum(authorsInstance)).toBeCloseTo(4.1142, 4);
});

test("the loss of several rows is that of each", () => {
  const loss = expectedLoss(authorsInstance);
  const other = authorsInstance.theta.map((x) => -x);
  expect(loss(Float64Array.of(...authorsInstance.theta, ...other))).toStrictEqual(
    Float64Array.of(loss(authorsInstance.theta)[0]!, loss(other)[0]!),
  );
});

test("exact descent follows the golden curves: velocity, then step, recorded before it", async () => {
  for (const { inputs, outputs, tol } of cases) {
    const at = instance(inputs);
    const subsets = kSubset(inputs.n, inputs.k);
    const slope = at.b.map((x) => 1 - 2 * x);
    for (const [rate, want] of Object.entries(outputs.gdMomentum)) {
      const curve: number[] = [];
      await descend(
        cell(),
        at,
        (theta) => {
          const gradient = new Float64Array(theta.length);
          subsets.marginalsJvp(theta, slope, gradient);
          return gradient;
        },
        {
          runs: 1,
          steps: 51,
          learningRate: Number(rate),
          momentum: 0.9,
          record: (step, gaps) => step % 5 === 0 && curve.push(gaps[0]! + optimum(at)),
        },
      );
      expectClose(curve, want, tol, `curve at ${rate}`);
    }
  }
});

test("the score function estimate has the golden mean and variance", () => {
  const rows = 40_000;
  for (const { inputs, outputs } of cases) {
    const at = instance(inputs);
    const theta = new Float64Array(rows * inputs.n);
    for (let row = 0; row < rows; row++) theta.set(at.theta, row * inputs.n);
    const gradient = gradientEstimator(at, "sfe", 1)(theta, rng(1));
    for (let i = 0; i < inputs.n; i++) {
      let sum = 0;
      for (let row = 0; row < rows; row++) sum += gradient[row * inputs.n + i]!;
      // Five standard errors: one false alarm in a million entries.
      const error = 5 * Math.sqrt(outputs.sfe.variance[i]! / rows);
      expect(Math.abs(sum / rows - outputs.sfe.mean[i]!)).toBeLessThan(error);
    }
  }
});

test("STE's gradient is 2(z − b) and I-MLE's a difference of states", () => {
  const { theta, b } = authorsInstance;
  const ste = gradientEstimator(authorsInstance, "ste-gumbel", 2)(theta, rng(0));
  const z = Float64Array.from(ste, (g, i) => g / 2 + b[i]!);
  expect(z.map(Math.round).reduce((sum, x) => sum + x, 0)).toBe(5);
  for (const x of z) expect(Math.min(Math.abs(x), Math.abs(x - 1))).toBeLessThan(1e-12);
  const difference = gradientEstimator(authorsInstance, "imle-sog", 2)(theta, rng(0));
  for (const x of difference) expect([-1, 0, 1]).toContain(x + 0);
});

/**
 * 4,000 runs gave means and standard deviations of 0.205 ± 0.234 (I-MLE SoG), 0.276 ± 0.316 (I-MLE Gumbel),
 * 0.748 ± 0.108 (STE Gumbel), 1.264 ± 0.092 (STE SoG), and 1,000 runs 0.411 ± 0.286 (SFE); the bounds are four
 * standard errors of the mean of `runs` runs.
 */
test.each<[Method, number, number]>([
  ["imle-sog", 0.11, 0.3],
  ["imle-gumbel", 0.15, 0.4],
  ["ste-gumbel", 0.705, 0.791],
  ["ste-sog", 1.227, 1.301],
  ["sfe", 0.25, 0.573],
])("%s ends where the authors' code does", async (method, low, high) => {
  const { imleLearningRate, steLearningRate, sfeLearningRate, lambda, momentum } = presets.paper;
  const rate =
    method === "sfe" ? sfeLearningRate : method.startsWith("ste") ? steLearningRate : imleLearningRate;
  const runs = method === "sfe" ? 50 : 100;
  const gaps = await descend(
    cell(method),
    authorsInstance,
    gradientEstimator(authorsInstance, method, lambda),
    { runs, steps: method === "sfe" ? 500 : 50, learningRate: rate, momentum },
  );
  const mean = gaps.reduce((sum, x) => sum + x, 0) / runs;
  expect(mean).toBeGreaterThan(low);
  expect(mean).toBeLessThan(high);
});

test("other seeds draw other instances of the same law", () => {
  expect(instanceOfSeed(0)).toBe(authorsInstance);
  const [a, b] = [instanceOfSeed(1), instanceOfSeed(2)];
  expect(a).not.toStrictEqual(b);
  for (const at of [a, b]) {
    expect(at.theta).toHaveLength(10);
    expect(Math.min(...at.b)).toBeGreaterThan(0);
    expect(at.b).toStrictEqual(Float64Array.from(at.b, Math.fround));
  }
});

test("sums of SoG variables are close to Gumbel, sums of Gumbels far from it", () => {
  const sog = histogramOfSums(sumOfGamma({ k: 5, iterations: 10 }), 5, 10_000, rng(0));
  const plain = histogramOfSums(gumbel(), 5, 10_000, rng(0));
  // The cut after ten terms shifts the mean by 0.05 and so the distribution function by less than 0.05 max f = 0.019;
  // 10,000 samples add 0.0195 with probability 0.001.
  expect(sog.kolmogorov).toBeLessThan(0.0385);
  expect(plain.kolmogorov).toBeGreaterThan(0.4);
  expect((sog.counts as number[]).reduce((sum, n) => sum + n)).toBeGreaterThan(9_950);
});

test("the bins of the histogram hold the density's mass", () => {
  let mass = 0;
  for (let bin = 0; bin < BINS; bin++)
    mass += gumbelDensity(FIRST_EDGE + (bin + 0.5) * BIN_WIDTH) * BIN_WIDTH;
  expect(mass).toBeCloseTo(1, 3);
});
