import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { familyConformance } from "../../test/conformance.ts";
import { expectClose, golden } from "../../test/golden.ts";
import { expectLaw, vector } from "../../test/law.ts";
import { chiSquare, chiSquareLimit } from "../../test/statistics.ts";
import { chuLiuEdmonds } from "../algorithms/trees/chu-liu-edmonds.ts";
import { tarjanArborescence } from "../algorithms/trees/tarjan-arborescence.ts";
import { dot, enumerate } from "../conformance/enumerate.ts";
import { rng } from "../core/rng.ts";
import { type ArborescenceContext, arborescence } from "./arborescence.ts";
import { completeDigraph, type Graph } from "./graph.ts";

const tangled: Graph = {
  vertices: 5,
  edges: [
    [2, 0],
    [0, 2],
    [0, 1],
    [1, 2],
    [2, 1],
    [2, 1],
    [3, 4],
    [4, 3],
    [1, 3],
    [0, 4],
    [3, 3],
    [3, 1],
  ],
};
familyConformance("arborescence on 4 vertices", () => arborescence(completeDigraph(4), 0));
familyConformance("arborescence with another root", () => arborescence(completeDigraph(4), 2));
familyConformance("arborescence with parallel edges and self-loops", () => arborescence(tangled, 2));
familyConformance("arborescence on 2 vertices", () => arborescence(completeDigraph(2), 1));
familyConformance<ArborescenceContext>(
  "arborescence on 3 of 4 vertices",
  () => arborescence(completeDigraph(4), 1),
  {
    context: { vertices: [3] },
  },
);
familyConformance<ArborescenceContext>(
  "arborescence with a mask",
  () => arborescence(completeDigraph(3), 0),
  {
    context: { mask: [1, 1, 1, 1, 1, 0] },
  },
);

interface Inputs {
  n: number;
  root: number;
  weights?: number[];
  t?: number;
  v?: number[];
  edges?: [number, number][];
  edgeWeights?: number[];
}
interface Outputs {
  logPartition: number;
  marginals: number[];
  entropy: number;
  map: number[];
  mapScore: number;
  jvp: number[];
  parents: number[];
  numTrees: number;
}

