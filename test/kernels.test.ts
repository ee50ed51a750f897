/** Kernels and TypeScript give the same bits. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { linearAssignment } from "../src/algorithms/assignments/linear-assignment.ts";
import type { ExponentialFamily, FloatArray, Structure } from "../src/contracts.ts";
import { allFinite } from "../src/core/check.ts";
import { coreKernels } from "../src/core/core-kernels.ts";
import {
  ARENA,
  ARENA_END,
  EXP_AT,
  LOG_AT,
  TABLE_AT,
  WORDS_AT,
  withKernels,
  withoutKernels,
} from "../src/core/kernels.ts";
import { rng } from "../src/core/rng.ts";
import {
  adaptive,
  arborescence,
  binaryEntropy,
  boundedSubset,
  categorical,
  categoricalEntropy,
  completeDigraph,
  completeGraph,
  correlatedKSubset,
  dependencyTree,
  euclidean,
  gaussian,
  gumbel,
  type ImleOptions,
  imle,
  independentBits,
  knapsack,
  kSubset,
  linearChain,
  logistic,
  matching,
  negativeExponential,
  neuralSort,
  noNoise,
  perturbation,
  relaxedTopK,
  sinkhorn,
  softEisner,
  spanningTree,
  sumOfGamma,
} from "../src/index.ts";

/**
 * What `body` writes with kernels and without; the sign of zero and what stands behind a NaN count. What earlier calls left in
 * the kernels' memory, which may be NaN, makes no difference.
 */
function expectSameBits(body: () => FloatArray | Uint32Array): void {
  const bits = (array: FloatArray | Uint32Array) =>
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  coreKernels()?.f64.fill(Number.NaN, ARENA / 8, ARENA_END / 8);
  const compiled = withKernels(body);
  const written = withoutKernels(body);
  expect(compiled.length).toBe(written.length);
  expect(Buffer.compare(bits(compiled), bits(written))).toBe(0);
}

/** The same for what `call` writes over a copy of `before`, which may be what it reads. */
function expectSameOver(before: FloatArray, call: (out: FloatArray) => void): void {
  expectSameBits(() => {
    const out = before.slice();
    call(out);
    return out;
  });
}

test("the kernels run here, and can be switched off", () => {
  expect(coreKernels()).toBeDefined();
  expect(withoutKernels(coreKernels)).toBeUndefined();
  expect(coreKernels()).toBeDefined();
});

const LENGTHS = [0, 1, 2, 3, 4, 5, 63, 64, 65, 255, 256, 257, 1000, 4096, 4097, 20_001];

describe("random words", () => {
  test.each(LENGTHS)("%i of a stream, and what follows them", (length) => {
    for (const before of [0, 1, 2, 3, 7]) {
      expectSameBits(() => {
        const stream = rng(3);
        for (let i = 0; i < before; i++) stream.bits();
        const words = new Uint32Array(length + 3);
        stream.fillBits(words, length);
        for (let i = 0; i < 3; i++) words[length + i] = stream.bits();
        return words;
      });
    }
  });
});

const noises = {
  sumOfGamma: sumOfGamma({ k: 10 }),
  centred: sumOfGamma({ k: 3, centered: true }),
  gumbel: gumbel(),
  gaussian: gaussian(),
  logistic: logistic(),
  negativeExponential: negativeExponential(),
};

describe.each(Object.entries(noises))("%s", (_, noise) => {
  test.each(LENGTHS)("%i draws, and what follows them", (length) => {
    for (const before of [0, 1, 2, 3]) {
      for (const FloatArray of [Float32Array, Float64Array]) {
        expectSameBits(() => {
          const stream = rng(5).row(before);
          for (let i = 0; i < before; i++) stream.bits();
          const out = new FloatArray(length + 2);
          noise.fill(out.subarray(0, length), stream);
          for (let i = 0; i < 2; i++) out[length + i] = stream.uniform();
          return out;
        });
      }
    }
  });

  test.each([
    [1, 20, 1],
    [3, 20, 1],
    [4, 1, 1],
    [5, 7, 1],
    [500, 20, 1],
    [500, 21, 3],
    [9, 256, 1],
    [9, 257, 1],
  ])("%i rows of %i, %i samples, from rows of any number", (rows, size, samples) => {
    for (const first of [0, 5, 2 ** 31 - 2, 2 ** 32 - 3, 2 ** 40 + 1]) {
      expectSameBits(() => {
        const layer = imle(kSubset(size, 1), { noise, samples, average: samples > 1, temperature: 100 });
        return layer.forward(new Float64Array(rows * size), rng(11).fromRow(first)).value;
      });
    }
  });
});

test("a table comes into the kernels' memory when 1,024 numbers were drawn from it, those of rows counted once", () => {
  const table = coreKernels()!.f64.subarray(TABLE_AT / 8, TABLE_AT / 8 + 4);
  gaussian().fill(new Float64Array(5000), rng(1));
  const before = table.slice();
  const layer = imle(kSubset(20, 10), { noise: gumbel() });
  const theta = new Float64Array(40 * 20);
  layer.forward(theta, rng(1));
  expect(table).toEqual(before);
  layer.forward(theta, rng(1));
  expect(table).not.toEqual(before);
});

