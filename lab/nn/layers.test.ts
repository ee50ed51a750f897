import { jit, numpy as np } from "@jax-js/jax";
import { beforeAll, describe, expect, test } from "vitest";
import { rng } from "../../src/core/rng.ts";
import { expectClose } from "../../test/golden.ts";
import { batchNorm, batchNormTraining, initBatchNorm } from "./batch-norm.ts";
import { checkGradient, doubles, toDoubles, useDoubles } from "./check-gradient.ts";
import { convolution1d, convolution2d, initConvolution2d } from "./convolution.ts";
import { type Dense, dense, initDense } from "./dense.ts";
import { dropout, randomKey } from "./dropout.ts";
import { embedding, initEmbedding } from "./embedding.ts";
import { glorotUniform, heNormal, zeros } from "./initialisers.ts";
import { initLstm, lstm } from "./lstm.ts";
import { adaptiveMaxPool2d, maxPool2d } from "./max-pool.ts";

beforeAll(useDoubles);

const numbers = (a: np.Array): number[] => [...(a.dataSync() as Float64Array)];
const EXACT = { rel: 1e-12, abs: 1e-12 };

describe("dense", () => {
  test("is x W + b, with the gradients of differences", () => {
    const params = toDoubles(initDense(rng(1), 3, 2));
    expect([params.weight.shape, params.bias.shape]).toEqual([[3, 2], [2]]);
    checkGradient(({ layer, x }: { layer: Dense; x: np.Array }) => dense(layer, x), {
      layer: params,
      x: doubles(2, 4, 3),
    });
  });
});

describe("convolution", () => {
  /** By its definition. */
  function byLoops(x: np.Array, w: np.Array, stride: number, padding: number): number[] {
    const [images, rows, cols, inputs] = x.shape as [number, number, number, number];
    const [height, width, , outputs] = w.shape as [number, number, number, number];
    const [xs, ws] = [numbers(x), numbers(w)];
    const out: number[] = [];
    for (let n = 0; n < images; n++) {
      for (let r = -padding; r + height <= rows + padding; r += stride) {
        for (let c = -padding; c + width <= cols + padding; c += stride) {
          for (let o = 0; o < outputs; o++) {
            let sum = 0;
            for (let i = 0; i < height; i++) {
              for (let j = 0; j < width; j++) {
                if (r + i < 0 || r + i >= rows || c + j < 0 || c + j >= cols) continue;
                for (let k = 0; k < inputs; k++) {
                  const pixel = xs[((n * rows + r + i) * cols + c + j) * inputs + k]!;
                  sum += pixel * ws[((i * width + j) * inputs + k) * outputs + o]!;
                }
              }
            }
            out.push(sum);
          }
        }
      }
    }
    return out;
  }

  test.each([
    [3, 1, 1],
    [3, 1, 0],
    [1, 1, 0],
    [3, 2, 1],
    [7, 2, 3],
    [2, 2, 0],
    [1, 2, 0],
    [4, 3, 2],
  ])("of a window of %i with stride %i and padding %i is its definition", (window, stride, padding) => {
    for (const [rows, cols] of [
      [8, 7],
      [7, 9],
    ] as const) {
      const x = doubles(1, 2, rows, cols, 3);
      const w = doubles(2, window, window, 3, 2);
      const y = jit((x: np.Array, weight: np.Array) => convolution2d({ weight }, x, { stride, padding }))(
        x.ref,
        w.ref,
      );
      expectClose(numbers(y), byLoops(x, w, stride, padding), { rel: 1e-12, abs: 1e-12 });
    }
  });

  test("in one dimension is one of images of a row", () => {
    for (const [stride, padding] of [
      [1, 1],
      [2, 0],
      [3, 2],
    ] as const) {
      const x = doubles(1, 2, 9, 3);
      const w = doubles(2, 1, 3, 3, 2);
      const y = convolution1d({ weight: w.ref }, x.ref, { stride, padding });
      const padded = np.pad(x, { 1: [padding, padding] });
      expectClose(numbers(y), byLoops(padded.reshape([2, 1, 9 + 2 * padding, 3]), w, stride, 0), {
        rel: 1e-12,
        abs: 1e-12,
      });
    }
  });

  test.each([
    [3, 1, 1],
    [3, 2, 1],
  ])("of a window of %i with stride %i has the gradients of differences", (window, stride, padding) => {
    const layer = toDoubles(
      initConvolution2d(rng(1), [window, window], 2, 2) as { weight: np.Array; bias: np.Array },
    );
    checkGradient(
      (p: { layer: typeof layer; x: np.Array }) => convolution2d(p.layer, p.x, { stride, padding }),
      { layer, x: doubles(3, 1, 3, 4, 2) },
    );
  });

  test.each([
    [1, 1],
    [2, 0],
  ])("in one dimension, with stride %i, has the gradients of differences", (stride, padding) => {
    const layer = toDoubles(initConvolution2d(rng(1), [1, 3], 2, 2) as { weight: np.Array; bias: np.Array });
    checkGradient(
      (p: { layer: typeof layer; x: np.Array }) => convolution1d(p.layer, p.x, { stride, padding }),
      { layer, x: doubles(3, 2, 5, 2) },
    );
  });

  test("of a window larger than the padded image is an error", () => {
    const weight = (height: number, width: number): np.Array => np.ones([height, width, 1, 1]);
    for (const stride of [1, 2]) {
      expect(() => convolution2d({ weight: weight(3, 5) }, np.ones([1, 4, 4, 1]), { stride })).toThrow(
        new RangeError("convolution: a window of at most 4 × 4 expected, got 3 × 5"),
      );
    }
    expect(() => convolution1d({ weight: weight(1, 5) }, np.ones([1, 2, 1]), { padding: 1 })).toThrow(
      new RangeError("convolution: a window of at most 1 × 4 expected, got 1 × 5"),
    );
  });
});

