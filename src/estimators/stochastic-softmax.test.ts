import { describe, expect, test } from "vitest";
import { expectClose } from "../../test/golden.ts";
import { dot, enumerate } from "../conformance/enumerate.ts";
import type { FloatArray, Noise, Relaxation } from "../contracts.ts";
import { rng } from "../core/rng.ts";
import { sizeOf } from "../core/shape.ts";
import { gaussian } from "../noise/gaussian.ts";
import { gumbel } from "../noise/gumbel.ts";
import { logistic } from "../noise/logistic.ts";
import { negativeExponential } from "../noise/negative-exponential.ts";
import { noNoise } from "../noise/no-noise.ts";
import { euclidean } from "../relaxations/euclidean.ts";
import { exponentialFamily } from "../relaxations/exponential-family.ts";
import { neuralSort } from "../relaxations/neural-sort.ts";
import { sparseMap } from "../relaxations/sparse-map.ts";
import { arborescence } from "../structures/arborescence.ts";
import { categorical } from "../structures/categorical.ts";
import { correlatedKSubset } from "../structures/correlated-k-subset.ts";
import { completeDigraph } from "../structures/graph.ts";
import { independentBits } from "../structures/independent-bits.ts";
import { kSubset } from "../structures/k-subset.ts";
import { gumbelSoftmax } from "./gumbel-softmax.ts";
import { imle } from "./imle.ts";
import { type StochasticSoftmaxOptions, stochasticSoftmax } from "./stochastic-softmax.ts";

const normals = (seed: number, length: number): Float64Array => {
  const r = rng(seed);
  return Float64Array.from({ length }, () => r.normal());
};

/** Central differences of Σ_s ⟨g_s, value_s⟩ / S in θ, with the noise held fixed. */
function slopes(
  relaxation: Relaxation<never>,
  options: StochasticSoftmaxOptions,
  theta: Float64Array,
  g: Float64Array,
): Float64Array {
  const layer = stochasticSoftmax(relaxation, options);
  const samples = options.average ? 1 : (options.samples ?? 1);
  return theta.map((_, i) => {
    const [ahead, behind] = [1e-5, -1e-5].map((h) => {
      const moved = theta.slice();
      moved[i]! += h;
      return dot(g, layer.forward(moved, rng(5)).value);
    }) as [number, number];
    return (ahead - behind) / 2e-5 / samples;
  });
}

/** Means of the three entries of rows. */
function meansOfThree(z: FloatArray): number[] {
  const means = [0, 0, 0];
  for (let i = 0; i < z.length; i++) means[i % 3]! += (3 * z[i]!) / z.length;
  return means;
}