describe("k-subset MAP", () => {
  test.each([
    [1, 1],
    [1, 0],
    [5, 2],
    [20, 10],
    [31, 31],
    [31, 15],
    [32, 3],
    [32, 16],
    [33, 3],
    [35, 31],
    [64, 60],
    [99, 90],
    [350, 10],
    [1000, 50],
    [5000, 2500],
    [40_000, 20],
    [70_001, 3],
  ])("n = %i, k = %i: normal, tied, huge, tiny and single numbers", (n, k) => {
    const rows = Math.max(2, Math.ceil(600 / n));
    const random = rng(n + k);
    const normals = Float64Array.from({ length: rows * n }, () => random.normal());
    const structure = kSubset(n, k);
    for (const theta of [
      normals,
      Float32Array.from(normals),
      normals.map(Math.round),
      normals.map((x) => 1 + 1e-12 * x),
      normals.map((x) => 1e300 * x),
      normals.map((x) => 1e-310 * x),
      normals.map((x) => Math.exp(20 * x)),
      normals.map((x) => (x > 0 ? 0 : -0)),
      normals.map((x) => x - 5),
    ]) {
      expectSameOver(theta, (out) => structure.map(theta, out));
      // Over θ itself, as a row is read before it is written.
      expectSameOver(theta, (out) => structure.map(out, out));
    }
  });
});

test("sums over k-subsets of any size, of rows of any length with elements left out", () => {
  const random = rng(8);
  const [rows, n] = [9, 40];
  const theta = Float64Array.from({ length: rows * n }, (_, i) => (i < 2 * n ? 40 : 1) * random.normal());
  const direction = theta.map(() => random.normal());
  const context = {
    k: Float64Array.from({ length: rows }, (_, row) => 3 * row),
    lengths: Float64Array.from({ length: rows }, (_, row) => n - row),
    mask: theta.map((_, i) => +(i % 7 !== 2)),
  };
  const family = kSubset(n, 3);
  for (const given of [undefined, direction]) {
    expectSameBits(() => {
      const out = theta.slice();
      if (given) family.marginalsJvp(out, given, out, context);
      else family.marginals(out, out, context);
      return out;
    });
  }
});

test("equal elements of any size have equal marginals and no direction that matters", () => {
  for (const size of [0, 1, 1e15, -1e50, 1e299]) {
    const family = kSubset(6, 2);
    const theta = new Float64Array(12).fill(size);
    expectSameBits(() => {
      const out = new Float64Array(12);
      family.marginals(theta, out);
      for (const p of out) expect(p).toBeCloseTo(1 / 3, 12);
      return out;
    });
    expectSameBits(() => {
      const out = new Float64Array(12).fill(3);
      family.marginalsJvp(theta, out, out);
      for (const change of out) expect(change).toBeCloseTo(0, 12);
      return out;
    });
  }
});

describe("sums over k-subsets", () => {
  test.each([
    [1, 2, 1],
    [2, 2, 1],
    [3, 20, 10],
    [64, 20, 10],
    [5, 21, 13],
    [7, 350, 10],
    [1, 350, 10],
    [2, 1000, 50],
    [2, 500, 240],
    [1, 9, 0],
    [2, 9, 9],
    [1, 1, 1],
    [3, 2, 1],
  ])("%i rows of %i choose %i: marginals, products, samples, and what sums them up", (rows, n, k) => {
    const random = rng(rows + n);
    const normals = Float64Array.from({ length: rows * n }, () => random.normal());
    const direction = normals.map((x, i) => (i % 7) - x);
    const family = kSubset(n, k);
    for (const scale of [0, 1, 7, 30, 1e4, 1e200]) {
      // Some rows are sharp.
      const theta = normals.map((x, i) => (i % (3 * n) < n ? scale * x : x));
      for (const given of [theta, Float32Array.from(theta.map((x) => Math.min(x, 1e30)))]) {
        expectSameOver(given, (out) => family.marginals(scale > 1e30 ? theta : given, out));
        expectSameOver(theta, (out) => family.marginals(out, out));
        expectSameOver(direction, (out) => family.marginalsJvp(theta, out, out));
        // Sums overflow here and there.
        const steep = direction.map((x) => 1e307 * x);
        expectSameOver(steep, (out) => family.marginalsJvp(theta, out, out));
        expectSameOver(given, (out) => family.sample(scale > 1e30 ? theta : given, rng(k), out));
        expectSameOver(theta, (out) => family.sample(out, rng(k), out));
        if (scale > 1e4) continue;
        const z = theta.slice();
        family.map(theta, z);
        const sums = new Float64Array(rows);
        expectSameOver(sums, (out) => family.logPartition(given, out));
        expectSameOver(sums, (out) => family.entropy(given, out));
        expectSameOver(sums, (out) => family.klToUniform(given, out));
        expectSameOver(sums, (out) => family.klDivergence(given, direction, out));
        expectSameOver(sums, (out) => family.logProbability(given, z, out));
      }
    }
  });
});

/** Parallel edges both ways, a self-loop, a bridge. */
const multigraph = {
  vertices: 4,
  edges: [
    [0, 1],
    [1, 0],
    [2, 2],
    [1, 2],
    [0, 2],
    [0, 2],
    [3, 1],
    [1, 3],
  ],
} as const;

