import { describe, expect, test } from "vitest";
import { expectClose } from "../../test/golden.ts";
import {
  cappedSimplexInfeasibility,
  hullInfeasibility,
  relaxationConformance,
} from "../../test/relaxation-conformance.ts";
import { dot } from "../conformance/enumerate.ts";
import type { Relaxation, Structure } from "../contracts.ts";
import { rng } from "../core/rng.ts";
import { sizeOf } from "../core/shape.ts";
import { arborescence } from "../structures/arborescence.ts";
import { categorical } from "../structures/categorical.ts";
import { correlatedKSubset } from "../structures/correlated-k-subset.ts";
import { dependencyTree } from "../structures/dependency-tree.ts";
import { completeDigraph, completeGraph } from "../structures/graph.ts";
import { independentBits } from "../structures/independent-bits.ts";
import { kSubset } from "../structures/k-subset.ts";
import { knapsack } from "../structures/knapsack.ts";
import { linearChain } from "../structures/linear-chain.ts";
import { matching } from "../structures/matching.ts";
import { solver } from "../structures/solver.ts";
import { spanningTree } from "../structures/spanning-tree.ts";
import { tour } from "../structures/tour.ts";
import { euclidean } from "./euclidean.ts";
import { type SparseMapOptions, sparseMap } from "./sparse-map.ts";

const normals = (seed: number, length: number, scale = 1): Float64Array => {
  const r = rng(seed);
  return Float64Array.from({ length }, () => scale * r.normal());
};

function relaxed<C>(relaxation: Relaxation<C>, u: Float64Array, t: number, context?: C): Float64Array {
  const x = new Float64Array(u.length);
  relaxation.relax(u, t, x, context);
  return x;
}

function product<C>(relaxation: Relaxation<C>, u: Float64Array, t: number, g: Float64Array, context?: C) {
  const out = new Float64Array(u.length);
  relaxation.vjp(u, t, g, out, context);
  return out;
}

/** max over states z of ⟨u / t − x, z − x⟩, which is 0 at the optimum, and of no point outside the hull below 0. */
function gap<C>(structure: Structure<C>, u: Float64Array, t: number, x: Float64Array): number {
  const slope = u.map((value, i) => value / t - x[i]!);
  const own = dot(x, slope);
  return Math.max(...Array.from(structure.states!(), (z) => dot(z, slope) - own));
}

