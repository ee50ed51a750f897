import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
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
import { ranking } from "../structures/ranking.ts";
import { solver } from "../structures/solver.ts";
import { candidatesFor } from "./candidates.ts";
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

/**
 * The time is asked for around every call of a solver or a loss. A clock that goes on by 20 µs each time it is asked makes
 * every probe the same on all machines: what is measured, in which order, and so what each estimator draws.
 */
let now = 0;
beforeEach(() => {
  now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => {
    now += 0.02;
    return now;
  });
});
afterEach(() => vi.restoreAllMocks());

/** A probe that ends before its race: all settings are measured, none for long. */
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
      // Measured anew, as those of the search are.
      const problem = {
        ...instance,
        structure: structure.family,
        rows: 1,
        size: instance.theta.length,
        context: undefined,
        rng: rng(i),
      };
      const draw = candidatesFor(problem, 1, always)
        .find(({ name }) => name === chosen.name)!
        .make(chosen.dial?.value ?? 1);
      const drawn = Array.from({ length: 1000 }, (_, at) => Array.from(draw(rng(900 + i).split(at))));
      const { error } = gradientQuality(Float64Array.from(drawn.flat()), instance.exact);
      let best = Infinity;
      for (const method of applicable(structure)) {
        // No estimator of the library.
        if (method.name === "noise-score") continue;
        for (const dial of settings(method)) {
          const gradients = method.make(structure, dial)(instance, 1000, rng(900 + i));
          best = Math.min(best, gradientQuality(gradients, instance.exact).error);
        }
      }
      return error <= 1.1 * best;
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
    [1e-4, "lambda too small", kSubset(6, 3)],
    [100, "lambda too large", ranking(6)],
  ])("a loss %s times as large: the default %s", (scale, about, structure) => {
    const loss = squared(Float64Array.of(1, -2, 0.5, 0.3, -1, 2));
    const scaled = (z: FloatArray): LossAndGradient => {
      const { value, gradient } = loss(z);
      return { value: value.map((x) => scale * x), gradient: gradient.map((x) => scale * x) };
    };
    const result = probe(options({ structure, loss: scaled }));
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
    expect(text).toMatch(/estimator +dial +error/);
    expect(text.replaceAll("\n", " ")).toContain(result.recommendation.text);
    expect(text).toContain(`\n  ${result.recommendation.code}`);
    const prose = text.split("\n").filter((line) => !line.includes("(structure"));
    expect(Math.max(...prose.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(text).not.toMatch(/undefined|NaN|\[object/);
    // Small numbers make wide columns, which stand closer then.
    for (const entry of result.estimators) Object.assign(entry, { error: 7e-5, errorDeviation: 5e-5 });
    const wide = String(result).split("\n");
    expect(
      Math.max(...wide.filter((line) => line.includes("±")).map((line) => line.length)),
    ).toBeLessThanOrEqual(80);
  });

  test("keeps its budget, reports progress, and ends when it is told to", () => {
    const seen: ProbeProgress[] = [];
    const { seconds } = probe(options({ seconds: 1, onProgress: (progress) => seen.push(progress) }));
    expect(seconds).toBeLessThan(1.001);
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

  describe("with calls that take their time", () => {
    /** A solver of 0.1 s a call under a loss of 0.03 s, with nothing between them. */
    const slow = (changes: Partial<ProbeOptions>) => {
      now = 0;
      vi.mocked(performance.now).mockImplementation(() => now);
      const loss = squared(Float64Array.of(1, -2, 0.5, 0.3, -1, 2));
      return probe(
        options({
          structure: solver({
            shape: [6],
            solve(parameters, z) {
              now += 100;
              z[parameters.indexOf(Math.max(...parameters))] = 1;
            },
          }),
          loss: (z) => {
            now += 30;
            return loss(z);
          },
          onProgress: () => {},
          ...changes,
        }),
      );
    };

    test.each([0.05, 0.5, 3, 20])("%s seconds are not exceeded by more than a call", (seconds) => {
      const result = slow({ seconds });
      expect(result.seconds).toBeLessThanOrEqual(seconds + 0.1 + 1e-9);
      expect(now / 1000).toBe(result.seconds);
      if (seconds === 0.05) expect(result.recommendation.text).toContain("Nothing could be measured");
      // What is slow, SparseMAP of many calls, leaves none of the others untried.
      if (seconds === 20) expect(new Set(result.tried.map(({ name }) => name)).size).toBe(10);
    });

    test("progress comes after every few of them", () => {
      const seen: number[] = [0];
      const result = slow({ seconds: 20, onProgress: ({ seconds }) => seen.push(seconds) });
      seen.push(result.seconds);
      const gaps = seen.slice(1).map((at, i) => at - seen[i]!);
      // A tenth of a second, and what is not asked for the time in between: a solver's call and the loss's.
      expect(Math.max(...gaps)).toBeLessThanOrEqual(0.1 + 0.13 + 1e-9);
    });

    test("little time says that nothing is known, not that nothing is there", () => {
      for (const seconds of [0.05, 0.5, 2]) {
        const { diagnoses, recommendation } = slow({ seconds });
        const about = diagnoses.map((diagnosis) => diagnosis.about);
        expect(about).not.toContain("zero gradient");
        expect(about).not.toContain("noise changes nothing");
        expect(about).not.toContain("short-sighted loss");
        expect(recommendation.text).not.toContain("nothing to learn");
        expect(recommendation.decided).toBe(false);
      }
    });
  });

  test("a solver without inference and a loss whose gradient is rounding leave the score function", () => {
    const loss = squared(Float64Array.of(1, -2, 0.5, 0.3, -1, 2));
    const blind = (z: FloatArray): LossAndGradient => {
      const { value, gradient } = loss(z);
      return { value, gradient: gradient.map((g) => 1e-16 * g) };
    };
    const { marginals: _, marginalsJvp: __, ...mapOnly } = kSubset(6, 3);
    const result = probe(options({ structure: mapOnly as never, loss: blind }));
    expect(result.recommendation.code).toContain("scoreFunction(structure, { noise: gumbel(), samples: 4");
    expect(result.diagnoses.map(({ about }) => about)).toContain("short-sighted loss");
    expect(result.estimators.find(({ name }) => name === "imle")!.zeroShare).toBe(1);
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
    const truth = referenceOf(problem(kSubset(6, 3), 2), always, always, never);
    let left = 40_000;
    const samples = referenceOf(problem(kSubset(6, 3), 2), never, () => left-- > 0, never);
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
      never,
    );
    expect(found.kind).toBe("perturbations");
    const change = loss(Float64Array.of(1)).value[0]! - loss(Float64Array.of(0)).value[0]!;
    const exact = change * Math.exp(at) * Math.exp(-Math.exp(at));
    expect(Math.abs(found.gradient[0]! / exact - 1)).toBeLessThan(4 * found.standardError);
  });

  test("by samples knows a gradient of zero from one that noise hides, and from none", () => {
    const constant = (z: FloatArray): LossAndGradient => ({
      value: new Float64Array(z.length / 6).fill(0.3),
      gradient: z.slice().fill(0),
    });
    const { marginals: _, marginalsJvp: __, ...mapOnly } = kSubset(6, 3);
    for (const structure of [kSubset(6, 3), mapOnly as never]) {
      const few = (count: number) => () => count-- > 0;
      const zero = referenceOf({ ...problem(structure), loss: constant }, never, always, never);
      expect(zero).toMatchObject({ standardError: 0, length: 0 });
      const hidden = referenceOf(problem(structure), never, few(16), never);
      expect(hidden.standardError).toBeGreaterThan(0.3);
      expect(hidden.length).toBeCloseTo(Math.hypot(...hidden.gradient), 12);
      expect(referenceOf(problem(structure), never, few(7), never).standardError).toBeNaN();
      // Too little to tell anything: it goes on, and no longer than until it does.
      let longer = 0;
      const patient = referenceOf(problem(structure), never, few(16), () => ++longer < 1e5);
      // Of the gradient itself, less what the error adds to its length.
      expect(patient.standardError).toBeLessThan(0.3 / Math.sqrt(1 - 0.3 ** 2));
      expect(longer).toBeLessThan(1e5);
    }
  });

  test("facts: a linear loss is foreseen, an indifferent one is not", () => {
    const y = Float64Array.of(1, 1, 1, 0, 0, 0);
    const linear = factsOf({ ...problem(kSubset(6, 3)), loss: (z) => hamming(z, y, 6) }, always);
    expect(linear.linear).toBe(true);
    expect(linear.foresight).toBeCloseTo(1, 10);
    expect(factsOf(problem(kSubset(6, 3)), always).linear).toBe(false);
  });
});
