/** Every estimator on every structure of its kind: states, shapes, streams, errors; and gradients against enumeration. */
import { describe, expect, test } from "vitest";
import { dot, enumerate } from "../src/conformance/enumerate.ts";
import type { ExponentialFamily, FloatArray, Layer, Structure } from "../src/contracts.ts";
import { rng } from "../src/core/rng.ts";
import { sizeOf } from "../src/core/shape.ts";
import {
  adaptive,
  arborescence,
  binaryEntropy,
  blackBox,
  boundedSubset,
  categorical,
  categoricalEntropy,
  completeDigraph,
  completeGraph,
  correlatedKSubset,
  dependencyTree,
  euclidean,
  exponentialFamily,
  graphPath,
  gridPath,
  gumbel,
  gumbelSoftmax,
  identity,
  imle,
  independentBits,
  knapsack,
  kSubset,
  learnToExplain,
  linearChain,
  logistic,
  lossOptimum,
  matching,
  movingAverage,
  perturbation,
  perturbedOptimizer,
  product,
  ranking,
  relaxedSubset,
  repeat,
  scoreFunction,
  simple,
  sinkhorn,
  softEisner,
  softRank,
  softSort,
  spanningTree,
  sparseMap,
  stochasticSoftmax,
  straightThrough,
  tour,
} from "../src/index.ts";
import { expectClose, golden } from "./golden.ts";
import { FALSE_ALARM_Z } from "./statistics.ts";

type AnyStructure = Structure<never>;
type AnyFamily = ExponentialFamily<never>;

const diamond = {
  vertices: 4,
  edges: [
    [0, 1],
    [0, 2],
    [1, 2],
    [1, 3],
    [2, 3],
  ] as [number, number][],
};
const families: readonly (() => AnyFamily)[] = [
  () => kSubset(5, 2),
  () => correlatedKSubset(4, 2),
  () => categorical(4),
  () => independentBits(4),
  () => linearChain(3, 2),
  () => knapsack([2, 3, 1, 4], 6),
  () => graphPath(diamond, 0, 3),
  () => spanningTree(completeGraph(4)),
  () => arborescence(completeDigraph(3), 0),
  () => dependencyTree(2, { projective: true, root: "multi" }),
  () => dependencyTree(2, { projective: false, root: "single" }),
  () => matching(3),
  () => tour(4),
  () => boundedSubset(4, { atLeast: 1, atMost: 2 }),
  () => product([kSubset(3, 2), matching(2)]),
  () => repeat(categorical(2), 3),
];
const structures: readonly (() => AnyStructure)[] = [
  ...families,
  () => gridPath(3, 3),
  () => ranking(4),
  () => graphPath(completeDigraph(4), 0, 3, { negativeCosts: "clamp" }),
];

/** Layers whose value is a state (or S of them) and whose backward takes a cotangent. */
const hardLayers: Record<string, (s: AnyStructure) => Layer<never>> = {
  imle: (s) => imle(s),
  "imle, central, 3 samples": (s) =>
    imle(s, { difference: "central", samples: 3, target: perturbation({ lambda: 4 }) }),
  "imle, adaptive": (s) => imle(s, { target: adaptive() }),
  "imle, loss optimum": (s) => imle(s, { target: lossOptimum() }),
  blackBox: (s) => blackBox(s, { lambda: 3 }),
  identity: (s) => identity(s, { projection: "standardise" }),
  straightThrough: (s) => straightThrough(s, { samples: 2 }),
};
const familyLayers: Record<string, (s: AnyFamily) => Layer<never>> = {
  simple: (s) => simple(s),
  "simple, 3 samples": (s) => simple(s, { samples: 3, temperature: 2 }),
  "simple -F": (s) => simple(s, { backward: "exact-samples" }),
  "simple -B": (s) => simple(s, { forward: "perturb-and-map" }),
  "gumbelSoftmax, hard": (s) => gumbelSoftmax(s, { hard: true }),
};

const random = (length: number, seed: number): Float64Array => {
  const r = rng(seed);
  return Float64Array.from({ length }, () => r.normal());
};
/** Paths want costs, and nobody else minds. */
const thetaFor = (s: AnyStructure, rows: number): Float64Array =>
  random(rows * sizeOf(s.shape), 1).map((x) => (s.name === "gridPath" ? -5 - Math.abs(x) : x));

/** Share of rows of zeros. */
function zeroShare(gradient: FloatArray, rows: number): number {
  const size = gradient.length / rows;
  let zeros = 0;
  for (let row = 0; row < rows; row++) {
    if (gradient.slice(row * size, (row + 1) * size).every((x) => x === 0)) zeros++;
  }
  return zeros / rows;
}