describe("sparseMap", () => {
  const structures: Record<string, () => Structure> = {
    "kSubset(6, 3)": () => kSubset(6, 3) as Structure,
    "categorical(5)": () => categorical(5) as Structure,
    "independentBits(4)": () => independentBits(4) as Structure,
    "correlatedKSubset(5, 2)": () => correlatedKSubset(5, 2) as Structure,
    "linearChain(3, 2)": () => linearChain(3, 2) as Structure,
    "spanningTree(K4)": () => spanningTree(completeGraph(4)) as Structure,
    "arborescence(K4)": () => arborescence(completeDigraph(4), 0) as Structure,
    "dependencyTree(3)": () => dependencyTree(3, { projective: true }) as Structure,
    "matching(2, 3)": () => matching(2, 3) as Structure,
    "knapsack([3, 1, 4, 2], 5)": () => knapsack([3, 1, 4, 2], 5) as Structure,
    "tour(5)": () => tour(5) as Structure,
  };
  for (const [title, make] of Object.entries(structures)) {
    relaxationConformance(`sparseMap(${title})`, () => sparseMap(make()), {
      infeasibility: (x) => hullInfeasibility(make(), x),
      // The point of least norm; that it is one is part of the next test.
      uniform: relaxed(sparseMap(make()), new Float64Array(sizeOf(make().shape)), 1),
    });

    test(`the optimality conditions hold for ${title}`, () => {
      const structure = make();
      const relaxation = sparseMap(structure);
      const r = rng(1);
      for (const t of [0.01, 0.1, 0.5, 1, 3, 100]) {
        for (let repeat = 0; repeat < 10; repeat++) {
          const scale = repeat === 0 ? 0 : 1;
          const u = Float64Array.from({ length: sizeOf(structure.shape) }, () => scale * r.normal());
          const x = relaxed(relaxation, u, t);
          expect(Math.abs(gap(structure, u, t, x))).toBeLessThan(1e-12 * (1 + 100 / t));
        }
      }
      expect(relaxation.report().unconverged).toBe(0);
      expect(relaxation.report().states).toBeLessThanOrEqual(sizeOf(structure.shape) + 1);
    });
  }

  for (const [n, k] of [
    [5, 2],
    [9, 8],
    [30, 4],
    [12, 1],
    [4, 4],
    [3, 0],
  ] as const) {
    test(`on ${k} of ${n} elements it is the exact Euclidean projection`, () => {
      const [ours, exact] = [sparseMap(kSubset(n, k)), euclidean(kSubset(n, k))];
      for (const [scale, t] of [
        [1, 0.05],
        [1, 0.5],
        [1, 1],
        [1, 5],
        [100, 1],
        [1e4, 1000],
      ] as const) {
        const u = normals(n + k, 5 * n, scale);
        const g = normals(n + k + 1, 5 * n);
        expectClose(relaxed(ours, u, t), relaxed(exact, u, t), { rel: 0, abs: 1e-11 }, `t ${t}`);
        expectClose(product(ours, u, t, g), product(exact, u, t, g), { rel: 1e-9, abs: 1e-10 / t }, `t ${t}`);
      }
    });
  }

  test("the product is right where the combination does not span the face: at equal utilities", () => {
    const g = normals(3, 6);
    for (const k of [1, 2, 3, 5]) {
      const u = new Float64Array(6);
      expectClose(
        product(sparseMap(kSubset(6, k)), u, 0.7, g),
        product(euclidean(kSubset(6, k)), u, 0.7, g),
        {
          rel: 1e-9,
          abs: 1e-11,
        },
      );
    }
    const bits = product(sparseMap(independentBits(2)), Float64Array.of(0.5, 0.5), 1, Float64Array.of(1, -3));
    expectClose(bits, [1, -3], { rel: 1e-12, abs: 1e-12 });
  });

  // Faces of so many dimensions that what one vector has left beside the known directions is rounding.
  test.each([60, 88, 100, 130])("the product is exact on faces of high dimension: %i choose half", (n) => {
    for (const [u, g] of [
      [
        Float64Array.from({ length: n }, (_, i) => Math.sin(i * i)),
        Float64Array.from({ length: n }, (_, i) => Math.cos(i)),
      ],
      [normals(n, n), normals(n + 1, n)],
    ] as const) {
      const subsets = kSubset(n, n / 2);
      for (const t of [10, 30]) {
        expectClose(product(sparseMap(subsets), u, t, g), product(euclidean(subsets), u, t, g), {
          rel: 0,
          abs: 1e-9,
        });
      }
    }
  });

  test.each([100, 150])("the product is exact on faces of high dimension: %i bits", (n) => {
    for (const seed of [1, 2, 3]) {
      const [u, g, t] = [normals(seed, n).map((x) => 5 + 6 * x), normals(seed + 9, n), 10];
      const exact = g.map((x, i) => (u[i]! > 0 && u[i]! < t ? x / t : 0));
      expectClose(product(sparseMap(independentBits(n)), u, t, g), exact, { rel: 0, abs: 1e-9 });
    }
  });

  test("the product is exact inside the permutahedron: a ranking solver of 50", () => {
    const n = 50;
    const ranks = solver({
      shape: [n],
      solve(theta, z) {
        [...theta.keys()]
          .sort((a, b) => theta[a]! - theta[b]!)
          .forEach((at, rank) => {
            z[at] = rank + 1;
          });
      },
    });
    const [u, g, t] = [normals(1, n), normals(2, n), 10];
    const mean = g.reduce((a, b) => a + b) / n;
    // All utilities are near each other: the nearest point has no order, and only Σx is held.
    expectClose(
      product(sparseMap(ranks), u, t, g),
      g.map((x) => (x - mean) / t),
      { rel: 0, abs: 1e-9 },
    );
  });

  test("on bits it clips u / t to [0, 1]", () => {
    const x = relaxed(sparseMap(independentBits(4)), Float64Array.of(-1, 0.3, 0.9, 4), 2);
    expectClose(x, [0, 0.15, 0.45, 1], { rel: 1e-14, abs: 1e-14 });
  });

  test("a batch with a context is solved side by side", () => {
    const u = normals(4, 15);
    const g = normals(5, 15);
    const context = { k: [1, 3, 2], lengths: [5, 4, 3] };
    const [ours, exact] = [sparseMap(kSubset(5, 2)), euclidean(kSubset(5, 2))];
    const x = relaxed(ours, u, 0.6, context);
    expectClose(x, relaxed(exact, u, 0.6, context), { rel: 0, abs: 1e-13 });
    expectClose(product(ours, u, 0.6, g, context), product(exact, u, 0.6, g, context), {
      rel: 1e-10,
      abs: 1e-12,
    });
  });

  test("excluded elements are 0 in value and product", () => {
    const u = Float64Array.of(0.3, -Infinity, 0.1, 0.2);
    const x = relaxed(sparseMap(kSubset(4, 2)), u, 1);
    expect(x[1]).toBe(0);
    expect(cappedSimplexInfeasibility(x, 2)).toBeLessThan(1e-12);
    expect(product(sparseMap(kSubset(4, 2)), u, 1, Float64Array.of(1, 2, 3, 5))[1]).toBe(0);
  });

  test("elements excluded now are 0 whatever was solved before", () => {
    const used = sparseMap(kSubset(3, 1));
    expect([...relaxed(used, Float64Array.of(0, 5, 0), 1)]).toEqual([0, 1, 0]);
    const u = Float64Array.of(0, -Infinity, 5);
    expect([...relaxed(used, u, 1)]).toEqual([0, 0, 1]);
    for (const structure of [kSubset(6, 3), spanningTree(completeGraph(4)), matching(3)]) {
      const size = sizeOf(structure.shape);
      const used = sparseMap<never>(structure);
      for (let repeat = 0; repeat < 40; repeat++) {
        const u = normals(repeat, size, 3);
        if (repeat % 2 === 1) u[repeat % size] = -Infinity;
        expectClose(relaxed(used, u, 1), relaxed(sparseMap<never>(structure), u, 1), {
          rel: 0,
          abs: 1e-12,
        });
      }
    }
  });

  test("one's own solver is enough", () => {
    const best = solver({
      shape: [3],
      solve: (theta: ArrayLike<number>, out: { [i: number]: number }) => {
        let at = 0;
        for (let i = 1; i < 3; i++) if (theta[i]! > theta[at]!) at = i;
        for (let i = 0; i < 3; i++) out[i] = i === at ? 1 : 0;
      },
    });
    expectClose(relaxed(sparseMap(best), Float64Array.of(1, 0.8, 0.1), 1), [0.6, 0.4, 0], {
      rel: 1e-14,
      abs: 1e-14,
    });
  });

  test("the cap on MAP calls is kept and reported", () => {
    const relaxation = sparseMap(kSubset(12, 6), { iterations: 2 });
    const x = relaxed(relaxation, normals(6, 24), 5);
    expect(relaxation.report()).toMatchObject({ rows: 2, mapCalls: 2, unconverged: 2 });
    expect(cappedSimplexInfeasibility(x.slice(0, 12), 6)).toBeLessThan(1e-12);
    expect(() => sparseMap(kSubset(2, 1), { iterations: 0 })).toThrow(RangeError);
    expect(() => sparseMap(undefined as unknown as Structure)).toThrow("sparseMap: structure expected");
    expect(() => sparseMap(kSubset(2, 1), { cap: 3 } as SparseMapOptions)).toThrow(TypeError);
  });
});