describe("max pool", () => {
  test("takes the largest of each window", () => {
    const x = np.array([1, 5, 2, 0, 3, 4, 8, 7, 9, 6, 0, 1, 2, 3, 4, 5]).reshape([1, 4, 4, 1]);
    expect(numbers(maxPool2d(x.ref, { window: 2 }))).toEqual([5, 8, 9, 5]);
    expect(numbers(adaptiveMaxPool2d(x.ref, 1))).toEqual([9]);
    expect(numbers(maxPool2d(x.ref, { window: 3, stride: 1 }))).toEqual([9, 8, 9, 8]);
    // −∞ outside, as in PyTorch: windows at rows and columns −1…1 and 1…3.
    expect(numbers(maxPool2d(x.mul(-1).sub(1), { window: 3, stride: 2, padding: 1 }))).toEqual([
      -2, -1, -3, -1,
    ]);
  });

  test("has the gradients of differences", () => {
    checkGradient(
      (x: np.Array) => maxPool2d(x, { window: 3, stride: 2, padding: 1 }),
      doubles(1, 1, 6, 5, 2),
    );
  });

  test("of a window larger than the padded image is an error", () => {
    expect(() => maxPool2d(np.ones([1, 4, 2, 1]), { window: 5, padding: 1 })).toThrow(
      new RangeError("maxPool2d: a window of at most 6 × 4 expected, got 5 × 5"),
    );
  });

  test("to a size that does not divide the image is an error", () => {
    expect(() => adaptiveMaxPool2d(np.zeros([1, 5, 5, 1]), 2)).toThrow(
      new RangeError("adaptiveMaxPool2d: a multiple of 2 × 2 expected, got 5 × 5"),
    );
  });
});

describe("batch norm", () => {
  test("normalises a batch and mixes its unbiased variance into the running statistics", () => {
    const { params, statistics } = initBatchNorm(2);
    const x = np.array(Float64Array.of(1, 10, 3, 10, 5, 40), { shape: [3, 2] });
    const trained = batchNormTraining(toDoubles(params), toDoubles(statistics), x, { epsilon: 0 });
    const root = Math.sqrt(8 / 3);
    expectClose(
      numbers(trained.y),
      [-2 / root, -1 / Math.SQRT2, 0, -1 / Math.SQRT2, 2 / root, Math.SQRT2],
      EXACT,
    );
    expectClose(numbers(trained.statistics.mean), [0.3, 2], EXACT);
    expectClose(numbers(trained.statistics.variance), [0.9 + 0.1 * 4, 0.9 + 0.1 * 300], EXACT);
  });

  test("uses the running statistics outside training", () => {
    const params = { scale: np.array([2, 1]), shift: np.array([0, 5]) };
    const statistics = { mean: np.array([1, 0]), variance: np.array([4, 1]) };
    expect(numbers(batchNorm(params, statistics, np.array([[3, 7]]), { epsilon: 0 }))).toEqual([2, 12]);
  });

  test("has the gradients of differences, also over rows and columns", () => {
    checkGradient(
      ({ x, scale, shift }: { x: np.Array; scale: np.Array; shift: np.Array }) => {
        const { y, statistics } = batchNormTraining(
          { scale, shift },
          { mean: np.zeros([2]), variance: np.ones([2]) },
          x,
        );
        for (const unused of Object.values(statistics)) unused.dispose();
        return y;
      },
      { x: doubles(1, 3, 2, 2, 2), scale: doubles(2, 2), shift: doubles(3, 2) },
      1e-6,
    );
  });
});