function layerConformance(
  title: string,
  structure: AnyStructure,
  make: () => Layer<never>,
  statesOnly: boolean,
): void {
  describe(`${title} on ${structure.name}`, () => {
    const layer = make();
    // An adaptive target learns from every backward pass: only a new one starts from the same state.
    const again = title.includes("adaptive") ? make : () => layer;
    const rows = 3;
    const size = sizeOf(layer.inputShape);
    const outSize = sizeOf(layer.outputShape);
    const theta = thetaFor(structure, rows);
    const cotangent = random(rows * outSize, 2);

    test("the value holds states in the stated shape", () => {
      const { value } = layer.forward(theta, rng(3));
      expect(value).toHaveLength(rows * outSize);
      if (!statesOnly) return;
      const known = new Set(Array.from(structure.states!(), (z) => z.join()));
      for (let i = 0; i < value.length; i += size) expect(known).toContain(value.slice(i, i + size).join());
    });

    test("the gradient has theta's kind and shape, and diagnostics are complete", () => {
      for (const kind of [Float32Array, Float64Array]) {
        const z = layer.forward(new kind(theta), rng(3));
        expect(z.value).toBeInstanceOf(kind);
        const gradient = z.backward(new kind(cotangent));
        expect(gradient).toBeInstanceOf(kind);
        expect(gradient).toHaveLength(theta.length);
        expect(gradient.every(Number.isFinite)).toBe(true);
        expect(z.diagnostics.solverCalls).toBeGreaterThanOrEqual(rows);
        expect(z.diagnostics.zeroGradientShare).toBe(zeroShare(gradient, rows));
      }
    });

    test("a gradient too small for single precision counts as zero", () => {
      const smallest = 2 ** -149;
      const z = layer.forward(new Float32Array(theta), rng(3));
      const gradient = z.backward(new Float32Array(cotangent).map((g) => Math.sign(g) * smallest));
      expect(z.diagnostics.zeroGradientShare).toBe(zeroShare(gradient, rows));
    });

    test("the same key gives the same bits, whatever came between", () => {
      const run = (fresh: Layer<never>): FloatArray[] => {
        const z = fresh.forward(theta, rng(4));
        return [z.value, z.backward(cotangent)];
      };
      const first = run(again());
      const second = again();
      second.forward(
        random(size, 5).map((x) => -Math.abs(x) - 5),
        rng(6),
      );
      expect(run(second)).toEqual(first);
    });

    test("a row's result does not depend on the rows beside it", () => {
      const whole = again().forward(theta, rng(7));
      const gradient = whole.backward(cotangent);
      for (let row = 0; row < rows; row++) {
        const one = again().forward(theta.slice(row * size, (row + 1) * size), rng(7).fromRow(row));
        expect(one.value).toEqual(whole.value.slice(row * outSize, (row + 1) * outSize));
        expect(one.backward(cotangent.slice(row * outSize, (row + 1) * outSize))).toEqual(
          gradient.slice(row * size, (row + 1) * size),
        );
      }
    });

    test("an empty batch is allowed", () => {
      const none = layer.forward(new Float64Array(0), rng(8));
      expect(none.value).toHaveLength(0);
      expect(none.backward(new Float64Array(0))).toHaveLength(0);
    });

    test("bad input is an error", () => {
      const broken = theta.slice();
      broken[1] = Number.NaN;
      expect(() => layer.forward(broken, rng(9))).toThrow(RangeError);
      expect(() => layer.forward(new Float64Array(size + 1), rng(9))).toThrow(RangeError);
      const z = layer.forward(theta, rng(9));
      expect(() => z.backward(new Float64Array(1))).toThrow(RangeError);
      expect(() => z.backward(cotangent.map(() => Number.NaN))).toThrow(RangeError);
    });
  });
}

/** Layers whose value is a point of the hull, of its own or around. */
const softLayers: Record<string, (s: AnyFamily) => Layer<never>> = {
  gumbelSoftmax: (s) => gumbelSoftmax(s, { temperature: 0.7 }),
  "stochasticSoftmax, exponential family": (s) =>
    stochasticSoftmax(exponentialFamily(s), { temperature: 0.7 }),
  "stochasticSoftmax, 2 samples, sparseMap": (s) => stochasticSoftmax(sparseMap(s), { samples: 2 }),
  perturbedOptimizer: (s) => perturbedOptimizer(s, { samples: 3, controlVariate: "leave-one-out" }),
  "perturbedOptimizer, multiplicative": (s) => perturbedOptimizer(s, { perturbation: "multiplicative" }),
};
const subsetLayers: Record<string, () => Layer<never>> = {
  euclidean: () => stochasticSoftmax(euclidean(kSubset(5, 2))),
  categoricalEntropy: () => stochasticSoftmax(categoricalEntropy(kSubset(5, 2))),
  binaryEntropy: () => stochasticSoftmax(binaryEntropy(kSubset(5, 2))),
  learnToExplain: () => learnToExplain(kSubset(5, 2)),
  relaxedSubset: () => relaxedSubset(kSubset(5, 2)),
};

