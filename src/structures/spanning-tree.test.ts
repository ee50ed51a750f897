import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { familyConformance } from "../../test/conformance.ts";
import { expectClose, golden } from "../../test/golden.ts";
import { expectLaw, vector } from "../../test/law.ts";
import { chiSquare, chiSquareLimit, FALSE_ALARM_Z } from "../../test/statistics.ts";
import { kruskal } from "../algorithms/trees/kruskal.ts";
import { prim } from "../algorithms/trees/prim.ts";
import { dot, enumerate } from "../conformance/enumerate.ts";
import { rng } from "../core/rng.ts";
import { completeGraph, type Graph } from "./graph.ts";
import { type SpanningTreeContext, spanningTree } from "./spanning-tree.ts";

type Tree = ReturnType<typeof spanningTree>;
const bridged: Graph = {
  vertices: 5,
  edges: [
    [0, 1],
    [1, 2],
    [2, 0],
    [2, 3],
    [3, 4],
    [4, 3],
    [1, 1],
  ],
};
familyConformance("spanningTree on K4", () => spanningTree(completeGraph(4)));
familyConformance("spanningTree on K2", () => spanningTree(completeGraph(2)));
familyConformance("spanningTree with a bridge, parallel edges and a self-loop", () => spanningTree(bridged));
familyConformance<SpanningTreeContext>(
  "spanningTree on 4 of 5 vertices",
  () => spanningTree(completeGraph(5)),
  {
    context: { vertices: [4] },
  },
);
familyConformance<SpanningTreeContext>("spanningTree with a mask", () => spanningTree(completeGraph(4)), {
  context: { mask: [1, 1, 0, 1, 1, 1] },
});

interface Inputs {
  n: number;
  edges: [number, number][];
  weights: number[];
  t?: number;
  v?: number[];
}
interface Outputs {
  logPartition?: number;
  marginals?: number[];
  entropy?: number;
  map: number[];
  mapScore: number;
  jvp?: number[];
  numTrees?: number;
}

