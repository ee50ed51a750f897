import { describe, expect, test } from "vitest";
import { losses } from "../../experiments/gradient-quality/comparison/losses.ts";
import { applicable, settings } from "../../experiments/gradient-quality/comparison/methods.ts";
import { instanceOf } from "../../experiments/gradient-quality/comparison/run.ts";
import { structures } from "../../experiments/gradient-quality/comparison/structures.ts";
import type { ExponentialFamily, FloatArray } from "../contracts.ts";
import { rng } from "../core/rng.ts";
import { hamming } from "../losses/hamming.ts";
import type { LossAndGradient } from "../losses/loss-and-gradient.ts";
import { gradientQuality } from "../metrics/gradient-quality.ts";
import { gridPath } from "../structures/grid-path.ts";
import { independentBits } from "../structures/independent-bits.ts";
import { kSubset } from "../structures/k-subset.ts";
import { solver } from "../structures/solver.ts";
import { factsOf } from "./facts.ts";
import { type ProbeOptions, type ProbeProgress, probe } from "./probe.ts";
import { referenceOf } from "./reference.ts";

const theta = Float64Array.of(0.3, -0.2, 0.8, 0.1, -0.9, 0.4);
const always = (): boolean => true;
const never = (): boolean => false;

/** (⟨w, z⟩ − 1)² of every row. */
function squared(w: FloatArray): (z: FloatArray) => LossAndGradient {
  return (z) => {
    const rows = z.length / w.length;
    const value = new Float64Array(rows).fill(-1);
    for (let i = 0; i < z.length; i++) value[Math.floor(i / w.length)]! += w[i % w.length]! * z[i]!;
    const gradient = z.slice();
    for (let i = 0; i < z.length; i++) gradient[i] = 2 * value[Math.floor(i / w.length)]! * w[i % w.length]!;
    return { value: value.map((x) => x * x), gradient };
  };
}

/** A probe that ends before its race, whatever the machine: all settings are measured, none for long. */
const options = (changes: Partial<ProbeOptions> = {}): ProbeOptions => {
  const sweeping = new AbortController();
  return {
    structure: kSubset(6, 3),
    theta,
    loss: squared(Float64Array.of(1, -2, 0.5, 0.3, -1, 2)),
    rng: rng(0),
    seconds: 20,
    signal: sweeping.signal,
    onProgress: ({ stage }) => stage === "race" && sweeping.abort(),
    ...changes,
  };
};

