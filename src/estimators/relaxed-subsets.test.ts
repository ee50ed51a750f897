/** L2X and SoftSub against direct transcriptions of their equations. */
import { describe, expect, test } from "vitest";
import { expectClose } from "../../test/golden.ts";
import { dot } from "../conformance/enumerate.ts";
import type { FloatArray, Layer, Noise } from "../contracts.ts";
import { rng } from "../core/rng.ts";
import { categorical } from "../structures/categorical.ts";
import { independentBits } from "../structures/independent-bits.ts";
import { kSubset } from "../structures/k-subset.ts";
import { type LearnToExplainOptions, learnToExplain } from "./learn-to-explain.ts";
import { type RelaxedSubsetOptions, relaxedSubset } from "./relaxed-subset.ts";

const normals = (seed: number, length: number): Float64Array => {
  const r = rng(seed);
  return Float64Array.from({ length }, () => r.normal());
};
/** Noise drawn beforehand. */
const given = (values: ArrayLike<number>): Noise => ({
  name: "given",
  mean: 0,
  variance: 1,
  fill: (out) => out.set(values),
});
const softmax = (x: number[], t: number): number[] => {
  const weights = x.map((v) => Math.exp(v / t));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((w) => w / total);
};

function expectDerivative<C>(layer: Layer<C>, theta: Float64Array, samples: number, context?: C): void {
  const x = layer.forward(theta, rng(1), context);
  const g = normals(2, x.value.length);
  const slope = theta.map((_, i) => {
    const [ahead, behind] = [1e-5, -1e-5].map((h) => {
      const moved = theta.slice();
      moved[i]! += h;
      return dot(g, layer.forward(moved, rng(1), context).value);
    }) as [number, number];
    return (ahead - behind) / 2e-5 / samples;
  });
  expectClose(x.backward(g), slope, { rel: 1e-5, abs: 1e-7 });
}

describe("learnToExplain", () => {
  test("is the maximum of k softmaxes with independent noise", () => {
    const [n, k, t] = [5, 3, 0.4];
    const noise = normals(3, k * n);
    const theta = normals(4, n);
    const draws = Array.from({ length: k }, (_, j) =>
      softmax(
        Array.from(theta, (x, i) => x + noise[j * n + i]!),
        t,
      ),
    );
    const want = Array.from(theta, (_, i) => Math.max(...draws.map((c) => c[i]!)));
    const x = learnToExplain(kSubset(n, k), { temperature: t, noise: given(noise) }).forward(theta, rng(0));
    expectClose(x.value, want, { rel: 1e-12, abs: 1e-15 });
  });

  test("the gradient is the value's", () => {
    expectDerivative(learnToExplain(kSubset(5, 2), { temperature: 0.7 }), normals(5, 10), 1);
    expectDerivative(learnToExplain(kSubset(5, 2), { temperature: 0.7, samples: 3 }), normals(6, 10), 3);
    const averaged = learnToExplain(kSubset(5, 2), { temperature: 0.7, samples: 3, average: true });
    expectDerivative(averaged, normals(7, 10), 1);
  });

  test("rows may have their own k, length and mask", () => {
    const layer = learnToExplain(kSubset(5, 2), { temperature: 0.7 });
    const context = { k: [3, 0], lengths: [4, 5], mask: [1, 0, 1, 1, 1, 1, 1, 1, 1, 1] };
    const theta = normals(8, 10);
    const { value } = layer.forward(theta, rng(1), context);
    expect(Array.from(value, (x) => x > 0)).toEqual([true, false, true, true, ...new Array(6).fill(false)]);
    expectDerivative(layer, theta, 1, context);
  });

  test("a row and its noise do not depend on how many draws the others need", () => {
    const layer = learnToExplain(kSubset(5, 2), { temperature: 0.7, samples: 3 });
    const theta = normals(13, 10);
    const both = layer.forward(theta, rng(1), { k: [1, 4] }).value;
    expect(layer.forward(theta.slice(0, 5), rng(1), { k: [1] }).value).toEqual(both.slice(0, 15));
    expect(layer.forward(theta.slice(5), rng(1).fromRow(1), { k: [4] }).value).toEqual(both.slice(15));
  });

  test("low temperatures give the k best of k draws, high ones equal shares", () => {
    const [n, k] = [5, 3];
    const noise = normals(14, k * n);
    const theta = normals(15, n);
    const at = (temperature: number) =>
      learnToExplain(kSubset(n, k), { temperature, noise: given(noise) }).forward(theta, rng(0)).value;
    const want = new Float64Array(n);
    for (let j = 0; j < k; j++) {
      const u = theta.map((x, i) => x + noise[j * n + i]!);
      want[u.indexOf(Math.max(...u))] = 1;
    }
    expectClose(at(1e-4), want, { rel: 0, abs: 1e-6 });
    expectClose(at(1e8), new Float64Array(n).fill(1 / n), { rel: 0, abs: 1e-6 });
  });

  test("evaluates by the top-k without noise", () => {
    const layer = learnToExplain(kSubset(4, 2));
    expect(layer.evaluate(Float32Array.of(0, 3, 1, 2))).toEqual(Float32Array.of(0, 1, 0, 1));
  });

  test("options and structures out of range are errors", () => {
    expect(() => learnToExplain(kSubset(4, 2), { temperature: 0 })).toThrow(RangeError);
    expect(() => learnToExplain(kSubset(4, 2), { k: 2 } as LearnToExplainOptions)).toThrow(TypeError);
    expect(() => learnToExplain(categorical(4))).toThrow(TypeError);
    expect(() => learnToExplain(kSubset(4, 2)).forward(new Float64Array(4))).toThrow(TypeError);
    const evaluate = learnToExplain(kSubset(4, 2)).evaluate as (theta?: unknown) => FloatArray;
    expect(() => evaluate()).toThrow("learnToExplain: theta expected");
  });
});