describe("trees and sums over them", () => {
  test.each([
    ["a spanning tree of 10", 1, spanningTree(completeGraph(10))],
    ["spanning trees of 2", 2, spanningTree(completeGraph(2))],
    ["spanning trees of 3", 5, spanningTree(completeGraph(3))],
    ["spanning trees of 10", 7, spanningTree(completeGraph(10))],
    ["spanning trees of 22", 3, spanningTree(completeGraph(22))],
    ["spanning trees of 9, in blocks", 120, spanningTree(completeGraph(9))],
    ["spanning trees of a multigraph", 4, spanningTree(multigraph)],
    ["an arborescence of 10", 1, arborescence(completeDigraph(10), 3)],
    ["arborescences of 2", 3, arborescence(completeDigraph(2), 0)],
    ["arborescences of 3", 4, arborescence(completeDigraph(3), 1)],
    ["arborescences of 11", 5, arborescence(completeDigraph(11), 0)],
    ["arborescences of 20, in blocks", 14, arborescence(completeDigraph(20), 0)],
    ["arborescences of a multigraph", 5, arborescence(multigraph, 0)],
    ["dependency trees of 8", 5, dependencyTree(8)],
    ["dependency trees of 1, one root", 3, dependencyTree(1, { root: "single" })],
    ["dependency trees of 8, one root", 5, dependencyTree(8, { root: "single" })],
    ["dependency trees of 13, one root", 2, dependencyTree(13, { root: "single" })],
    ["projective trees of 1", 3, dependencyTree(1, { projective: true })],
    ["projective trees of 6", 3, dependencyTree(6, { projective: true })],
    ["a projective tree of 4, one root", 1, dependencyTree(4, { projective: true, root: "single" })],
    ["projective trees of 7, one root", 2, dependencyTree(7, { projective: true, root: "single" })],
  ])("%s: %i rows", (_, rows, family) => {
    const m = family.shape.reduce((a, b) => a * b, 1);
    const random = rng(rows + m);
    const normals = Float64Array.from({ length: rows * m }, () => random.normal());
    const direction = normals.map((x, i) => (i % 7 < 2 ? (x > 0 ? 0 : -0) : (i % 7) - x));
    const tree = new Float64Array(m);
    family.map(normals.subarray(0, m), tree);
    // Beyond ±700 some rows, or all, need the log domain.
    for (const scale of [0, 1, 30, 300, 1e4]) {
      const theta = normals.map((x, i) => (i % (3 * m) < m ? x : scale * x));
      const sparse = theta.map((x, i) => (x > 0 || tree[i % m] === 1 ? x : -Infinity));
      for (const given of [theta, Float32Array.from(theta), sparse]) {
        expectSameOver(given, (out) => family.marginals(out, out));
        // Ties, and zeros of both signs, among them.
        for (const utilities of [given, given.map(Math.round)]) {
          expectSameOver(given, (out) => family.map(utilities, out));
        }
        expectSameOver(direction, (out) => family.marginalsJvp(given, out, out));
        expectSameOver(given, (out) => family.sample(given, rng(1).fromRow(3), out));
        const z = given.map((_, i) => tree[i % m]!);
        for (const method of ["logPartition", "entropy", "logProbability"] as const) {
          for (const FloatArray of [Float32Array, Float64Array]) {
            expectSameBits(() => {
              const out = new FloatArray(rows);
              if (method === "logProbability") family[method](given, z, out);
              else family[method](given, out);
              return out;
            });
          }
        }
      }
    }
  });

  test.each([spanningTree(completeGraph(3)), arborescence(completeDigraph(3), 0), dependencyTree(2)])(
    "a row without a tree is named, and nothing is written: $name",
    (family) => {
      const m = family.shape.reduce((a, b) => a * b, 1);
      const theta = new Float64Array(2 * m).fill(-Infinity).fill(0, 0, m);
      const out = new Float64Array(2 * m).fill(7);
      const number = new Float64Array(2).fill(7);
      const ones = theta.map(() => 1);
      for (const run of [withKernels, withoutKernels]) {
        expect(() => run(() => family.map(theta, out))).toThrow(/row 1/);
        expect(() => run(() => family.marginals(theta, out))).toThrow(/row 1/);
        expect(() => run(() => family.marginalsJvp(theta, ones, out))).toThrow(/row 1/);
        expect(() => run(() => family.sample(theta, rng(1), out))).toThrow(/row 1/);
        expect(() => run(() => family.logPartition(theta, number))).toThrow(/row 1/);
        expect(() => run(() => family.entropy(theta, number))).toThrow(/row 1/);
        expect(out.every((x) => x === 7)).toBe(true);
        expect([...number]).toEqual([7, 7]);
      }
    },
  );
});

test.each([65, 66])("projective trees of %i words fill the kernels' memory, or more", (words) => {
  const family = dependencyTree(words, { projective: true });
  const theta = new Float64Array((words + 1) ** 2).map((_, i) => Math.sin(i * i));
  expectSameOver(theta, (out) => family.map(out, out));
  expectSameOver(theta, (out) => family.marginals(out, out));
});

test.each([1, 2, 64, 65, 130])(
  "best spanning trees of %i vertices, all but complete, a loop among them",
  (n) => {
    const { vertices, edges } = completeGraph(n);
    const family = spanningTree({ vertices, edges: [[0, 0], ...edges.filter((_, e) => e % 5 !== 3)] });
    const random = rng(n);
    const normals = new Float64Array(3 * family.shape[0]!).map(() => random.normal());
    for (const theta of [
      normals,
      Float32Array.from(normals),
      normals.map(Math.round),
      normals.map(() => 0),
      normals.map((x) => (x > 0 ? 0 : -0)),
      normals.map((x) => (n > 9 && x < -1 ? -Infinity : x)),
    ]) {
      expectSameOver(theta, (out) => family.map(out, out));
    }
  },
);