describe("arborescence", () => {
  for (const { case: name, inputs, outputs, tol } of golden<Inputs, Outputs>("arborescence")) {
    test(`agrees with the golden vectors of ${name}`, () => {
      const { n, root, t = 1 } = inputs;
      const graph = inputs.edges ? { vertices: n, edges: inputs.edges } : completeDigraph(n);
      const pick = (matrix: number[]) => Float64Array.from(graph.edges, ([i, j]) => matrix[i * n + j]!);
      const weights = inputs.edgeWeights ? Float64Array.from(inputs.edgeWeights) : pick(inputs.weights!);
      const tree = arborescence(graph, root);
      const size = weights.length;
      const z = vector(size, (out) => tree.map(weights, out));
      const parents = Array.from({ length: n }, () => -1);
      graph.edges.forEach(([i, j], e) => {
        if (z[e] === 1) parents[j] = i;
      });
      expect(parents).toEqual(outputs.parents);
      expectClose(dot(z, weights), outputs.mapScore, tol, "mapScore");
      if (!inputs.weights) return;
      const theta = weights.map((w) => w / t);
      const v = pick(inputs.v!).map((x) => x / t);
      expectClose(
        vector(1, (out) => tree.logPartition(theta, out)),
        [outputs.logPartition],
        tol,
        "logPartition",
      );
      expectClose(
        vector(1, (out) => tree.entropy(theta, out)),
        [outputs.entropy],
        tol,
        "entropy",
      );
      expectClose(
        vector(size, (out) => tree.marginals(theta, out)),
        pick(outputs.marginals),
        tol,
        "marginals",
      );
      expectClose(
        vector(size, (out) => tree.marginalsJvp(theta, v, out)),
        pick(outputs.jvp),
        tol,
        "jvp",
      );
      expectClose(
        vector(1, (out) =>
          tree.logPartition(
            theta.map(() => 0),
            out,
          ),
        ),
        [Math.log(outputs.numTrees)],
        tol,
      );
    });
  }

  test("agrees with enumeration on thousands of random graphs, weights and exclusions", () => {
    const r = rng(41);
    let reachable = 0;
    for (let repeat = 0; repeat < 2500; repeat++) {
      const vertices = 1 + (r.bits() % 5);
      const edges = Array.from({ length: 1 + (r.bits() % 11) }, (): [number, number] => [
        r.bits() % vertices,
        r.bits() % vertices,
      ]);
      const tree = arborescence({ vertices, edges }, r.bits() % vertices);
      const scale = [0.1, 1, 30, 700, 10000][r.bits() % 5]!;
      const theta = Float64Array.from(edges, () => (r.uniform() < 0.05 ? -Infinity : scale * r.normal()));
      const truth = enumerate(tree, theta);
      if (truth.mapScore === -Infinity) {
        for (const attempt of [tree.map, tree.marginals, tree.logPartition]) {
          const out = new Float64Array(attempt === tree.logPartition ? 1 : edges.length).fill(7);
          expect(() => attempt(theta, out)).toThrow("arborescence: row 0 has no arborescence");
          expect(out.every((x) => x === 7)).toBe(true);
        }
        continue;
      }
      reachable++;
      const size = edges.length;
      const z = vector(size, (out) => tree.map(theta, out));
      expect(truth.logProbability(z)).toBeGreaterThan(-Infinity);
      expectClose(dot(z, theta), truth.mapScore, { rel: 1e-12, abs: 1e-12 });
      const v = theta.map((_, e) => Math.sin(e));
      // Enumeration itself loses scale · 2^-52 in a sum of scores.
      const tol = { rel: 1e-9, abs: 1e-11 + scale * 1e-14 };
      expectLaw(tree, theta, truth, v, tol);
    }
    expect(reachable).toBeGreaterThan(500);
  });

  test("rounding of long chains of cycles stays small: an edge each way along a path of 40 vertices", () => {
    // The only arborescence from the end is the path itself, however strong the edges back to the root's side.
    const edges = Array.from({ length: 39 }, (_, i): [number, number][] => [
      [i, i + 1],
      [i + 1, i],
    ]).flat();
    const tree = arborescence({ vertices: 40, edges }, 0);
    for (const strength of [0, 5, 20, 100, 9000]) {
      const theta = Float64Array.from(edges, ([i, j]) => (i < j ? -strength : strength));
      const path = Float64Array.from(edges, ([i, j]) => (i < j ? 1 : 0));
      expectClose(
        vector(78, (out) => tree.marginals(theta, out)),
        path,
        { rel: 1e-9, abs: 1e-11 },
      );
      expectClose(
        vector(1, (out) => tree.logPartition(theta, out)),
        [-39 * strength],
        { rel: 1e-12, abs: 1e-11 },
      );
      expectClose(
        vector(78, (out) => tree.marginalsJvp(theta, path, out)),
        path.map(() => 0),
        { rel: 0, abs: 1e-9 },
      );
      expect(vector(78, (out) => tree.sample(theta, rng(1), out))).toEqual(path);
      expect(vector(78, (out) => tree.map(theta, out))).toEqual(path);
    }
  });

  test("every vertex but the root has marginals that sum to 1, whatever the weights", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.double({ min: -1, max: 4, noNaN: true }),
        fc.nat(),
        (n, power, seed) => {
          const r = rng(seed);
          const graph = completeDigraph(n);
          const root = seed % n;
          const theta = Float64Array.from(graph.edges, () => 10 ** power * r.normal());
          const mu = vector(theta.length, (out) => arborescence(graph, root).marginals(theta, out));
          const sums = new Float64Array(n);
          graph.edges.forEach(([, j], e) => {
            expect(mu[e]! >= 0 && mu[e]! <= 1 + 1e-9).toBe(true);
            sums[j]! += mu[e]!;
          });
          expectClose(
            sums,
            sums.map((_, j) => (j === root ? 0 : 1)),
            { rel: 1e-9, abs: 0 },
          );
        },
      ),
      { numRuns: 200, seed: 1 },
    );
  });

  test("samples follow the law where strong cycles hide behind weak edges", () => {
    // Two strong cycles, one behind the other, each left by edges of e^-700.
    const edges: [number, number][] = [
      [1, 2],
      [2, 1],
      [3, 4],
      [4, 3],
      [0, 1],
      [0, 2],
      [2, 3],
      [1, 4],
      [0, 3],
      [4, 1],
    ];
    const tree = arborescence({ vertices: 5, edges }, 0);
    const theta = Float64Array.of(350, 350.7, 351, 349, -350, -350.4, -349.5, -350.2, -350.1, -349.8);
    const truth = enumerate(tree, theta);
    const draws = 4000;
    const rows = new Float64Array(draws * 10);
    for (let i = 0; i < draws; i++) rows.set(theta, 10 * i);
    const z = vector(rows.length, (out) => tree.sample(rows, rng(42), out));
    const index = new Map(truth.states.map((state, s) => [state.join(), s]));
    const counts = new Float64Array(truth.states.length);
    for (let i = 0; i < draws; i++) counts[index.get(z.slice(10 * i, 10 * i + 10).join())!]!++;
    const { statistic, degrees } = chiSquare(counts, truth.probabilities);
    expect(statistic).toBeLessThan(chiSquareLimit(degrees));
  });

  test("rows of a batch have their own vertices, and padded edges are 0", () => {
    const graph = completeDigraph(3);
    const tree = arborescence(graph, 0);
    const context = { vertices: [3, 2, 1] };
    const theta = new Float64Array(18);
    const mu = vector(18, (out) => tree.marginals(theta, out, context));
    expectClose(mu.slice(6), [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], { rel: 1e-12, abs: 0 });
    expect(
      vector(18, (out) => tree.map(theta, out, context))
        .slice(6)
        .join(""),
    ).toBe("100000000000");
    expectClose(
      vector(3, (out) => tree.logPartition(theta, out, context)),
      [Math.log(3), 0, 0],
      { rel: 1e-12, abs: 1e-15 },
    );
    expect(() => arborescence(graph, 1).map(theta, new Float64Array(18), context)).toThrow(
      "arborescence: context.vertices of row 2 expected an integer in [2, 3], got 1",
    );
  });

  test("one vertex has the empty arborescence; no vertex has no root", () => {
    const tree = arborescence(completeDigraph(1), 0);
    expect(Array.from(tree.states!())).toEqual([new Float64Array(0)]);
    expect(vector(1, (out) => tree.entropy(new Float64Array(0), out))).toEqual(Float64Array.of(0));
    expect(() => arborescence(completeDigraph(0), 0)).toThrow(RangeError);
    expect(() => arborescence(completeDigraph(2), 2)).toThrow(
      "arborescence: root expected an integer in [0, 1], got 2",
    );
    expect(() => arborescence(completeDigraph(2), "0" as unknown as number)).toThrow(TypeError);
  });

  test("a root that does not reach every vertex is an error that names the row", () => {
    const tree = arborescence(
      {
        vertices: 3,
        edges: [
          [0, 1],
          [1, 0],
          [2, 1],
        ],
      },
      0,
    );
    expect(() => tree.map(new Float64Array(3), new Float64Array(3))).toThrow(
      "arborescence: row 0 has no arborescence",
    );
    expect(() => tree.sample(new Float64Array(3), rng(0), new Float64Array(3))).toThrow(RangeError);
    expect(Array.from(tree.states!())).toEqual([]);
  });
});

describe("chuLiuEdmonds and tarjanArborescence", () => {
  test("find equally good trees on random digraphs", () => {
    const r = rng(43);
    for (let repeat = 0; repeat < 1500; repeat++) {
      const n = 2 + (r.bits() % 14);
      const share = r.uniform();
      const edges = completeDigraph(n).edges.filter(([, j]) => j !== 0 && r.uniform() < share);
      const arcs = {
        vertices: n,
        from: Int32Array.from(edges, ([i]) => i),
        to: Int32Array.from(edges, ([, j]) => j),
        symmetric: false,
        single: false,
      };
      // Small integers, for many ties and nested cycles.
      const theta = Float64Array.from(edges, () => r.bits() % 8);
      const [a, b] = [new Float64Array(edges.length), new Float64Array(edges.length)];
      const found = chuLiuEdmonds(arcs)(theta, n, a);
      expect(tarjanArborescence(arcs)(theta, n, b)).toBe(found);
      if (found) expect(dot(b, theta)).toBe(dot(a, theta));
    }
  });
});
