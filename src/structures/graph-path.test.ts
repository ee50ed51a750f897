import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { familyConformance, structureConformance } from "../../test/conformance.ts";
import { expectClose, golden } from "../../test/golden.ts";
import { dot, enumerate } from "../conformance/enumerate.ts";
import { rng } from "../core/rng.ts";
import { completeDigraph, type Graph } from "./graph.ts";
import { graphPath } from "./graph-path.ts";

interface Inputs {
  readonly n: number;
  readonly edges: [number, number][];
  readonly costs: number[];
  readonly source: number;
  readonly target: number;
  readonly t?: number;
  readonly v?: number[];
}
interface Outputs {
  readonly reachable?: boolean;
  readonly edgeIndicator?: number[];
  readonly cost?: number;
  readonly logPartition: number;
  readonly marginals: number[];
  readonly entropy: number;
  readonly map?: number[];
  readonly mapScore: number;
  readonly jvp: number[];
  readonly numPaths: number;
}

const negated = (x: Float64Array) => x.map((a) => -Math.abs(a));
const dag: Graph = {
  vertices: 6,
  edges: [
    [4, 2],
    [0, 4],
    [0, 2],
    [4, 2],
    [2, 1],
    [4, 1],
    [1, 1],
    [1, 3],
    [2, 3],
    [0, 3],
    [3, 5],
  ],
};

for (const { case: name, inputs, outputs, tol } of golden<Inputs, Outputs>("graph_path")) {
  test(`golden ${name}`, () => {
    const { n, edges, source, target, t = 1 } = inputs;
    const path = graphPath({ vertices: n, edges }, source, target);
    const theta = Float64Array.from(inputs.costs, (c) => -c / t);
    const z = new Float64Array(edges.length);
    if (outputs.reachable === false) {
      expect(() => path.map(theta, z)).toThrow("graphPath: row 0 has no path from 0 to 5");
      return;
    }
    path.map(theta, z);
    expect(Array.from(z)).toEqual(outputs.edgeIndicator ?? outputs.map);
    if (outputs.cost !== undefined) expectClose(-t * dot(z, theta), outputs.cost, tol);
    if (outputs.marginals === undefined) return;
    expectClose(t * dot(z, theta), outputs.mapScore, tol);
    const number = new Float64Array(1);
    path.logPartition(theta, number);
    expectClose(number, [outputs.logPartition], tol, "logPartition");
    path.entropy(theta, number);
    expectClose(number, [outputs.entropy], tol, "entropy");
    path.marginals(theta, z);
    expectClose(z, outputs.marginals, tol, "marginals");
    // The file's direction moves the costs, θ = −cost / t.
    path.marginalsJvp(
      theta,
      Float64Array.from(inputs.v!, (x) => -x / t),
      z,
    );
    expectClose(z, outputs.jvp, tol, "jvp");
    expect([...path.states!()]).toHaveLength(outputs.numPaths);
  });
}

familyConformance("graphPath on a DAG with parallel edges and a self-loop", () => graphPath(dag, 0, 5));
familyConformance("graphPath on one edge", () => graphPath({ vertices: 2, edges: [[1, 0]] }, 1, 0));
familyConformance("graphPath from another source to another target", () => graphPath(dag, 0, 5), {
  context: { source: [4], target: [3], mask: [1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1] },
});
familyConformance("graphPath from a vertex to itself", () => graphPath(dag, 0, 5), {
  context: { source: [2], target: [2] },
});
structureConformance("graphPath on a graph with cycles", () => graphPath(completeDigraph(5), 1, 3), {
  theta: negated,
});
structureConformance("graphPath by Bellman–Ford", () => graphPath(completeDigraph(5), 0, 4), {
  theta: signedCosts(5),
});

/** Costs that are a potential's differences plus something positive: both signs, no negative cycle. */
function signedCosts(n: number): (normals: Float64Array) => Float64Array {
  const edges = completeDigraph(n).edges;
  return (normals) =>
    normals.map((x, i) => {
      const [u, v] = edges[i % edges.length]!;
      return 3 * (Math.sin(5 * v) - Math.sin(5 * u)) - Math.abs(x);
    });
}