test.each([
  arborescence(
    {
      vertices: 3,
      edges: [
        [0, 1],
        [1, 0],
      ],
    },
    0,
  ),
  spanningTree({
    vertices: 4,
    edges: [
      [0, 1],
      [1, 2],
    ],
  }),
])("$name of a graph that has none: nothing is written", (family) => {
  for (const run of [withKernels, withoutKernels]) {
    const theta = Float64Array.of(1, 2, 3, 4);
    expect(() => run(() => family.map(theta, theta))).toThrow(/row 0/);
    expect([...theta]).toEqual([1, 2, 3, 4]);
  }
});

/** Every method of a family on these rows, with the error where one fails, leaves the same bits. */
function expectSameFamily<C>(family: ExponentialFamily<C>, theta: FloatArray, context?: C): void {
  const rows = theta.length / family.shape[0]!;
  const direction = theta.map((_, i) => Math.sin(i * i));
  const states = new Float64Array(theta.length);
  const calls: ((out: FloatArray) => void)[] = [
    (out) => family.map(theta, out, context),
    (out) => family.marginals(theta, out, context),
    (out) => family.marginalsJvp(theta, direction, out, context),
    (out) => family.sample(theta, rng(1), out, context),
    (out) => family.logPartition(theta, out.subarray(0, rows), context),
    (out) => family.entropy(theta, out.subarray(0, rows), context),
    (out) => {
      family.map(theta, states, context);
      family.logProbability(theta, states, out.subarray(0, rows), context);
    },
    // Over θ itself, as a row is read before it is written.
    (out) => {
      out.set(theta);
      family.marginals(out, out, context);
    },
  ];
  for (const call of calls) {
    expectSameBits(() => {
      const out = theta.map((_, i) => i);
      try {
        call(out);
      } catch (error) {
        out[0] = Number(/row (\d+)/.exec(String(error))![1]);
      }
      return out;
    });
  }
}

describe("sums over labellings", () => {
  test.each([
    [1, 1, 1],
    [2, 1, 7],
    [3, 40, 1],
    [5, 2, 2],
    [3, 9, 3],
    [2, 30, 8],
    [1, 12, 20],
    [2, 7, 21],
    // Beyond the kernels' memory with a direction, and without one.
    [1, 90, 39],
    [1, 90, 52],
  ])("%i rows of %i positions, %i labels", (rows, length, labels) => {
    const family = linearChain(length, labels);
    const size = family.shape[0]!;
    const random = rng(length + labels);
    const normals = Float64Array.from({ length: rows * size }, () => random.normal());
    expectSameFamily(family, normals);
    if (size > 1e5) return;
    expectSameFamily(family, Float32Array.from(normals));
    expectSameFamily(family, normals.map(Math.round));
    for (const scale of [0, 30, 1e4, 1e10 / 8])
      expectSameFamily(
        family,
        normals.map((x) => scale * x),
      );
    const lengths = Array.from({ length: rows }, (_, row) => Math.max(0, length - 3 * row));
    expectSameFamily(family, normals, { lengths });
    // Labels that nothing follows, labels that follow nothing, and rows without a labelling.
    for (const share of [0.9, 0.5, -0.5]) {
      const sparse = normals.map((x) => (x > share ? -Infinity : x));
      expectSameFamily(family, sparse);
      expectSameFamily(family, sparse, { lengths });
    }
    expectSameFamily(family, normals, { mask: normals.map((x) => Number(x < 1)) });
  });

  test("the signs of zeros that lead to a label which nothing follows", () => {
    const family = linearChain(4, 3);
    const theta = Float64Array.from({ length: 39 }, (_, i) => (i >= 21 && i < 24 ? -Infinity : Math.sin(i)));
    theta[0] = -2000;
    for (const v of [-0, 0, 1.7e308, -1.7e308]) {
      const direction = theta.map((_, i) => (i < 3 ? i : v));
      expectSameOver(direction, (out) => family.marginalsJvp(theta, out, out));
    }
  });
});