describe("stochasticSoftmax", () => {
  test("takes a relaxation of a structure that is an instance of a class", () => {
    class First {
      readonly name = "first";
      readonly shape = [2];
      map(_theta: FloatArray, out: FloatArray): void {
        for (let i = 0; i < out.length; i++) out[i] = i % 2 === 0 ? 1 : 0;
      }
    }
    const z = stochasticSoftmax(sparseMap(new First())).forward(Float64Array.of(0, 0), rng(0));
    expect(Array.from(z.value)).toEqual([1, 0]);
    expect(Array.from(imle(new First()).forward(Float64Array.of(0, 0), rng(0)).value)).toEqual([1, 0]);
  });

  const cases: [string, Relaxation<never>, StochasticSoftmaxOptions][] = [
    ["Gumbel on k-subsets", exponentialFamily(kSubset(5, 2)), {}],
    ["three samples", exponentialFamily(kSubset(5, 2)), { samples: 3, temperature: 0.5 }],
    ["three samples, averaged", exponentialFamily(kSubset(5, 2)), { samples: 3, average: true }],
    ["Gaussian, Euclidean", euclidean(kSubset(5, 2)), { noise: gaussian(), temperature: 2 }],
    ["logistic on bits", exponentialFamily(independentBits(4)), { noise: logistic() }],
    [
      "negative exponential by rate",
      exponentialFamily(categorical(4)),
      { noise: negativeExponential(), parameter: "logRate" },
    ],
    [
      "negative exponential by rate on arborescences",
      exponentialFamily(arborescence(completeDigraph(3), 0)),
      { noise: negativeExponential(), parameter: "logRate" },
    ],
    [
      "Gaussian on arborescences",
      exponentialFamily(arborescence(completeDigraph(3), 0)),
      { noise: gaussian() },
    ],
    ["pairs unperturbed", exponentialFamily(correlatedKSubset(4, 2)), { perturbed: 4 }],
    ["sorting", neuralSort(4), {}],
    ["SparseMAP", sparseMap(correlatedKSubset(4, 2)), { temperature: 2 }],
  ];
  for (const [title, relaxation, options] of cases) {
    test(`the gradient is that of the relaxed value: ${title}`, () => {
      const layer = stochasticSoftmax(relaxation, options);
      const theta = normals(1, 2 * sizeOf(layer.inputShape));
      const g = normals(2, 2 * sizeOf(layer.outputShape));
      const x = layer.forward(theta, rng(5));
      expect(x.value).toHaveLength(g.length);
      const gradient = x.backward(g);
      expectClose(gradient, slopes(relaxation, options, theta, g), { rel: 1e-5, abs: 1e-7 });
      expect(x.diagnostics.solverCalls).toBe(4 * (options.samples ?? 1));
      expect(x.diagnostics.zeroGradientShare).toBe(0);
    });

    test(`hard states are those of the same utilities: ${title}`, () => {
      const size = sizeOf(relaxation.inputShape ?? relaxation.structure.shape);
      const theta = normals(3, 2 * size);
      const soft = stochasticSoftmax(relaxation, { ...options, temperature: 1e-5 });
      const hard = soft.evaluate(theta, rng(5));
      expectClose(soft.forward(theta, rng(5)).value, hard, { rel: 0, abs: 1e-5 });
      const straight = stochasticSoftmax(relaxation, { ...options, hard: true });
      expect(straight.forward(theta, rng(5)).value).toEqual(hard);
      const g = normals(4, hard.length);
      const relaxed = stochasticSoftmax(relaxation, options);
      expect(straight.forward(theta, rng(5)).backward(g)).toEqual(relaxed.forward(theta, rng(5)).backward(g));
    });
  }

  test("on categories with Gumbel noise it is Gumbel-softmax", () => {
    const theta = normals(6, 8);
    const g = normals(7, 8);
    const ours = stochasticSoftmax(exponentialFamily(categorical(4)), { temperature: 0.4 }).forward(
      theta,
      rng(8),
    );
    const other = gumbelSoftmax(categorical(4), { temperature: 0.4 }).forward(theta, rng(8));
    expectClose(ours.value, other.value, { rel: 1e-12, abs: 1e-15 });
    expectClose(ours.backward(g), other.backward(g), { rel: 1e-10, abs: 1e-12 });
  });

  test("hard states of Gumbel utilities on categories, and of logistic ones on bits, follow the exact law", () => {
    const draws = 20_000;
    for (const [family, noise] of [
      [categorical(3), gumbel()],
      [independentBits(3), logistic()],
    ] as const) {
      const theta = Float64Array.of(0.5, -0.3, 1);
      const batch = Float64Array.from({ length: 3 * draws }, (_, i) => theta[i % 3]!);
      const layer = stochasticSoftmax(exponentialFamily(family), { noise });
      const z = layer.evaluate(batch, rng(9));
      const mean = meansOfThree(z);
      expectClose(mean, enumerate(family, theta).marginals, { rel: 0, abs: (5.2 * 0.5) / Math.sqrt(draws) });
    }
  });

  test("with negative exponential utilities by rate, a category is drawn in proportion to its rate", () => {
    const draws = 20_000;
    const rates = [1, 2, 5];
    const batch = Float64Array.from({ length: 3 * draws }, (_, i) => Math.log(rates[i % 3]!));
    const options = { noise: negativeExponential(), parameter: "logRate" } as const;
    const z = stochasticSoftmax(exponentialFamily(categorical(3)), options).evaluate(batch, rng(10));
    const shares = rates.map((rate) => rate / 8);
    expectClose(meansOfThree(z), shares, { rel: 0, abs: (5.2 * 0.5) / Math.sqrt(draws) });
  });

  test("noise of either sign leaves out what is excluded, whatever the parameter", () => {
    const theta = Float64Array.of(0.3, -Infinity, -1, 0.2);
    for (const parameter of ["location", "logRate"] as const) {
      const layer = stochasticSoftmax(exponentialFamily(kSubset(4, 2)), { parameter, noise: gaussian() });
      for (let seed = 0; seed < 10; seed++) {
        const x = layer.forward(theta, rng(seed));
        expect(x.value[1]).toBe(0);
        expect(x.backward(Float64Array.of(1, 2, 3, 4))[1]).toBe(0);
      }
    }
  });

  test("unperturbed entries keep their parameters", () => {
    const seen: number[] = [];
    const structure = {
      name: "spy",
      shape: [3],
      map: (u: ArrayLike<number>) => void seen.push(...Array.from(u)),
    };
    const relaxation = {
      name: "spy",
      structure,
      relax: structure.map,
      vjp: () => {},
    } as unknown as Relaxation;
    const given: Noise = { name: "given", mean: 1, variance: 1, fill: (out) => out.fill(1) };
    stochasticSoftmax(relaxation, { noise: given, perturbed: 2 }).forward(
      Float64Array.of(5, 6, 7, 8, 9, 10),
      rng(0),
    );
    expect(seen).toEqual([6, 7, 7, 9, 10, 10]);
  });

  test("without noise no generator is needed; with noise it is", () => {
    const theta = Float64Array.of(1, 2, 3);
    const relaxation = exponentialFamily(categorical(3));
    const x = stochasticSoftmax(relaxation, { noise: noNoise() }).forward(theta).value;
    expect(x[2]).toBeGreaterThan(x[1]!);
    expect(() => stochasticSoftmax(relaxation).forward(theta)).toThrow(TypeError);
  });

  test("float32 in, float32 out", () => {
    const x = stochasticSoftmax(exponentialFamily(categorical(3))).forward(Float32Array.of(1, 2, 3), rng(0));
    expect(x.value).toBeInstanceOf(Float32Array);
    expect(x.backward(Float32Array.of(1, 0, 0))).toBeInstanceOf(Float32Array);
  });

  test("options out of range are errors", () => {
    const relaxation = exponentialFamily(categorical(3));
    expect(() => stochasticSoftmax(relaxation, { temperature: 0 })).toThrow(RangeError);
    expect(() => stochasticSoftmax(categorical(3) as unknown as Relaxation)).toThrow(
      "stochasticSoftmax: relaxation expected a relaxation",
    );
    expect(() => stochasticSoftmax(relaxation, { perturbed: 4 })).toThrow(RangeError);
    expect(() => stochasticSoftmax(relaxation, { samples: 0 })).toThrow(RangeError);
    expect(() => stochasticSoftmax(relaxation, { parameter: "rate" as "logRate" })).toThrow(RangeError);
    expect(() => stochasticSoftmax(relaxation, { tau: 1 } as StochasticSoftmaxOptions)).toThrow(TypeError);
  });
});