describe("relaxedSubset", () => {
  test("adds its noise and takes k softmaxes, each without what was taken", () => {
    const [n, k, t] = [5, 2, 0.5];
    const noise = normals(9, n);
    const theta = normals(10, n);
    let alpha = Array.from(theta, (x, i) => x + noise[i]!);
    const want = new Array(n).fill(0);
    for (let j = 0; j < k; j++) {
      const p = softmax(alpha, t);
      for (let i = 0; i < n; i++) want[i] += p[i]!;
      alpha = alpha.map((a, i) => a + Math.log(1 - p[i]!));
    }
    const x = relaxedSubset(kSubset(n, k), { noise: given(noise) }).forward(theta, rng(0));
    expectClose(x.value, want, { rel: 1e-12, abs: 1e-14 });
  });

  test("the gradient is the value's", () => {
    expectDerivative(relaxedSubset(kSubset(5, 2)), normals(11, 10), 1);
    expectDerivative(relaxedSubset(kSubset(5, 2), { samples: 3 }), normals(12, 10), 3);
  });

  test("evaluates by the top-k of the same noisy parameters, which are sampled without replacement", () => {
    const draws = 20_000;
    const odds = [1, 2, 4];
    const theta = Float64Array.from({ length: 3 * draws }, (_, i) => Math.log(odds[i % 3]!));
    const z: FloatArray = relaxedSubset(kSubset(3, 2)).evaluate(theta, rng(2));
    // P(element 0 is left out) under Plackett–Luce with weights 1, 2, 4.
    const without0 = (2 / 7) * (4 / 5) + (4 / 7) * (2 / 3);
    let chosen = 0;
    for (let i = 0; i < z.length; i += 3) chosen += z[i]!;
    expect(Math.abs(chosen / draws - (1 - without0))).toBeLessThan((5.2 * 0.5) / Math.sqrt(draws));
  });

  test("an option left undefined has its default", () => {
    const theta = normals(16, 5);
    const at = (options?: RelaxedSubsetOptions) =>
      relaxedSubset(kSubset(5, 2), options).forward(theta, rng(0));
    expect(at({ temperature: undefined } as object).value).toEqual(at().value);
    expect(at({ temperature: 0.5 }).value).toEqual(at().value);
  });

  test("unknown options are errors, and complaints are its own", () => {
    expect(() => relaxedSubset(kSubset(4, 2), { perturbed: 3 } as RelaxedSubsetOptions)).toThrow(TypeError);
    expect(() => relaxedSubset(kSubset(4, 2), { temperature: -1 })).toThrow("relaxedSubset: temperature");
    expect(() => relaxedSubset(kSubset(4, 2)).forward(new Float64Array(3), rng(0))).toThrow(
      "relaxedSubset: theta expected a multiple of 4 numbers, got 3",
    );
    expect(() => relaxedSubset(kSubset(4, 2)).evaluate(new Float64Array(4))).toThrow("relaxedSubset: rng");
    expect(() => relaxedSubset(independentBits(4))).toThrow(
      new TypeError("relaxedSubset: structure expected a kSubset or a categorical, got independentBits"),
    );
    expect(() => relaxedSubset(undefined as never)).toThrow("relaxedSubset: structure");
  });
});