describe("sums within a budget", () => {
  const weights = [3, 0, 7, 1, 1, 12, 2, 5, 40, 2, 2, 9, 4, 6, 0, 1, 8, 3, 3, 11];
  const cases: [string, ExponentialFamily<never>, object[]][] = [
    ["correlatedKSubset(30, 7)", correlatedKSubset(30, 7), [{ k: [7, 0, 12] }, { lengths: [30, 7, 9] }]],
    ["correlatedKSubset(31, 20)", correlatedKSubset(31, 20), [{ k: [31, 1, 2] }]],
    ["correlatedKSubset(60, 0)", correlatedKSubset(60, 0), []],
    ["correlatedKSubset(2, 1)", correlatedKSubset(2, 1), [{ k: [0, 2, 1] }, { lengths: [1, 2, 2] }]],
    ["correlatedKSubset(1, 1)", correlatedKSubset(1, 1), []],
    [
      "knapsack of 20",
      knapsack(weights, 30),
      [{ capacity: [0, 1, 100] }, { lengths: [20, 0, 5] }, { weights: [0, 1, 2].flatMap(() => weights) }],
    ],
    ["knapsack without room", knapsack([3, 4], 2), []],
    ["knapsack of nothing", knapsack([0, 0, 0], 2), []],
    // Rows beyond the kernels' memory, and with a direction only.
    [
      "knapsack of 70, 3000",
      knapsack(
        Array(70)
          .fill(0)
          .map((_, i) => 30 + 7 * i),
        3000,
      ),
      [],
    ],
    [
      "knapsack of 70, 2000",
      knapsack(
        Array(70)
          .fill(0)
          .map((_, i) => 30 + 7 * i),
        2000,
      ),
      [],
    ],
    [
      "boundedSubset(40)",
      boundedSubset(40),
      [{ atLeast: [0, 3, 40] }, { k: [0, 9, 40] }, { lengths: [40, 0, 1] }],
    ],
    ["boundedSubset(21, 3 to 9)", boundedSubset(21, { atLeast: 3, atMost: 9 }), [{ atMost: [3, 8, 21] }]],
  ];
  test.each(cases)("%s", (_, family, contexts) => {
    const size = family.shape[0]!;
    const random = rng(size);
    const normals = Float64Array.from({ length: 3 * size }, () => random.normal());
    expectSameFamily(family, normals);
    if (size === 70) return;
    expectSameFamily(family, Float32Array.from(normals));
    expectSameFamily(family, normals.map(Math.round));
    // Sums of many sizes, whose exponents differ.
    for (const scale of [0, 30, 200, 1e4, 1e10 / 8])
      expectSameFamily(
        family,
        normals.map((x) => scale * x),
      );
    expectSameFamily(
      family,
      normals.map((x, i) => (i % 5 === 0 ? 500 * x : x - 400)),
    );
    // Some rows have no state.
    for (const share of [0.9, 0, -1])
      expectSameFamily(
        family,
        normals.map((x) => (x > share ? -Infinity : x)),
      );
    for (const context of contexts) {
      expectSameFamily(family, normals, context as never);
      expectSameFamily(family, normals, { ...context, mask: normals.map((x) => Number(x < 1)) } as never);
    }
  });
});

test("tables of logarithms stay, whatever noise is drawn", () => {
  const entropies = () => {
    const theta = Float64Array.from({ length: 4000 }, (_, i) => i / 1500);
    const out = new Float64Array(2000);
    boundedSubset(2).entropy(theta, out);
    return out;
  };
  expectSameBits(() => {
    entropies();
    gumbel().fill(new Float64Array(20_000), rng(1));
    return entropies();
  });
});

describe("Sinkhorn's rounds", () => {
  const unrolled = { gradient: "unrolled", iterations: 60, tolerance: 0 } as const;
  test.each([1, 2, 3, 4, 7, 21, 50, 130])("%i a side: plans and products", (n) => {
    const rows = n < 50 ? 3 : 1;
    const random = rng(n);
    const normals = (): Float64Array => Float64Array.from({ length: rows * n * n }, () => random.normal());
    const cotangent = normals();
    for (const options of [{}, { tolerance: 1e-3 }, unrolled]) {
      const relaxation = sinkhorn(matching(n), options);
      // Even, ordinary, cold, beyond what one stage of scalings holds, tied, with forbidden pairs.
      const ordinary = normals();
      for (const u of [
        ordinary.map(() => 0),
        ordinary,
        ordinary.map((x) => 8 * x),
        ordinary.map((x) => 300 * x),
        ordinary.map((x) => Math.round(x)),
        ordinary.map((x, at) => (x > 1 && (at % (n * n)) % (n + 1) !== 0 ? -Infinity : x)),
        Float32Array.from(ordinary),
      ]) {
        if (n > 21 && u !== ordinary) continue;
        expectSameOver(u, (out) => relaxation.relax(u, 1, out));
        expectSameOver(u, (out) => relaxation.vjp(u, 1, cotangent, out));
      }
    }
  });

  test("rows of any side, a solver in between", () => {
    const inner = sinkhorn(matching(9));
    const outer = sinkhorn(matching(12));
    const u = Float64Array.from({ length: 3 * 144 }, (_, i) => Math.sin(i * i));
    const context = { rowCounts: [12, 0, 9], colCounts: [12, 0, 9] };
    expectSameBits(() => {
      const [x, y] = [u.slice(), new Float64Array(81)];
      outer.relax(u, 0.5, x, context);
      inner.vjp(x.subarray(0, 81), 0.3, u.subarray(7, 88), y);
      outer.vjp(u, 0.5, x, x, context);
      return Float64Array.of(...x, ...y);
    });
  });
});