describe("spanningTree", () => {
  for (const { case: name, inputs, outputs, tol } of golden<Inputs, Outputs>("spanning_tree")) {
    test(`agrees with the golden vectors of ${name}`, () => {
      const { n, edges, weights, t = 1, v } = inputs;
      const tree = spanningTree({ vertices: n, edges });
      const size = edges.length;
      const z = vector(size, (out) => tree.map(Float64Array.from(weights), out));
      expect(Array.from(z)).toEqual(outputs.map);
      expectClose(dot(z, weights), outputs.mapScore, tol, "mapScore");
      if (outputs.marginals === undefined) return;
      const theta = Float64Array.from(weights, (w) => w / t);
      expectClose(
        vector(1, (out) => tree.logPartition(theta, out)),
        [outputs.logPartition!],
        tol,
        "logPartition",
      );
      expectClose(
        vector(1, (out) => tree.entropy(theta, out)),
        [outputs.entropy!],
        tol,
        "entropy",
      );
      expectClose(
        vector(size, (out) => tree.marginals(theta, out)),
        outputs.marginals,
        tol,
        "marginals",
      );
      const jvp = vector(size, (out) =>
        tree.marginalsJvp(
          theta,
          Float64Array.from(v!, (x) => x / t),
          out,
        ),
      );
      expectClose(jvp, outputs.jvp!, tol, "jvp");
      expectClose(
        vector(1, (out) => tree.logPartition(new Float64Array(size), out)),
        [Math.log(outputs.numTrees!)],
        tol,
      );
    });
  }

  test("agrees with enumeration on thousands of random graphs, weights and exclusions", () => {
    const r = rng(31);
    let connected = 0;
    for (let repeat = 0; repeat < 2000; repeat++) {
      const vertices = 1 + (r.bits() % 5);
      const edges = Array.from({ length: r.bits() % 9 }, (): [number, number] => [
        r.bits() % vertices,
        r.bits() % vertices,
      ]);
      const tree = spanningTree({ vertices, edges });
      const scale = [0.1, 1, 30, 700, 10000][r.bits() % 5]!;
      const theta = Float64Array.from(edges, () => (r.uniform() < 0.05 ? -Infinity : scale * r.normal()));
      if (edges.length === 0) continue;
      const truth = enumerate(tree, theta);
      const z = new Float64Array(edges.length);
      if (truth.mapScore === -Infinity) {
        for (const attempt of [tree.map, tree.marginals, tree.logPartition]) {
          const out = new Float64Array(attempt === tree.logPartition ? 1 : edges.length).fill(7);
          expect(() => attempt(theta, out)).toThrow("spanningTree: row 0 has no spanning tree");
          expect(out.every((x) => x === 7)).toBe(true);
        }
        continue;
      }
      connected++;
      tree.map(theta, z);
      expectClose(dot(z, theta), truth.mapScore, { rel: 1e-12, abs: 1e-12 });
      const v = theta.map((_, e) => Math.sin(e));
      // Enumeration itself loses scale · 2^-52 in a sum of scores.
      const loose = { rel: 1e-9, abs: 1e-11 + scale * 1e-14 };
      expectLaw(tree, theta, truth, v, loose, { rel: 1e-9, abs: 1e-11 });
    }
    expect(connected).toBeGreaterThan(500);
  });

  test("counts the n^(n-2) trees of a complete graph, and all its edges are alike", () => {
    for (const n of [2, 5, 20, 60]) {
      const tree = spanningTree(completeGraph(n));
      const theta = new Float64Array((n * (n - 1)) / 2);
      expectClose(
        vector(1, (out) => tree.logPartition(theta, out)),
        [(n - 2) * Math.log(n)],
        { rel: 1e-12, abs: 1e-12 },
      );
      expectClose(
        vector(theta.length, (out) => tree.marginals(theta, out)),
        theta.map(() => 2 / n),
        { rel: 1e-12, abs: 0 },
      );
    }
  });

  test("marginals sum to the number of edges of a tree and lie in [0, 1], whatever the weights", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 12 }),
        fc.double({ min: -1, max: 4, noNaN: true }),
        fc.nat(),
        (n, power, seed) => {
          const r = rng(seed);
          const tree = spanningTree(completeGraph(n));
          const theta = Float64Array.from({ length: (n * (n - 1)) / 2 }, () => 10 ** power * r.normal());
          const mu = vector(theta.length, (out) => tree.marginals(theta, out));
          expectClose(
            mu.reduce((a, b) => a + b),
            n - 1,
            { rel: 1e-9, abs: 0 },
          );
          for (const m of mu) expect(m >= 0 && m <= 1 + 1e-9).toBe(true);
          const all = vector(theta.length, (out) =>
            tree.marginalsJvp(
              theta,
              theta.map(() => 1),
              out,
            ),
          );
          expectClose(
            all,
            theta.map(() => 0),
            { rel: 0, abs: 1e-9 },
          );
        },
      ),
      { numRuns: 200, seed: 1 },
    );
  });

  test("doubles and the log domain agree where one takes over from the other", () => {
    // A ladder of clusters, each e^s apart: the whole span is 8 s, so that the larger s leave the doubles.
    const tree = spanningTree(completeGraph(9));
    for (const s of [1, 50, 80, 90, 100, 500, 1000]) {
      const r = rng(s);
      const near = completeGraph(9).edges.map(([i, j]) => -s * Math.max(i, j) + r.normal());
      const theta = Float64Array.from(near);
      const shifted = theta.map((x) => x + 3);
      const mu = vector(36, (out) => tree.marginals(theta, out));
      expectClose(
        mu,
        vector(36, (out) => tree.marginals(shifted, out)),
        { rel: 1e-9, abs: 1e-11 },
      );
      // Vertex j joins the smaller ones by edges of one scale, far below all others: they share its one arc.
      for (let j = 1; j < 9; j++) {
        let total = 0;
        completeGraph(9).edges.forEach(([, b], e) => {
          if (b === j) total += mu[e]!;
        });
        if (s >= 50) expectClose(total, 1, { rel: 1e-9, abs: 0 });
      }
    }
  });

  test("entropy of a nearly certain tree is small, not negative, and exact for a certain one", () => {
    const tree = spanningTree(completeGraph(3));
    const entropy = (gap: number) =>
      vector(1, (out) => tree.entropy(Float64Array.of(9000 + gap, 9000 + gap, 9000), out))[0]!;
    for (const gap of [20, 40, 400, 900]) {
      const p = 2 * Math.exp(-gap);
      expectClose(entropy(gap), p * (1 + gap), { rel: 1e-3, abs: 1e-11 });
    }
    expect(entropy(5000)).toBe(0);
  });

  test("samples of a larger graph use each edge as often as its marginal says", () => {
    const tree = spanningTree(completeGraph(20));
    const r = rng(34);
    const draws = 2000;
    const theta = Float64Array.from({ length: 190 }, () => 2 * r.normal());
    const mu = vector(190, (out) => tree.marginals(theta, out));
    const rows = new Float64Array(190 * draws);
    for (let i = 0; i < draws; i++) rows.set(theta, 190 * i);
    const z = vector(rows.length, (out) => tree.sample(rows, rng(35), out));
    for (let e = 0; e < 190; e++) {
      let count = 0;
      for (let i = 0; i < draws; i++) count += z[190 * i + e]!;
      const deviation = Math.sqrt(draws * mu[e]! * (1 - mu[e]!));
      // A Poisson tail of 1e-7 beside a mean near 0 needs 15 more.
      expect(Math.abs(count - draws * mu[e]!)).toBeLessThan(FALSE_ALARM_Z * deviation + 15);
    }
  });

  for (const [name, gap] of [
    ["by walks", 0],
    ["where walks would not end", 40],
  ] as const) {
    test(`samples of a long cycle follow the law, ${name}`, () => {
      const n = 18;
      const edges = Array.from({ length: n }, (_, v): [number, number] => [v, (v + 1) % n]);
      const r = rng(36);
      const theta = Float64Array.from(edges, (_, e) => r.normal() + gap * (e % 2));
      expectSamples(spanningTree({ vertices: n, edges }), theta, 4000);
    });
  }

  test("samples follow the law in the log domain", () => {
    // Two strong triangles that hide behind e^-800.
    const edges: [number, number][] = [
      [0, 1],
      [1, 2],
      [0, 2],
      [3, 4],
      [4, 5],
      [3, 5],
      [2, 3],
      [0, 5],
    ];
    const tree = spanningTree({ vertices: 6, edges });
    const theta = Float64Array.of(400, 400.5, 399.7, 0, 0.3, -0.4, -400, -400.8);
    expectSamples(tree, theta, 4000);
  });

  test("samples follow the law of parallel edges in the log domain", () => {
    const tree = spanningTree({
      vertices: 4,
      edges: [
        [1, 2],
        [2, 3],
        [3, 1],
        [1, 2],
        [0, 1],
        [0, 3],
        [0, 3],
      ],
    });
    expectSamples(tree, Float64Array.of(500, 501, 500.5, 500.2, -300, -299.5, -300.3), 4000);
  });

  test("rows of a batch have their own vertices, and padded edges are 0", () => {
    const tree = spanningTree(completeGraph(4));
    const theta = new Float64Array(24);
    const context = { vertices: [4, 3, 1, 0] };
    const z = vector(24, (out) => tree.map(theta, out, context));
    expect(Array.from({ length: 4 }, (_, r) => z.slice(6 * r, 6 * r + 6).join(""))).toEqual([
      "111000",
      "110000",
      "000000",
      "000000",
    ]);
    const logZ = vector(4, (out) => tree.logPartition(theta, out, context));
    expectClose(logZ, [Math.log(16), Math.log(3), 0, 0], { rel: 1e-12, abs: 1e-12 });
    const mu = vector(24, (out) => tree.marginals(theta, out, context));
    expectClose(mu.slice(6, 12), [2 / 3, 2 / 3, 0, 2 / 3, 0, 0], { rel: 1e-12, abs: 0 });
    expect(mu.slice(12).every((x) => x === 0)).toBe(true);
    expect(vector(4, (out) => tree.entropy(theta, out, context)).slice(2)).toEqual(new Float64Array(2));
    expect(vector(24, (out) => tree.sample(theta, rng(0), out, context)).slice(12)).toEqual(
      new Float64Array(12),
    );
    const padded = vector(24, (out) => tree.map(theta, out)).slice(0, 6);
    const logP = (context: SpanningTreeContext) =>
      vector(1, (out) => tree.logProbability(new Float64Array(6), padded, out, context))[0];
    expect(logP({ vertices: [4] })).toBeCloseTo(-Math.log(16), 12);
    expect(logP({ vertices: [3] })).toBe(-Infinity);
  });

  test("graphs of no vertex and of one have the empty tree", () => {
    for (const n of [0, 1]) {
      const tree = spanningTree(completeGraph(n));
      expect(tree.cardinality).toBe(0);
      expect(Array.from(tree.states!())).toEqual([new Float64Array(0)]);
      tree.map(new Float64Array(0), new Float64Array(0));
      expect(vector(1, (out) => tree.logPartition(new Float64Array(0), out))).toEqual(Float64Array.of(0));
    }
  });

  test("a graph that is not connected is an error that names the row", () => {
    const tree = spanningTree({
      vertices: 4,
      edges: [
        [0, 1],
        [2, 3],
      ],
    });
    expect(Array.from(tree.states!())).toEqual([]);
    expect(() => tree.map(new Float64Array(2), new Float64Array(2))).toThrow(
      "spanningTree: row 0 has no spanning tree",
    );
    expect(() => tree.sample(new Float64Array(2), rng(0), new Float64Array(2))).toThrow(RangeError);
    const path = spanningTree({
      vertices: 3,
      edges: [
        [0, 1],
        [1, 2],
      ],
    });
    const theta = Float64Array.of(0, 0, 0, -Infinity);
    const out = new Float64Array(4).fill(7);
    for (const attempt of [path.map, path.marginals]) {
      expect(() => attempt(theta, out)).toThrow("spanningTree: row 1 has no spanning tree");
      expect(out).toEqual(new Float64Array(4).fill(7));
    }
  });

  test("a row whose own vertices are not connected is an error that writes nothing", () => {
    const tree = spanningTree({
      vertices: 3,
      edges: [
        [0, 2],
        [2, 1],
      ],
    });
    const out = new Float64Array(4).fill(7);
    for (const attempt of [tree.map, tree.marginals]) {
      expect(() => attempt(new Float64Array(4), out, { vertices: [3, 2] })).toThrow(
        "spanningTree: row 1 has no spanning tree",
      );
      expect(out).toEqual(new Float64Array(4).fill(7));
    }
  });

  test("an enumeration goes on with its own vertices, whatever is asked meanwhile", () => {
    const tree = spanningTree(completeGraph(4));
    const count = (asked: object | undefined, meanwhile: object | undefined): number => {
      let count = 0;
      for (const _ of tree.states!(asked)) {
        count++;
        tree.map(new Float64Array(6), new Float64Array(6), meanwhile);
      }
      return count;
    };
    expect(count({ vertices: [3] }, undefined)).toBe(3);
    expect(count(undefined, { vertices: [2] })).toBe(16);
  });

  test("a large sparse graph costs MAP no quadratic memory", () => {
    const n = 100_000;
    const edges = Array.from({ length: n - 1 }, (_, v): [number, number] => [v, v + 1]);
    const z = vector(n - 1, (out) => spanningTree({ vertices: n, edges }).map(new Float64Array(n - 1), out));
    expect(z.every((x) => x === 1)).toBe(true);
  });

  test("a bad context is an error", () => {
    const tree = spanningTree(completeGraph(3));
    const theta = new Float64Array(3);
    const map = (context: unknown) => () =>
      tree.map(theta, new Float64Array(3), context as SpanningTreeContext);
    expect(map({ vertices: [4] })).toThrow("expected an integer in [0, 3], got 4");
    expect(map({ vertices: [3, 3] })).toThrow(RangeError);
    expect(map({ size: [3] })).toThrow('spanningTree: unknown option "size"');
    expect(map({ mask: [1] })).toThrow(RangeError);
  });
});

