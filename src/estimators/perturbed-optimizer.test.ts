import { describe, expect, test } from "vitest";
import { FALSE_ALARM_Z } from "../../test/statistics.ts";
import { enumerate } from "../conformance/enumerate.ts";
import type { FloatArray, Noise, Structure } from "../contracts.ts";
import { rng } from "../core/rng.ts";
import { gaussian } from "../noise/gaussian.ts";
import { gumbel } from "../noise/gumbel.ts";
import { logistic } from "../noise/logistic.ts";
import { negativeExponential } from "../noise/negative-exponential.ts";
import { categorical } from "../structures/categorical.ts";
import { independentBits } from "../structures/independent-bits.ts";
import { kSubset } from "../structures/k-subset.ts";
import { type PerturbedOptimizerOptions, perturbedOptimizer } from "./perturbed-optimizer.ts";

const ROWS = 40_000;
const repeated = (row: number[], rows: number = ROWS): Float64Array =>
  Float64Array.from({ length: row.length * rows }, (_, i) => row[i % row.length]!);

/** Mean, and standard deviation of a single row, of each column. */
function columns(values: FloatArray, size: number): { mean: number[]; deviation: number[] } {
  const rows = values.length / size;
  const mean = new Array<number>(size).fill(0);
  const square = new Array<number>(size).fill(0);
  for (let i = 0; i < values.length; i++) {
    mean[i % size]! += values[i]! / rows;
    square[i % size]! += values[i]! ** 2 / rows;
  }
  return { mean, deviation: square.map((s, i) => Math.sqrt(Math.max(s - mean[i]! ** 2, 0))) };
}

function expectMean(values: FloatArray, want: ArrayLike<number>): void {
  const { mean, deviation } = columns(values, want.length);
  for (let i = 0; i < want.length; i++) {
    const tolerance = (FALSE_ALARM_Z * deviation[i]!) / Math.sqrt(values.length / want.length) + 1e-12;
    expect(Math.abs(mean[i]! - want[i]!), `column ${i}`).toBeLessThan(tolerance);
  }
}

const phi = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