describe("projections onto the polytope of k-subsets", () => {
  test.each([
    [1, 2, 1],
    [3, 3, 2],
    [2, 8, 4],
    [5, 9, 1],
    [7, 20, 10],
    [4, 21, 13],
    [3, 350, 10],
    [2, 351, 340],
    [2, 5001, 60],
    [1, 60_000, 4],
  ])("%i rows of %i choose %i: points and products", (rows, n, k) => {
    const random = rng(rows + n);
    const normals = Float64Array.from({ length: rows * n }, () => random.normal());
    const cotangent = normals.map((x, i) => (i % 7) - x);
    for (const make of [euclidean, categoricalEntropy, binaryEntropy]) {
      const relaxation = make(kSubset(n, k));
      // Even, tied, ordinary, hard, far apart, with squares beyond doubles, with excluded elements.
      for (const u of [
        normals.map(() => 3),
        normals.map(Math.round),
        normals,
        normals.map((x) => 50 * x),
        normals.map((x) => x ** 3 * 1e3),
        normals.map((x) => 1e150 * x * (x > 2 ? 1e49 : 1)),
        normals.map((x, i) => (i % n >= k && x < 0 ? -Infinity : x)),
        Float32Array.from(normals),
      ]) {
        if (n > 10_000 && u !== normals) continue;
        for (const t of n > 1000 ? [0.5] : [0.01, 0.5, 20]) {
          expectSameOver(u, (out) => relaxation.relax(out, t, out));
          expectSameOver(u, (out) => relaxation.vjp(u, t, cotangent, out));
          expectSameOver(cotangent, (out) => relaxation.vjp(u, t, out, out));
        }
      }
    }
  });
});

test("tables in the kernels' memory are what they were after random words and noise", () => {
  const relaxation = relaxedTopK(kSubset(21, 8));
  const call = (): Float64Array => {
    const x = new Float64Array(42);
    relaxation.relax(
      x.map((_, i) => 3 * Math.sin(i * i)),
      0.5,
      x,
    );
    return x;
  };
  withKernels(() => {
    const before = call();
    imle(kSubset(20, 10)).forward(new Float64Array(2000), rng(1));
    rng(1).fillBits(new Uint32Array(5000), 5000);
    const stream = rng(1);
    for (let i = 0; i < 500; i++) stream.normal();
    expect(call()).toEqual(before);
  });
});

describe("softmaxes and sigmoids", () => {
  test.each([
    [1, 1],
    [2, 2],
    [5, 3],
    [2, 8],
    [301, 21],
    [3, 5001],
  ])("%i rows of %i: marginals, products and all else", (rows, n) => {
    const random = rng(rows + n);
    const normals = Float64Array.from({ length: rows * n }, () => random.normal());
    const direction = normals.map((x, i) => (i % 7) - x);
    for (const family of [categorical(n), independentBits(n)]) {
      for (const theta of [
        normals,
        normals.map((x) => (x > 0 ? 0 : -0)),
        normals.map((x) => 400 * x),
        normals.map((x) => 1e300 * x),
        normals.map((x, i) => (i % n > 0 && x < 0 ? -Infinity : x)),
        Float32Array.from(normals),
      ]) {
        expectSameOver(theta, (out) => family.marginals(out, out));
        expectSameOver(direction, (out) => family.marginalsJvp(theta, out, out));
        if (rows > 9 && theta !== normals) continue;
        expectSameFamily(family, theta);
        expectSameFamily(family, theta, { lengths: Array.from({ length: rows }, (_, row) => n - (row % n)) });
      }
    }
  });

  test("a row without a category is named, and nothing is written", () => {
    const theta = Float64Array.of(0, 1, 2, 0, -Infinity, -Infinity, -Infinity, -Infinity);
    const out = new Float64Array(8).fill(7);
    for (const run of [withKernels, withoutKernels]) {
      expect(() => run(() => categorical(4).marginals(theta, out))).toThrow(/row 1/);
      expect(() => run(() => categorical(4).marginalsJvp(theta, out, out))).toThrow(/row 1/);
      expect(out).toEqual(new Float64Array(8).fill(7));
    }
  });
});

describe("Eisner's algorithm with soft choices", () => {
  test.each([
    [1, 1],
    [2, 2],
    [3, 5],
    [1, 12],
    [3, 44],
  ])("%i rows of %i words: trees and products", (rows, words) => {
    const size = (words + 1) ** 2;
    const random = rng(rows + words);
    const normals = Float64Array.from({ length: rows * size }, () => random.normal());
    const cotangent = normals.map((x, i) => (i % 7) - x);
    for (const root of ["single", "multi"] as const) {
      const relaxation = softEisner(words, { root });
      for (const u of [
        normals,
        normals.map(() => 0),
        normals.map((x) => 1e4 * x),
        normals.map((x) => 1e199 * x),
        normals.map((x, i) => (i % size > words && x < -1 ? -Infinity : x)),
        Float32Array.from(normals),
      ]) {
        for (const t of [1e-99, 0.5, 20]) {
          if (words > 12 && (u !== normals || t !== 0.5)) continue;
          expectSameOver(u, (out) => relaxation.relax(out, t, out));
          expectSameOver(cotangent, (out) => relaxation.vjp(u, t, out, out));
        }
      }
    }
  });
});

describe("relaxedTopK", () => {
  test.each([
    [1, 1, 1],
    [1, 2, 1],
    [5, 2, 2],
    [3, 3, 3],
    [2, 8, 4],
    [7, 21, 13],
    [300, 20, 10],
    [2, 351, 10],
    [1, 5000, 30],
  ])("%i rows of %i choose %i: values and products", (rows, n, k) => {
    const random = rng(rows + n);
    const normals = Float64Array.from({ length: rows * n }, () => random.normal());
    const cotangent = normals.map((x, i) => (i % 7) - x);
    const relaxation = relaxedTopK(kSubset(n, k));
    for (const u of [
      normals,
      normals.map(() => 3),
      normals.map((x) => (x > 0 ? 0 : -0)),
      normals.map((x) => 1e4 * x),
      normals.map((x, i) => (i % n >= k && x < 0 ? -Infinity : x)),
      Float32Array.from(normals),
    ]) {
      if (n > 1000 && u !== normals) continue;
      for (const t of [1e-3, 0.5, 20]) {
        expectSameOver(u, (out) => relaxation.relax(out, t, out));
        expectSameOver(cotangent, (out) => relaxation.vjp(u, t, out, out));
      }
    }
  });
});