for (const make of structures) {
  for (const [title, layer] of Object.entries(hardLayers))
    layerConformance(title, make(), () => layer(make()), true);
}
for (const make of families) {
  for (const [title, layer] of Object.entries(familyLayers))
    layerConformance(title, make(), () => layer(make()), true);
  for (const [title, layer] of Object.entries(softLayers))
    layerConformance(title, make(), () => layer(make()), false);
  layerConformance(
    "stochasticSoftmax, hard",
    make(),
    () => stochasticSoftmax(exponentialFamily(make()), { hard: true }),
    true,
  );
}

for (const [title, layer] of Object.entries(subsetLayers))
  layerConformance(title, kSubset(5, 2), layer, false);
layerConformance("stochasticSoftmax, softRank", ranking(4), () => stochasticSoftmax(softRank(4)), false);
layerConformance("stochasticSoftmax, softSort", ranking(4), () => stochasticSoftmax(softSort(4)), false);
layerConformance(
  "stochasticSoftmax, sinkhorn",
  matching(3),
  () => stochasticSoftmax(sinkhorn(matching(3))),
  false,
);
layerConformance(
  "stochasticSoftmax, softEisner",
  dependencyTree(2, { projective: true }),
  () => stochasticSoftmax(softEisner(2), { samples: 2 }),
  false,
);

/** The mean over rows of a gradient, and the standard error of each entry. */
function moments(gradient: FloatArray, size: number): { mean: Float64Array; error: Float64Array } {
  const rows = gradient.length / size;
  const mean = new Float64Array(size);
  const square = new Float64Array(size);
  for (let i = 0; i < gradient.length; i++) {
    mean[i % size]! += gradient[i]! / rows;
    square[i % size]! += gradient[i]! ** 2 / rows;
  }
  return { mean, error: square.map((s, i) => Math.sqrt(Math.max(s - mean[i]! ** 2, 0) / rows)) };
}

function expectMean(gradient: FloatArray, want: ArrayLike<number>): void {
  const { mean, error } = moments(gradient, want.length);
  for (let i = 0; i < want.length; i++) {
    expect(Math.abs(mean[i]! - want[i]!)).toBeLessThanOrEqual(FALSE_ALARM_Z * error[i]! + 1e-12);
  }
}

/** `rows` copies of one row. */
const repeated = (row: Float64Array, rows: number): Float64Array =>
  Float64Array.from({ length: rows * row.length }, (_, i) => row[i % row.length]!);