describe("graphPath against enumeration", () => {
  test("thousands of random graphs: the best path, or the right complaint", () => {
    const r = rng(1);
    let solved = 0;
    let unreachable = 0;
    let cycles = 0;
    for (let i = 0; i < 4000; i++) {
      const vertices = 2 + Math.floor(5 * r.uniform());
      const count = 1 + Math.floor(3 * vertices * r.uniform());
      const any = () => Math.floor(vertices * r.uniform());
      const edges = Array.from({ length: count }, (): [number, number] => [any(), any()]);
      const path = graphPath({ vertices, edges }, any(), any());
      // Integers tie often, and make sums exact.
      const shift = Math.floor(3 * r.uniform());
      const theta = Float64Array.from(edges, () =>
        r.uniform() < 0.1 ? -Infinity : Math.round(2 * r.normal()) - shift,
      );
      const truth = enumerate(path, theta);
      const z = new Float64Array(count);
      try {
        path.map(theta, z);
      } catch (error) {
        const message = (error as Error).message;
        if (message.includes("cycle of positive gain")) {
          expect(gainOf(message, edges, theta)).toBeGreaterThan(0);
          cycles++;
        } else {
          expect(message).toContain("has no path");
          expect(truth.mapScore).toBe(-Infinity);
          unreachable++;
        }
        continue;
      }
      expect(truth.logProbability(z)).toBeGreaterThan(-Infinity);
      expect(dot(z, theta)).toBe(truth.mapScore);
      solved++;
    }
    expect(Math.min(solved, unreachable, cycles)).toBeGreaterThan(50);
  });

  test("random acyclic graphs: sums over paths", () => {
    const r = rng(2);
    for (let i = 0; i < 1000; i++) {
      const vertices = 2 + Math.floor(5 * r.uniform());
      const edges: [number, number][] = [[0, vertices - 1]];
      for (let e = 0; e < 2 * vertices; e++) {
        const u = Math.floor((vertices - 1) * r.uniform());
        edges.push([u, u + 1 + Math.floor((vertices - 1 - u) * r.uniform())]);
      }
      const path = graphPath({ vertices, edges }, 0, vertices - 1);
      const scale = 10 ** (5 * r.uniform() - 1);
      const theta = Float64Array.from(edges, (_, e) =>
        e > 0 && r.uniform() < 0.1 ? -Infinity : scale * r.normal(),
      );
      const truth = enumerate(path, theta);
      const tol = { rel: 1e-9, abs: 1e-10 };
      const out = new Float64Array(edges.length);
      path.marginals(theta, out);
      expectClose(out, truth.marginals, tol, "marginals");
      const v = out.map(() => r.normal());
      path.marginalsJvp(theta, v, out);
      expectClose(out, truth.jvp(v), tol, "jvp");
      const one = new Float64Array(1);
      path.entropy(theta, one);
      expectClose(one[0]!, truth.entropy, tol, "entropy");
    }
  });
});

/** Σ θ over the cheapest edges of the cycle that a message names. */
function gainOf(message: string, edges: [number, number][], theta: Float64Array): number {
  const cycle = message.split(": ").at(-1)!.split(" → ").map(Number);
  let sum = 0;
  for (let i = 1; i < cycle.length; i++) {
    let best = -Infinity;
    edges.forEach(([u, v], e) => {
      if (u === cycle[i - 1] && v === cycle[i]) best = Math.max(best, theta[e]!);
    });
    sum += best;
  }
  expect(cycle[0]).toBe(cycle.at(-1));
  return sum;
}