describe("NeuralSort", () => {
  test.each([
    [1, 1],
    [1, 2],
    [5, 3],
    [2, 8],
    [3, 21],
    [70, 50],
    [1, 400],
  ])("%i rows of %i scores: weights and products", (rows, n) => {
    const random = rng(rows + n);
    const normals = Float64Array.from({ length: rows * n }, () => random.normal());
    const cotangent = Float64Array.from({ length: rows * n * n }, () => random.normal());
    const relaxation = neuralSort(n);
    for (const u of [
      normals,
      normals.map(() => 0),
      normals.map((x) => (x > 0 ? 0 : -0)),
      normals.map(Math.round),
      normals.map((x) => 1e4 * x),
      normals.map((x) => 1e199 * x),
      Float32Array.from(normals),
    ]) {
      if (n > 21 && u !== normals) continue;
      for (const t of [0.1, 3]) {
        expectSameOver(cotangent, (out) => relaxation.relax(u, t, out));
        expectSameOver(u, (out) => relaxation.vjp(out, t, cotangent, out));
      }
    }
  });
});

describe("assignments", () => {
  test.each([
    [1, 1],
    [2, 2],
    [3, 5],
    [7, 7],
    [20, 20],
    [21, 21],
    [9, 4],
    [50, 50],
    [60, 150],
    [201, 201],
  ])("%i × %i: normal, tied, huge, with forbidden pairs and ragged", (rows, cols) => {
    const count = Math.ceil(2000 / (rows * cols));
    const random = rng(rows + cols);
    const normals = Float64Array.from({ length: count * rows * cols }, () => random.normal());
    const structure = matching(rows, cols);
    const sides = (side: number) => Array.from({ length: count }, (_, r) => side - (r % Math.min(side, 4)));
    for (const theta of [
      normals,
      normals.map(Math.round),
      normals.map(() => 0),
      normals.map((x) => 1e299 * x),
      normals.map((x, at) =>
        x > 0.5 && Math.floor((at % (rows * cols)) / cols) !== at % cols ? -Infinity : x,
      ),
      normals.map((x) => (x > 0 ? x : -Infinity)),
      Float32Array.from(normals),
    ]) {
      for (const context of [undefined, { rowCounts: sides(rows), colCounts: sides(cols) }]) {
        expectSameBits(() => {
          const out = theta.slice();
          try {
            structure.map(theta, out, context);
          } catch (error) {
            out[0] = Number(/row (\d+)/.exec(String(error))![1]);
          }
          return out;
        });
      }
    }
  });
});

test("prices of assignments", () => {
  const random = rng(1);
  for (const [agents, objects] of [
    [12, 12],
    [9, 13],
    [70, 70],
  ] as const) {
    const value = Float64Array.from({ length: agents * objects }, () => random.normal());
    for (const values of [value, value.map(Math.round)]) {
      expectSameBits(() => {
        const { solve, price } = linearAssignment(values, agents, objects);
        expect(solve(agents, objects)).toBe(true);
        return price;
      });
    }
  }
});

describe("finite numbers", () => {
  test.each([511, 512, 513, 515, 4096, 4099, 9000])("%i of them, one of them not", (length) => {
    for (const FloatArray of [Float32Array, Float64Array]) {
      const theta = new FloatArray(length).fill(1);
      for (const [at, value] of [0, 1, length - 3, length - 1].flatMap((i) =>
        [NaN, Infinity, -Infinity, 2e10].map((x) => [i, x] as const),
      )) {
        theta.fill(1)[at] = value;
        expect(allFinite(theta)).toBe(Number.isFinite(value));
        expect(allFinite(theta, 1e10)).toBe(false);
        expect(withoutKernels(() => allFinite(theta, 1e10))).toBe(false);
      }
      expect(allFinite(theta.fill(-1e10), 1e10)).toBe(true);
    }
  });
});