describe("kruskal and prim", () => {
  test("give the same tree, the lowest index first on ties", () => {
    const r = rng(32);
    for (let repeat = 0; repeat < 500; repeat++) {
      const n = 1 + (r.bits() % 9);
      const edges = completeGraph(n).edges.filter(() => r.uniform() < 0.8);
      const ends = { from: Int32Array.from(edges, ([a]) => a), to: Int32Array.from(edges, ([, b]) => b) };
      const theta = Float64Array.from(edges, () => (r.uniform() < 0.1 ? -Infinity : r.bits() % 4));
      const [a, b] = [new Float64Array(edges.length), new Float64Array(edges.length)];
      const found = kruskal(n, ends)(theta, n, a);
      expect(prim(n, ends)(theta, n, b)).toBe(found);
      if (found) expect(b).toEqual(a);
    }
    const ties = vector(6, (out) => spanningTree(completeGraph(4)).map(new Float64Array(6), out));
    expect(ties.join("")).toBe("111000");
  });
});

function expectSamples(tree: Tree, theta: Float64Array, draws: number): void {
  const truth = enumerate(tree, theta);
  const counts = new Float64Array(truth.states.length);
  const index = new Map(truth.states.map((z, s) => [z.join(), s]));
  const rows = new Float64Array(theta.length * draws);
  const z = new Float64Array(rows.length);
  for (let i = 0; i < draws; i++) rows.set(theta, i * theta.length);
  tree.sample(rows, rng(33), z);
  for (let i = 0; i < draws; i++)
    counts[index.get(z.slice(i * theta.length, (i + 1) * theta.length).join())!]!++;
  const { statistic, degrees } = chiSquare(counts, truth.probabilities);
  expect(statistic).toBeLessThan(chiSquareLimit(degrees));
}