describe("gradients against enumeration", () => {
  const rows = 20_000;
  for (const make of families) {
    const family = make();
    const size = sizeOf(family.shape);
    const theta = random(size, 20);
    const b = random(size, 21);
    const temperature = 1.5;
    const truth = enumerate(
      family,
      theta.map((x) => x / temperature),
    );
    /** A loss that is not linear in z. */
    const loss = (z: ArrayLike<number>): number => (dot(z, b) - 0.7) ** 2 + z[0]! * z[1]!;
    const mean = truth.states.reduce((sum, z, s) => sum + truth.probabilities[s]! * loss(z), 0);
    /** ∇_θ E[L] = E[L (z − μ)] / τ. */
    const exact = truth.marginals.map((mu, i) =>
      truth.states.reduce(
        (sum, z, s) => sum + (truth.probabilities[s]! * (loss(z) - mean) * (z[i]! - mu)) / temperature,
        0,
      ),
    );
    const lossesOf = (value: FloatArray): Float64Array =>
      Float64Array.from({ length: value.length / size }, (_, i) =>
        loss(value.slice(i * size, (i + 1) * size)),
      );

    for (const [title, options] of Object.entries({
      "without a baseline": {},
      "leave-one-out": { samples: 3, baseline: "leave-one-out" as const },
      "moving average": { baseline: movingAverage() },
    })) {
      test(`scoreFunction ${title} is unbiased on ${family.name}`, () => {
        const layer = scoreFunction(family, { temperature, ...options });
        if (title === "moving average") {
          // One batch to fill the average; it may not depend on the samples it is subtracted from.
          const first = layer.forward(repeated(theta, 10), rng(22));
          first.backward(lossesOf(first.value));
        }
        const z = layer.forward(repeated(theta, rows), rng(23));
        expectMean(z.backward(lossesOf(z.value)), exact);
      });
    }

    for (const [title, options] of Object.entries({
      "beside leave-one-out": { samples: 2, baseline: "leave-one-out" as const },
      "beside a moving average": { baseline: movingAverage() },
    })) {
      test(`scoreFunction with a learnt baseline ${title} is unbiased on ${family.name}`, () => {
        const layer = scoreFunction(family, { temperature, ...options });
        const learnt = (length: number): Float64Array =>
          Float64Array.from({ length }, (_, i) => mean + Math.sin(i));
        const first = layer.forward(repeated(theta, 10), rng(28));
        const firstLosses = lossesOf(first.value);
        first.backward(firstLosses, learnt(firstLosses.length));
        const z = layer.forward(repeated(theta, rows), rng(29));
        const losses = lossesOf(z.value);
        expectMean(z.backward(losses, learnt(losses.length)), exact);
      });
    }

    test(`scoreFunction with a learnt baseline is unbiased on ${family.name}, and of less variance`, () => {
      const z = scoreFunction(family, { temperature }).forward(repeated(theta, rows), rng(24));
      const losses = lossesOf(z.value).map((l) => l + 10);
      const plain = z.backward(losses);
      const learnt = z.backward(losses, new Float64Array(rows).fill(mean + 10));
      expectMean(plain, exact);
      expectMean(learnt, exact);
      const spread = (g: FloatArray): number => Math.hypot(...moments(g, size).error);
      expect(spread(learnt)).toBeLessThan(spread(plain) / 2);
    });

    test(`simple is exact for a linear loss on ${family.name}`, () => {
      const z = simple(family, { temperature }).forward(theta, rng(25));
      const want = truth.jvp(b).map((x) => x / temperature);
      expectClose(z.backward(b), want, { rel: 1e-9, abs: 1e-12 });
    });

    test(`simple -F estimates the covariance without bias on ${family.name}`, () => {
      const layer = simple(family, { temperature, backward: "exact-samples", backwardSamples: 3 });
      const z = layer.forward(repeated(theta, rows), rng(26));
      expectMean(
        z.backward(repeated(b, rows)),
        truth.jvp(b).map((x) => x / temperature),
      );
    });

    test(`simple draws faithful samples from ${family.name}`, () => {
      const z = simple(family, { temperature }).forward(repeated(theta, rows), rng(27));
      expectMean(z.value, truth.marginals);
    });
  }

  test("imle's mean is the difference of softmaxes for a category under Gumbel noise", () => {
    // Perturb-and-MAP is exact there: argmax(θ + G) has the softmax law.
    const family = categorical(4);
    const theta = random(4, 30);
    const g = random(4, 31);
    const lambda = 2;
    const softmax = (t: Float64Array): Float64Array => enumerate(family, t).marginals;
    const moved = softmax(theta.map((x, i) => x - lambda * g[i]!));
    const want = softmax(theta).map((x, i) => (x - moved[i]!) / lambda);
    const layer = imle(family, { noise: gumbel(), target: perturbation({ lambda }) });
    expectMean(layer.forward(repeated(theta, rows), rng(32)).backward(repeated(g, rows)), want);
  });

  test("imle's mean is the difference of sigmoids for bits under logistic noise", () => {
    const family = independentBits(3);
    const theta = random(3, 33);
    const g = random(3, 34);
    const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
    const want = theta.map((x, i) => (sigmoid(x) - sigmoid(x - 2 * g[i]!)) / 2);
    const layer = imle(family, { noise: logistic(), target: perturbation({ lambda: 2 }) });
    expectMean(layer.forward(repeated(theta, rows), rng(35)).backward(repeated(g, rows)), want);
  });

  test("excluded entries have no gradient, and those beside them that of the row without them", () => {
    const [theta, g] = [
      [1, -Infinity, 2, 0.5],
      [1, 9, -3, 2],
    ].map((x) => Float64Array.from(x)) as [Float64Array, Float64Array];
    const without = (x: FloatArray): FloatArray => x.filter((_, i) => i !== 1);
    const noise = { name: "given", mean: 0, variance: 1, fill: (out: FloatArray) => void out.fill(0.1) };
    for (const layer of [
      (n: number) => straightThrough(kSubset(n, 2), { noise }),
      (n: number) => imle(kSubset(n, 2), { noise, target: adaptive() }),
      ...(["none", "mean", "scale", "standardise"] as const).map(
        (projection) => (n: number) => identity(kSubset(n, 2), { projection }),
      ),
    ]) {
      const gradient = layer(4).forward(theta, rng(45)).backward(g);
      expect(gradient[1]).toBe(0);
      expect(without(gradient)).toEqual(layer(3).forward(without(theta), rng(45)).backward(without(g)));
    }
    const excluded = perturbedOptimizer(kSubset(4, 2)).forward(theta, rng(45)).backward(g);
    expect(Array.from(excluded, (x) => x !== 0)).toEqual([true, false, true, true]);
  });

  test("straightThrough returns the downstream gradient, the mean over samples", () => {
    const layer = straightThrough(kSubset(3, 1), { samples: 2 });
    const z = layer.forward(Float64Array.of(0, 0, 0), rng(36));
    expect(Array.from(z.backward(Float64Array.of(1, 2, 3, 3, 2, 1)))).toEqual([2, 2, 2]);
  });

  test("gumbelSoftmax's gradient is the derivative of its value at fixed noise", () => {
    const layer = gumbelSoftmax(categorical(4), { temperature: 0.6 });
    const theta = random(4, 37);
    const g = random(4, 38);
    const gradient = layer.forward(theta, rng(39)).backward(g);
    const h = 1e-6;
    for (let i = 0; i < 4; i++) {
      const at = (step: number): number => {
        const moved = theta.slice();
        moved[i] = moved[i]! + step;
        return dot(g, layer.forward(moved, rng(39)).value);
      };
      expectClose(gradient[i]!, (at(h) - at(-h)) / (2 * h), { rel: 0, abs: 1e-8 });
    }
  });

  test("identity projects onto what MAP reacts to", () => {
    const theta = random(5, 40);
    const g = random(5, 41);
    const of = (projection: "none" | "mean" | "scale" | "standardise"): FloatArray =>
      identity(kSubset(5, 2), { projection }).forward(theta).backward(g);
    expect(of("none")).toEqual(g);
    const ones = new Float64Array(5).fill(1);
    expectClose(dot(of("mean"), ones), 0, { rel: 0, abs: 1e-12 });
    expectClose(dot(of("scale"), theta), 0, { rel: 0, abs: 1e-12 });
    const standard = of("standardise");
    expectClose(dot(standard, ones), 0, { rel: 0, abs: 1e-12 });
    const centre = dot(theta, ones) / 5;
    expectClose(
      dot(
        standard,
        theta.map((x) => x - centre),
      ),
      0,
      { rel: 0, abs: 1e-12 },
    );
  });
});