describe("imle", () => {
  test.each<ImleOptions>([
    {},
    { samples: 3, average: true },
    { samples: 2, difference: "central", target: adaptive() },
    { temperature: 0, scale: "none" },
  ])("%o: value, gradient and diagnostics", (options) => {
    for (const [rows, n, k] of [
      [500, 20, 10],
      [7, 351, 10],
      [2, 5001, 60],
    ] as const) {
      for (const FloatArray of [Float32Array, Float64Array]) {
        const random = rng(rows);
        const theta = new FloatArray(rows * n).map(() => random.normal());
        const perRow = options.average ? 1 : (options.samples ?? 1);
        const cotangent = new FloatArray(rows * n * perRow).map(() => random.normal());
        expectSameBits(() => {
          const fresh = { ...options, ...(options.target && { target: adaptive() }) };
          const { value, backward, diagnostics } = imle(kSubset(n, k), fresh).forward(theta, rng(2));
          const gradient = backward(cotangent);
          const { meanHammingDistance, zeroGradientShare, lambda } = diagnostics;
          return Float64Array.from([...value, ...gradient, meanHammingDistance, zeroGradientShare, lambda]);
        });
      }
    }
  });

  test.each<[string, ImleOptions, (x: number, i: number) => number]>([
    ["ties", { noise: noNoise() }, (x) => Math.round(x)],
    ["zeros of both signs", { noise: noNoise() }, (x) => (x > 0 ? 0 : -0)],
    ["excluded elements", {}, (x, i) => (i % 7 === 0 ? -Infinity : x)],
    ["huge numbers", { target: perturbation({ lambda: 1e30 }) }, (x) => 1e38 * Math.tanh(x)],
    ["tiny steps", { target: perturbation({ lambda: 1e-44 }), scale: "none" }, (x) => x],
    ["steps without an inverse", { target: perturbation({ lambda: 5e-324 }) }, (x) => x],
    ["another temperature", { temperature: { input: 0.1, target: 3 } }, (x) => x],
  ])("%s: value, gradient and diagnostics", (_, options, of) => {
    for (const [rows, n, k] of [
      [150, 21, 8],
      [2, 3001, 5],
    ] as const) {
      for (const FloatArray of [Float32Array, Float64Array]) {
        const random = rng(4);
        const theta = new FloatArray(rows * n).map((_, i) => of(random.normal(), i));
        const cotangent = new FloatArray(rows * n).map(() => Math.round(2 * random.normal()));
        const layer = imle(kSubset(n, k), options);
        expectSameBits(() => {
          const { value, backward, diagnostics } = layer.forward(theta, rng(2));
          const gradient = backward(cotangent);
          const { meanHammingDistance, zeroGradientShare, lambda } = diagnostics;
          return Float64Array.from([...value, ...gradient, meanHammingDistance, zeroGradientShare, lambda]);
        });
        for (const bad of [NaN, Infinity]) {
          const message = `cotangent expected finite numbers, got ${bad} at 9`;
          const { backward } = layer.forward(theta, rng(2));
          expect(() => backward(cotangent.with(9, bad))).toThrow(message);
        }
      }
    }
  });

  test("a structure that is spread or given another map is solved by that", () => {
    const theta = new Float64Array(512);
    const zeros: Structure["map"] = (_, out) => void out.fill(0);
    const own = kSubset(8, 2);
    const layer = imle(own);
    expect(layer.forward(theta, rng(0)).value).toContain(1);
    own.map = zeros;
    for (const changed of [layer, imle({ ...kSubset(8, 2), map: zeros })]) {
      expect(changed.forward(theta, rng(0)).value).not.toContain(1);
    }
  });
});

test("the memory of kernels never grows, whatever the calls, failing ones among them", () => {
  const before = coreKernels()!.f64.byteLength;
  const random = rng(1);
  for (let call = 0; call < 500; call++) {
    const n = 2 + Math.floor(random.uniform() * 400);
    const rows = 1 + Math.floor(random.uniform() * 4);
    const theta = Float64Array.from({ length: rows * n }, () => random.normal());
    const family = kSubset(n, 1 + Math.floor(random.uniform() * Math.min(n - 1, 20)));
    const chain = linearChain(1 + (n >> 4), 1 + Math.floor(random.uniform() * 9));
    const bits = boundedSubset(n, { atMost: n >> 4 });
    const labellings = Float64Array.from({ length: chain.shape[0]! }, () => random.normal());
    if (call % 3 === 0) theta[n - 1] = labellings[0] = Number.NaN;
    const run = () => {
      const out = labellings.slice();
      chain.marginalsJvp(labellings, out, out);
      bits.marginalsJvp(theta.subarray(0, n), theta.subarray(0, n), new Float64Array(n));
      imle(family).forward(theta, random.split(call)).backward(theta);
      family.marginalsJvp(theta, theta, new Float64Array(rows * n));
    };
    if (call % 3 === 0) expect(run).toThrow(RangeError);
    else run();
  }
  expect(coreKernels()!.f64.byteLength).toBe(before);
});

test("what stays in the kernels' memory lies where both sides say, one behind the other", () => {
  const place = (file: string, name: string): number => {
    const source = readFileSync(new URL(`../kernels/${file}.ts`, import.meta.url), "utf8");
    const [, sum] = new RegExp(`^const ${name}: usize = ([\\d()<+ ]+);`, "m").exec(source)!;
    const terms = sum!.replace(/[()]/g, "").split("+");
    return terms.reduce((total, term) => {
      const [number, shift = 0] = term.split("<<").map(Number);
      return total + (number! << shift);
    }, 0);
  };
  expect(place("exp", "TABLE")).toBe(EXP_AT);
  expect(place("log", "INVERSES")).toBe(LOG_AT);
  expect(place("quantile-noise", "TABLE")).toBe(TABLE_AT);
  const places = [
    { at: WORDS_AT, bytes: 16 << 10 },
    { at: EXP_AT, bytes: 64 * 8 },
    { at: LOG_AT, bytes: 2 * 129 * 8 },
    // Four lanes of two words, and four addresses.
    { at: place("threefry", "WORD"), bytes: 4 * 2 * 4 },
    { at: place("quantile-noise", "CELLS"), bytes: 4 * 4 },
    { at: TABLE_AT, bytes: 80 << 10 },
    { at: ARENA, bytes: ARENA_END - ARENA },
  ];
  for (const [i, { at, bytes }] of places.slice(0, -1).entries()) {
    expect(at + bytes).toBeLessThanOrEqual(places[i + 1]!.at);
  }
});