describe("graphPath", () => {
  const triangle: Graph = {
    vertices: 4,
    edges: [
      [0, 1],
      [1, 2],
      [2, 0],
      [2, 1],
      [2, 3],
    ],
  };

  test("a cycle of positive gain is reported with its row and vertices", () => {
    const path = graphPath(triangle, 0, 3);
    const theta = Float64Array.of(-1, -1, -1, -1, -1, -1, 2, -1, -1, -1);
    const out = new Float64Array(10).fill(7);
    expect(() => path.map(theta, out)).toThrow(
      /^graphPath: row 1 has a cycle of positive gain \(negative cost\): (1 → 2 → 1|2 → 1 → 2)$/,
    );
    expect(out.every((x) => x === 7)).toBe(true);
  });

  test("cycles through source or target and self-loops of positive gain are on no path and do no harm", () => {
    const path = graphPath(
      {
        vertices: 3,
        edges: [
          [0, 1],
          [1, 0],
          [1, 2],
          [2, 1],
          [1, 1],
        ],
      },
      0,
      2,
    );
    const z = new Float64Array(5);
    path.map(Float64Array.of(-1, 5, -1, 5, 5), z);
    expect(Array.from(z)).toEqual([1, 0, 1, 0, 0]);
  });

  test("a cycle that leads to the target through the source alone does no harm", () => {
    const edges = [
      [0, 1],
      [1, 2],
      [2, 1],
      [2, 0],
      [0, 3],
    ] as const;
    const z = new Float64Array(5);
    graphPath({ vertices: 4, edges }, 0, 3).map(Float64Array.of(-1, 2, 2, -1, -9), z);
    expect(Array.from(z)).toEqual([0, 0, 0, 0, 1]);
  });

  test("a cycle from which the target cannot be reached does no harm", () => {
    const path = graphPath(
      {
        vertices: 4,
        edges: [
          [0, 1],
          [1, 0],
          [0, 2],
          [2, 3],
          [3, 2],
        ],
      },
      1,
      0,
    );
    const z = new Float64Array(5);
    path.map(Float64Array.of(-1, -1, -1, 2, 2), z);
    expect(Array.from(z)).toEqual([0, 1, 0, 0, 0]);
  });

  test("cycles whose gain is 0 up to rounding are no profit", () => {
    const r = rng(5);
    const graph = completeDigraph(9);
    const path = graphPath(graph, 0, 8);
    const z = new Float64Array(graph.edges.length);
    for (let i = 0; i < 6000; i++) {
      // Cycles of a small scale must not decide what is rounding on those of a large one.
      const height = Float64Array.from({ length: 9 }, () => 10 ** Math.floor(5 * r.uniform()) * r.normal());
      path.map(
        Float64Array.from(graph.edges, ([u, v]) => height[v]! - height[u]! - (r.uniform() < 0.3 ? 1 : 0)),
        z,
      );
      expect(z.some((x) => x === 1)).toBe(true);
    }
  });

  test("clamping counts negative costs and never meets a cycle", () => {
    const path = graphPath(triangle, 0, 3, { negativeCosts: "clamp" });
    const z = new Float64Array(5);
    path.map(Float64Array.of(-1, 2, -1, 2, -1), z);
    expect(Array.from(z)).toEqual([1, 1, 0, 0, 1]);
    expect(path.report!()).toEqual({ clampedCosts: 2, bellmanFordRows: 0 });
  });

  test("exact inference on a graph with cycles is refused", () => {
    const path = graphPath(triangle, 0, 3);
    const out = new Float64Array(5);
    expect(() => path.marginals(out, out)).toThrow("graphPath: exact inference needs a graph without cycles");
  });

  test("an unreachable target names the row and both ends, and nothing is written", () => {
    const path = graphPath(dag, 0, 5);
    const theta = new Float64Array(22);
    const out = new Float64Array(22).fill(7);
    const context = { source: [0, 3], target: [5, 4] };
    for (const call of ["map", "marginals"] as const) {
      expect(() => path[call](theta, out, context)).toThrow("graphPath: row 1 has no path from 3 to 4");
    }
    expect(() => path.logPartition(theta, out.subarray(0, 2), context)).toThrow("row 1 has no path");
    expect(out.every((x) => x === 7)).toBe(true);
    expect([...path.states!({ source: [3], target: [4] })]).toEqual([]);
  });

  test("sources and targets differ from row to row", () => {
    const path = graphPath(dag, 0, 5);
    const z = new Float64Array(33);
    path.map(new Float64Array(33).fill(-1), z, { source: [0, 4, 5], target: [5, 3, 5] });
    const rows = [0, 1, 2].map((row) => z.slice(row * 11, row * 11 + 11).join(""));
    expect(rows[0]).toBe("00000000011");
    expect(["00000101000", "10000000100"]).toContain(rows[1]);
    expect(rows[2]).toBe("00000000000");
  });

  test("theta may be the array that is written to", () => {
    const path = graphPath(dag, 0, 5);
    const theta = Float64Array.from(dag.edges, (_, e) => -e);
    const z = theta.slice();
    path.map(theta, z);
    path.map(theta, theta);
    expect(theta).toEqual(z);
  });

  test("a graph without edges has one path from a vertex to itself, in as many rows as are asked for", () => {
    const path = graphPath({ vertices: 1, edges: [] }, 0, 0);
    const none = new Float64Array(0);
    for (const ask of [path.logPartition, path.entropy]) {
      const out = new Float64Array(2).fill(7);
      ask(none, out);
      expect([...out]).toEqual([0, 0]);
    }
    const out = new Float64Array(2).fill(7);
    path.logProbability(none, none, out);
    expect([...out]).toEqual([0, 0]);
  });

  test("a long chain of parallel edges has more paths than a double can count", () => {
    const edges = Array.from({ length: 4000 }, (_, i): [number, number] => [i >> 1, (i >> 1) + 1]);
    const path = graphPath({ vertices: 2001, edges }, 0, 2000);
    const theta = new Float64Array(4000);
    const number = new Float64Array(1);
    path.logPartition(theta, number);
    expectClose(number, [2000 * Math.LN2], { rel: 1e-12, abs: 0 });
    path.entropy(theta, number);
    expectClose(number, [2000 * Math.LN2], { rel: 1e-12, abs: 0 });
  });

  test("a tiny entropy does not drown in large weights", () => {
    const path = graphPath(
      {
        vertices: 2,
        edges: [
          [0, 1],
          [0, 1],
        ],
      },
      0,
      1,
    );
    const out = new Float64Array(1);
    path.entropy(Float64Array.of(10000, 10000 - 46), out);
    const q = Math.exp(-46);
    expectClose(out, [q * 46 + q], { rel: 1e-9, abs: 0 });
  });

  test("wrong constructions are refused", () => {
    expect(() => graphPath(dag, 6, 0)).toThrow("graphPath: source expected an integer in [0, 5], got 6");
    expect(() => graphPath(dag, 0, -1)).toThrow(RangeError);
    expect(() => graphPath({ vertices: 2, edges: [[0, 2]] }, 0, 1)).toThrow(RangeError);
    expect(() => graphPath(dag, 0, 1, { negativeCosts: "ignore" as "allow" })).toThrow(RangeError);
    expect(() => graphPath(dag, 0, 1, { negative: "clamp" } as object)).toThrow(TypeError);
    const path = graphPath(dag, 0, 5);
    const theta = new Float64Array(11);
    expect(() => path.map(theta, theta, { source: [0, 1] })).toThrow(RangeError);
    expect(() => path.map(theta, theta, { target: [6] })).toThrow("target of row 0");
    expect(() => path.map(theta, theta, { mask: [1] })).toThrow(RangeError);
    expect(() => path.map(theta, theta, { mask: new Float64Array(11).fill(Number.NaN) })).toThrow(RangeError);
    expect(() => path.map(theta, theta, { source: ["0"] as unknown as number[] })).toThrow(TypeError);
  });

  test("shifting all edges out of the source does not change the law, and the score is at most log Z", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 11, maxLength: 11 }),
        fc.double({ min: -1000, max: 1000, noNaN: true }),
        (values, shift) => {
          const path = graphPath(dag, 0, 5);
          const theta = Float64Array.from(values);
          const moved = theta.map((x, e) => (dag.edges[e]![0] === 0 ? x + shift : x));
          const [a, b, z] = [theta.slice(), theta.slice(), theta.slice()] as const;
          path.marginals(theta, a);
          path.marginals(moved, b);
          expectClose(b, a, { rel: 1e-9, abs: 1e-12 });
          path.map(theta, z);
          const logZ = new Float64Array(1);
          path.logPartition(theta, logZ);
          expect(dot(z, theta)).toBeLessThanOrEqual(logZ[0]! + 1e-12 * Math.abs(logZ[0]!));
        },
      ),
      { seed: 3, numRuns: 200 },
    );
  });
});