describe("dropout", () => {
  test("keeps the mean, drops the share, and depends on its key", () => {
    const drop = jit((key: np.Array, x: np.Array) => dropout(key, x, 0.25));
    const [a, again, b] = [1, 1, 2].map((seed) => numbers(drop(randomKey(rng(seed)), np.ones([4000]))));
    expect(a).toEqual(again);
    expect(a).not.toEqual(b);
    const kept = a!.filter((x) => x !== 0).length;
    // Five standard deviations of a binomial count.
    expect(Math.abs(kept - 3000)).toBeLessThan(5 * Math.sqrt(4000 * 0.25 * 0.75));
    expect(new Set(a)).toEqual(new Set([0, Math.fround(1 / 0.75)]));
  });

  test("has the gradients of differences, for the same key", () => {
    checkGradient((x: np.Array) => dropout(randomKey(rng(1)), x, 0.4), doubles(2, 3, 4));
  });

  test("of a rate outside [0, 1) is an error", () => {
    for (const rate of [1, 1.5, -0.5, Number.NaN]) {
      expect(() => dropout(randomKey(rng(1)), np.ones([2]), rate)).toThrow(
        new RangeError(`dropout: rate expected a number in [0, 1), got ${rate}`),
      );
    }
  });

  test("of rate 0 is the identity", () => {
    expect(numbers(dropout(randomKey(rng(1)), np.array([1, 2]), 0))).toEqual([1, 2]);
  });
});

describe("embedding", () => {
  test("looks rows up, with the gradients of differences", () => {
    const table = toDoubles(initEmbedding(rng(1), 4, 3));
    const indices = np.array([3, 0, 3, 1], { dtype: np.int32 }).reshape([2, 2]);
    const rows = table.ref.js() as number[][];
    const found = embedding(table.ref, indices.ref);
    expect(found.shape).toEqual([2, 2, 3]);
    expectClose(
      numbers(found),
      [3, 0, 3, 1].flatMap((i) => rows[i]!),
      EXACT,
    );
    checkGradient((table: np.Array) => embedding(table, indices.ref), table);
  });
});

describe("lstm", () => {
  const hidden = 2;
  const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

  /** One series, step by step, as the equations say. */
  function byHand(weight: number[][], bias: number[], xs: number[][]): number[][] {
    let h = [0, 0];
    let c = [0, 0];
    return xs.map((x) => {
      const inputs = [...x, ...h];
      const gates = bias.map((b, g) => b + inputs.reduce((sum, v, i) => sum + v * weight[i]![g]!, 0));
      const gate = (k: number, i: number): number => gates[k * hidden + i]!;
      c = c.map((old, i) => sigmoid(gate(1, i)) * old + sigmoid(gate(0, i)) * Math.tanh(gate(2, i)));
      h = c.map((cell, i) => sigmoid(gate(3, i)) * Math.tanh(cell));
      return h;
    });
  }

  test("follows its equations, forwards and backwards, and padding leaves the state alone", () => {
    const params = toDoubles(initLstm(rng(1), 3, hidden));
    const [weight, bias] = [params.weight.ref.js() as number[][], params.bias.ref.js() as number[]];
    const x = doubles(2, 2, 5, 3);
    const mask = np.array(Float64Array.of(1, 1, 1, 1, 1, 1, 1, 1, 0, 0), { shape: [2, 5] });
    const series = x.ref.js() as number[][][];
    for (const reverse of [false, true]) {
      const run = jit((p: typeof params, x: np.Array, mask: np.Array) => lstm(p, x, mask, reverse));
      const out = run(
        { weight: params.weight.ref, bias: params.bias.ref },
        x.ref,
        mask.ref,
      ).js() as number[][][];
      for (const [row, words] of [5, 3].entries()) {
        const ordered = series[row]!.slice(0, words);
        if (reverse) ordered.reverse();
        const truth = byHand(weight, bias, ordered);
        if (reverse) truth.reverse();
        expectClose(out[row]!.slice(0, words).flat(), truth.flat(), EXACT, `reverse ${reverse}, row ${row}`);
        if (!reverse) expect(out[row]!.slice(words)).toEqual(Array(5 - words).fill(out[row]![words - 1]));
      }
    }
  });

  test("has the gradients of differences", () => {
    const params = { layer: toDoubles(initLstm(rng(1), 2, hidden)), x: doubles(3, 2, 3, 2) };
    checkGradient(
      ({ layer, x }: typeof params) =>
        lstm(layer, x, np.array(Float64Array.of(1, 1, 1, 1, 1, 0), { shape: [2, 3] })),
      params,
    );
  });
});

describe("initialisers", () => {
  test("have the stated limits and variances", () => {
    const size = 10_000;
    const variance = (values: number[]): number => values.reduce((sum, v) => sum + v * v, 0) / values.length;
    const glorot = numbers(glorotUniform(rng(1), [100, 100], 100, 50));
    expect(Math.max(...glorot.map(Math.abs))).toBeLessThanOrEqual(0.2);
    // Standard errors: 2/√5n of a uniform's variance, √(2/n) of a normal's, relatively; five of them.
    expect(variance(glorot)).toBeGreaterThan((0.04 / 3) * (1 - 5 * (2 / Math.sqrt(5 * size))));
    expect(Math.abs(variance(numbers(heNormal(rng(2), [size], 8, 1))) / 0.25 - 1)).toBeLessThan(
      5 * Math.sqrt(2 / size),
    );
    expect(numbers(zeros(rng(3), [2], 1, 1))).toEqual([0, 0]);
  });
});