describe("perturbedOptimizer", () => {
  const theta = [0.4, -0.3, 0.9];
  const g = [1, -2, 0.5];
  for (const controlVariate of ["none", "map", "leave-one-out"] as const) {
    for (const [title, structure, noise] of [
      ["Gumbel on categories", categorical(3), gumbel()],
      ["centred Gumbel on categories", categorical(3), gumbel({ centered: true })],
      ["logistic on bits", independentBits(3), logistic()],
    ] as const) {
      test(`value and gradient are unbiased: ${title}, control variate ${controlVariate}`, () => {
        const layer = perturbedOptimizer(structure as Structure, { noise, samples: 3, controlVariate });
        const truth = enumerate(structure, theta);
        const y = layer.forward(repeated(theta), rng(1));
        expectMean(y.value, truth.marginals);
        expectMean(y.backward(repeated(g)), truth.jvp(g));
      });
    }
  }

  test("Gaussian noise on two categories: the normal distribution function and its density", () => {
    const epsilon = 0.7;
    const gap = 0.5;
    const slope = phi(gap / (Math.SQRT2 * epsilon)) / (Math.SQRT2 * epsilon);
    const layer = perturbedOptimizer(categorical(2), { temperature: epsilon, samples: 2 });
    const y = layer.forward(repeated([gap, 0]), rng(2));
    expectMean(y.backward(repeated([1, 0])), [slope, -slope]);
  });

  test("multiplicative noise keeps signs and has the density's gradient", () => {
    const epsilon = 0.6;
    const costs = [-1, -2];
    const x = Math.log(2) / (Math.SQRT2 * epsilon);
    const slope = phi(x) / (Math.SQRT2 * epsilon);
    const seen: boolean[] = [];
    const inner = categorical(2);
    const structure: Structure = {
      ...(inner as Structure),
      map(u, out) {
        seen.push(u.every((v) => v < 0));
        inner.map(u, out);
      },
    };
    const options = { perturbation: "multiplicative", temperature: epsilon, samples: 2 } as const;
    const y = perturbedOptimizer(structure, options).forward(repeated(costs), rng(3));
    // P(first) = Φ((log |θ₁| − log |θ₀|) / (√2 ε)).
    expectMean(y.backward(repeated([1, 0])), [slope, -slope / 2]);
    expect(seen.every(Boolean)).toBe(true);
  });

  test("low temperatures give MAP(θ)", () => {
    const y = perturbedOptimizer(kSubset(4, 2), { temperature: 1e-6 });
    expect(y.forward(Float64Array.of(0, 3, 1, 2), rng(9)).value).toEqual(Float64Array.of(0, 1, 0, 1));
  });

  test("leave-one-out keeps differences that are small beside the states", () => {
    // Linear in θ, so that the gradient does not depend on ε but for the rounding of a state, 4e-4 of its difference.
    const linear: Structure = { name: "linear", shape: [3], map: (theta, z) => z.set(theta) };
    const theta = Float64Array.of(7.3, -2.4, 14.6);
    const [fine, coarse] = [1e-12, 1e-3].map((temperature) =>
      perturbedOptimizer(linear, { temperature, samples: 20_000, controlVariate: "leave-one-out" })
        .forward(theta, rng(3))
        .backward(Float64Array.of(1, 0.5, 1)),
    );
    fine!.forEach((x, i) => {
      expect(Math.abs(x - coarse![i]!)).toBeLessThan(1e-4);
    });
  });

  test("control variates reduce the variance", () => {
    const spread = (controlVariate: PerturbedOptimizerOptions["controlVariate"]): number => {
      const layer = perturbedOptimizer(kSubset(6, 3), {
        samples: 5,
        controlVariate: controlVariate ?? "none",
      });
      const rows = 2000;
      const y = layer.forward(repeated([2, 1, 0, 0, -1, -2], rows), rng(4));
      const { deviation } = columns(y.backward(repeated([3, 2, 3, 2, 3, 2], rows)), 6);
      return deviation.reduce((a, b) => a + b * b, 0);
    };
    const plain = spread("none");
    expect(spread("map")).toBeLessThan(0.2 * plain);
    expect(spread("leave-one-out")).toBeLessThan(0.2 * plain);
  });

  test("knows a noise by its score, not by its name", () => {
    // Laplace noise under the name of another: P(X > −0.4) on a bit, and its derivative, the density there.
    const laplace: Noise = {
      name: "gaussian",
      mean: 0,
      variance: 2,
      fill(out, r) {
        for (let i = 0; i < out.length; i++) out[i] = r.exponential() * (r.bits() & 1 ? 1 : -1);
      },
      score: Math.sign,
    };
    const layer = perturbedOptimizer(independentBits(1), { noise: laplace, controlVariate: "map" });
    const y = layer.forward(repeated([0.4]), rng(12));
    expectMean(y.value, [1 - Math.exp(-0.4) / 2]);
    expectMean(y.backward(repeated([1])), [Math.exp(-0.4) / 2]);
    const { score: _, ...without } = laplace;
    expect(() => perturbedOptimizer(independentBits(1), { noise: without })).toThrow("with a score");
    const options = { noise: laplace, perturbation: "multiplicative" } as const;
    expect(() => perturbedOptimizer(independentBits(1), options)).toThrow("a standard normal one");
  });

  test("excluded entries, and zeros under multiplicative noise, have no gradient", () => {
    const excluded = perturbedOptimizer(kSubset(3, 1)).forward(Float64Array.of(0, -Infinity, 1), rng(5));
    expect(excluded.backward(Float64Array.of(1, 1, 0))[1]).toBe(0);
    const options = { perturbation: "multiplicative" } as const;
    const zero = perturbedOptimizer(kSubset(3, 1), options).forward(Float64Array.of(-1, 0, -2), rng(6));
    const gradient = zero.backward(Float64Array.of(1, 1, 0));
    expect(gradient[1]).toBe(0);
    expect(gradient.every(Number.isFinite)).toBe(true);
  });

  test("counts solver calls, keeps the kind of θ, and is 0 rows long for no rows", () => {
    const layer = perturbedOptimizer(kSubset(4, 2), { samples: 7, controlVariate: "map" });
    const y = layer.forward(new Float32Array(8), rng(7));
    expect(y.value).toBeInstanceOf(Float32Array);
    expect(y.backward(new Float32Array(8))).toBeInstanceOf(Float32Array);
    expect(y.diagnostics.solverCalls).toBe(2 * 7 + 2);
    expect(layer.forward(new Float64Array(0), rng(8)).value).toHaveLength(0);
  });

  test("options out of range are errors", () => {
    const make = (options: PerturbedOptimizerOptions) => () => perturbedOptimizer(kSubset(3, 1), options);
    expect(make({ noise: negativeExponential() })).toThrow(RangeError);
    expect(make({ noise: gumbel(), perturbation: "multiplicative" })).toThrow(RangeError);
    expect(make({ samples: 1, controlVariate: "leave-one-out" })).toThrow(RangeError);
    expect(make({ temperature: 0 })).toThrow(RangeError);
    expect(make({ sigma: 1 } as PerturbedOptimizerOptions)).toThrow(TypeError);
    expect(() =>
      perturbedOptimizer(kSubset(3, 1), { noise: gaussian() }).forward(new Float64Array(3)),
    ).toThrow(TypeError);
  });
});