interface Moments {
  mean: number[];
  variance: number[];
}
interface Toy {
  marginals: number[];
  gradient: number[];
  expectedLoss: number;
  sfe: Moments;
  ste: Moments;
  simple: Moments;
  imleExactMarginals: Record<string, Moments>;
}

describe("the toy problem min E‖z − b‖²", () => {
  for (const { case: name, inputs, outputs } of golden<
    { n: number; k: number; theta: number[]; b: number[] },
    Toy
  >("toy")) {
    const { n, k } = inputs;
    const family = kSubset(n, k);
    const rows = 20_000;
    const theta = repeated(Float64Array.from(inputs.theta), rows);
    const downstream = (value: FloatArray): Float64Array =>
      Float64Array.from(value, (z, i) => 2 * (z - inputs.b[i % n]!));
    /** Means within their standard error; variances to 10 %, four or more standard errors at this many rows. */
    const expectMoments = (gradient: FloatArray, want: Moments): void => {
      expectMean(gradient, want.mean);
      const variance = moments(gradient, n).error.map((e) => e * e * rows);
      expectClose(variance, want.variance, { rel: 0.1, abs: 1e-12 });
    };

    test(`${name}: score function, straight-through and SIMPLE have the enumerated mean and variance`, () => {
      const sampled = scoreFunction(family).forward(theta, rng(50));
      const losses = Float64Array.from({ length: rows }, (_, row) => {
        let loss = 0;
        for (let i = 0; i < n; i++) loss += (sampled.value[row * n + i]! - inputs.b[i]!) ** 2;
        return loss;
      });
      expectMoments(sampled.backward(losses), outputs.sfe);
      const simpleLayer = simple(family).forward(theta, rng(51));
      expectMoments(downstream(simpleLayer.value), outputs.ste);
      expectMoments(simpleLayer.backward(downstream(simpleLayer.value)), outputs.simple);
    });
  }
});