describe("probe", () => {
  // What is promised for ten seconds, in two: of ten instances over all six structures, nine or more within a tenth.
  test("finds what the full search of gradient-quality finds", { timeout: 240_000 }, () => {
    const within = Array.from({ length: 10 }, (_, i) => {
      const structure = structures[i % structures.length]!;
      const instance = instanceOf(structure, losses[(i + Math.floor(i / 6)) % 3]!, rng(50 + i));
      const { recommendation, estimators } = probe({
        structure: structure.family,
        theta: instance.theta,
        loss: instance.loss,
        rng: rng(i),
        seconds: 2,
      });
      const chosen = estimators.find(({ code }) => code === recommendation.code)!;
      let best = Infinity;
      for (const method of applicable(structure)) {
        // No estimator of the library.
        if (method.name === "noise-score") continue;
        for (const dial of settings(method)) {
          const gradients = method.make(structure, dial)(instance, 1000, rng(900 + i));
          best = Math.min(best, gradientQuality(gradients, instance.exact).error);
        }
      }
      return chosen.error <= 1.1 * best;
    });
    expect(within.filter(Boolean).length).toBeGreaterThanOrEqual(9);
  });

  test("a linear loss has an exact gradient by SIMPLE, and the probe says so", () => {
    const y = Float64Array.of(1, 1, 1, 0, 0, 0);
    const result = probe(options({ loss: (z) => hamming(z, y, 6) }));
    expect(result.recommendation.code).toBe("simple(structure)");
    expect(result.recommendation.text).toContain("linear in z");
    expect(result.diagnoses.map(({ about }) => about)).toContain("linear loss");
    expect(result.estimators[0]!.error).toBeLessThan(1e-9);
  });

  test("a loss whose gradient is silent leaves the score function", () => {
    const loss = squared(Float64Array.of(1, -2, 0.5, 0.3, -1, 2));
    const blind = (z: FloatArray): LossAndGradient => {
      const { value, gradient } = loss(z);
      return { value, gradient: gradient.fill(0) };
    };
    const result = probe(options({ loss: blind, seconds: 3, onProgress: () => {} }));
    expect(result.recommendation.code).toContain("scoreFunction");
    expect(result.diagnoses.map(({ about }) => about)).toContain("short-sighted loss");
    expect(result.estimators.find(({ name }) => name === "imle")!.zeroShare).toBe(1);
  });

  test.each([
    [1e-4, "lambda too small"],
    [100, "lambda too large"],
  ])("a loss %s times as large: the default %s", (scale, about) => {
    const loss = squared(Float64Array.of(1, -2, 0.5, 0.3, -1, 2));
    const scaled = (z: FloatArray): LossAndGradient => {
      const { value, gradient } = loss(z);
      return { value: value.map((x) => scale * x), gradient: gradient.map((x) => scale * x) };
    };
    const result = probe(options({ loss: scaled }));
    expect(result.diagnoses.map((diagnosis) => diagnosis.about)).toContain(about);
  });

  test.each([
    [1e-3, "noise swamps theta"],
    [1e3, "noise changes nothing"],
  ])("theta %s times as large: %s", (scale, about) => {
    const result = probe(options({ theta: theta.map((x) => scale * x) }));
    expect(result.diagnoses.map((diagnosis) => diagnosis.about)).toContain(about);
  });

  test("a constant loss has nothing to learn", () => {
    const loss = (z: FloatArray): LossAndGradient => ({
      value: new Float64Array(z.length / 6).fill(3),
      gradient: z.slice().fill(0),
    });
    const result = probe(options({ loss }));
    expect(result.recommendation).toMatchObject({ decided: false, code: "" });
    expect(result.recommendation.text).toContain("the true gradient is zero");
    expect(result.diagnoses.map(({ about }) => about)).toEqual(["zero gradient"]);
  });

  test("what the structure offers decides: MAP alone, subsets, any rows and contexts", () => {
    const names = (changes: Partial<ProbeOptions>): string[] =>
      probe(options(changes)).tried.map(({ name }) => name);
    const grid = gridPath(3, 3);
    const costs = Float64Array.from({ length: 18 }, (_, i) => -1 - Math.sin(i) ** 2);
    const path = names({ structure: grid, theta: costs, loss: squared(costs.subarray(0, 9)) });
    expect(path).toContain("imle");
    expect(path).not.toContain("simple");
    expect(path.some((name) => name.includes("euclidean"))).toBe(false);
    const context = { k: [2, 4] } as never;
    const subsets = names({ theta: Float64Array.of(...theta, ...theta), context });
    expect(subsets).toContain("stochasticSoftmax, euclidean");
    expect(subsets).toContain("learnToExplain");
  });

  test("the result is plain data and prints as a table", () => {
    const result = probe(options());
    expect(structuredClone(result)).toEqual(result);
    const text = String(result);
    expect(text).toContain("against the exact one, over 20 states");
    expect(text).toMatch(/estimator +dial +states +error/);
    expect(text).toContain(result.recommendation.text);
    expect(text).not.toMatch(/undefined|NaN|\[object/);
  });

  test("keeps its budget, reports progress, and ends when it is told to", () => {
    const seen: ProbeProgress[] = [];
    const { seconds } = probe(options({ seconds: 1, onProgress: (progress) => seen.push(progress) }));
    // One call more than the budget takes far less than this, on any machine.
    expect(seconds).toBeLessThan(2);
    expect([...new Set(seen.map(({ stage }) => stage))].slice(0, 2)).toEqual(["reference", "coarse"]);
    expect(seen.at(-1)!.best).not.toBe("");
    const controller = new AbortController();
    const stopped = probe(
      options({
        seconds: 1000,
        signal: controller.signal,
        onProgress: ({ stage }) => stage === "fine" && controller.abort(),
      }),
    );
    expect(stopped.seconds).toBeLessThan(60);
    expect(stopped.estimators.length).toBeGreaterThan(5);
    const none = probe(options({ signal: AbortSignal.abort() }));
    expect(none.recommendation.code).toBe("");
  });

  test("a loss that refuses soft states is met with states alone; other errors are the caller's", () => {
    const loss = squared(Float64Array.of(1, -2, 0.5, 0.3, -1, 2));
    const hardOnly = (z: FloatArray): LossAndGradient => {
      if (z.some((x) => x !== 0 && x !== 1)) throw new Error("states only");
      return loss(z);
    };
    const result = probe(options({ loss: hardOnly }));
    expect(result.estimators.every(({ states }) => states === "hard")).toBe(true);
    expect(result.untried.map(({ reason }) => reason)).toContain("states only");
    const broken = () => {
      throw new Error("broken");
    };
    expect(() => probe(options({ loss: broken }))).toThrow("broken");
    const structure = solver({ shape: [6], solve: broken });
    expect(() => probe(options({ structure }))).toThrow("broken");
  });

  test("bad input is an error that names it", () => {
    const wrong = (changes: object) => () => probe(options(changes as Partial<ProbeOptions>));
    expect(wrong({ structure: undefined })).toThrow("probe: structure expected");
    expect(wrong({ theta: new Float64Array(5) })).toThrow(RangeError);
    expect(wrong({ theta: new Float64Array(0) })).toThrow("at least one row");
    expect(wrong({ loss: 3 })).toThrow("probe: loss expected a function");
    expect(wrong({ loss: () => 3 })).toThrow("expected to return { value, gradient }");
    expect(wrong({ loss: (z: FloatArray) => ({ value: z, gradient: z }) })).toThrow(
      "probe: the loss's value expected length 1, got 6",
    );
    expect(wrong({ rng: undefined })).toThrow("probe: rng expected an Rng");
    expect(wrong({ seconds: 0 })).toThrow(RangeError);
    expect(wrong({ onProgress: 1 })).toThrow("onProgress expected a function");
    expect(wrong({ signal: {} })).toThrow("an AbortSignal");
    expect(wrong({ second: 1 })).toThrow(TypeError);
  });
});

describe("the reference", () => {
  const problem = <C>(structure: ExponentialFamily<C>, rows = 1) => ({
    structure,
    theta: Float64Array.from({ length: rows * 6 }, (_, i) => theta[i % 6]! * (1 + Math.floor(i / 6))),
    rows,
    size: 6,
    context: undefined,
    loss: squared(Float64Array.of(1, -2, 0.5, 0.3, -1, 2)),
    rng: rng(4),
  });

  test("by samples agrees with enumeration within its stated error", () => {
    const truth = referenceOf(problem(kSubset(6, 3), 2), always, always);
    let left = 40_000;
    const samples = referenceOf(problem(kSubset(6, 3), 2), never, () => left-- > 0);
    expect([truth.kind, samples.kind]).toEqual(["enumeration", "samples"]);
    const off = Math.hypot(...truth.gradient.map((x, i) => x - samples.gradient[i]!)) / truth.length;
    // A root of a sum of twelve squares: four times its expectation is far out.
    expect(off).toBeLessThan(4 * samples.standardError);
    expect(samples.standardError).toBeLessThan(0.06);
    expect(Math.abs(samples.length / truth.length - 1)).toBeLessThan(4 * samples.standardError);
  });

  test("by perturbations is about perturb-and-MAP: on bits that is the logistic's own law", () => {
    // Gumbel noise on a bit: P(z = 1) = P(θ + G > 0) = 1 − exp(−e^θ), so dE L/dθ = (L(1) − L(0)) e^θ exp(−e^θ).
    const { marginals: _, marginalsJvp: __, states: ___, ...mapOnly } = independentBits(1);
    const at = 0.4;
    const loss = squared(Float64Array.of(3));
    const found = referenceOf(
      { ...problem(kSubset(6, 3)), structure: mapOnly, theta: Float64Array.of(at), size: 1, loss },
      always,
      always,
    );
    expect(found.kind).toBe("perturbations");
    const change = loss(Float64Array.of(1)).value[0]! - loss(Float64Array.of(0)).value[0]!;
    const exact = change * Math.exp(at) * Math.exp(-Math.exp(at));
    expect(Math.abs(found.gradient[0]! / exact - 1)).toBeLessThan(4 * found.standardError);
  });

  test("facts: a linear loss is foreseen, an indifferent one is not", () => {
    const y = Float64Array.of(1, 1, 1, 0, 0, 0);
    const linear = factsOf({ ...problem(kSubset(6, 3)), loss: (z) => hamming(z, y, 6) }, always);
    expect(linear.linear).toBe(true);
    expect(linear.foresight).toBeCloseTo(1, 10);
    expect(factsOf(problem(kSubset(6, 3)), always).linear).toBe(false);
  });
});
