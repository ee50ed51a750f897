import { describe, expect, test } from "vitest";
import { expectClose, golden } from "../../test/golden.ts";
import {
  cappedSimplexInfeasibility,
  hullInfeasibility,
  relaxationConformance,
} from "../../test/relaxation-conformance.ts";
import { enumerate } from "../conformance/enumerate.ts";
import type { ExponentialFamily } from "../contracts.ts";
import { sizeOf } from "../core/shape.ts";
import { arborescence } from "../structures/arborescence.ts";
import { categorical } from "../structures/categorical.ts";
import { correlatedKSubset } from "../structures/correlated-k-subset.ts";
import { dependencyTree } from "../structures/dependency-tree.ts";
import { completeDigraph, completeGraph } from "../structures/graph.ts";
import { graphPath } from "../structures/graph-path.ts";
import { independentBits } from "../structures/independent-bits.ts";
import { kSubset } from "../structures/k-subset.ts";
import { knapsack } from "../structures/knapsack.ts";
import { linearChain } from "../structures/linear-chain.ts";
import { matching } from "../structures/matching.ts";
import { spanningTree } from "../structures/spanning-tree.ts";
import { tour } from "../structures/tour.ts";
import { exponentialFamily } from "./exponential-family.ts";

const box = (x: Float64Array): number => Math.max(...x.map((p) => Math.max(-p, p - 1)));

interface GoldenFamily {
  readonly title: string;
  readonly family: ExponentialFamily<never>;
  readonly u: number[];
  readonly t: number;
  readonly v: number[];
  readonly marginals: number[];
  readonly jvp: number[];
  readonly tol: { readonly rel: number; readonly abs: number };
}
interface Law {
  readonly marginals?: number[];
  readonly jvp?: number[];
}
/** What the files hold, each a part of it. */
interface Inputs {
  readonly n: number;
  readonly k: number;
  readonly T: number;
  readonly C: number;
  readonly words: number;
  readonly root: number;
  readonly source: number;
  readonly target: number;
  readonly capacity: number;
  readonly t: number;
  readonly tau: number;
  readonly edges: [number, number][];
  readonly theta: number[];
  readonly values: number[];
  readonly weights: number[];
  readonly unary: number[];
  readonly pair: number[];
  readonly transition: number[];
  readonly vUnary: number[];
  readonly arcs: number[];
  readonly costs: number[];
  readonly v: number[];
}
interface Outputs extends Law {
  readonly marginalsT4: number[];
  readonly jvpT4: number[];
  readonly nodeMarginals: number[];
  readonly edgeMarginals: number[];
  readonly jvpNode: number[];
  readonly jvpEdge: number[];
}

/** Every golden law as a relaxation. */
function goldenFamilies(): GoldenFamily[] {
  const all: GoldenFamily[] = [];
  const read = (
    file: string,
    make: (i: Inputs) => ExponentialFamily<never>,
    pick: (
      i: Inputs,
      o: Outputs,
    ) => { u: number[]; t: number; v: number[]; marginals?: number[]; jvp?: number[] },
  ): void => {
    for (const { case: title, inputs, outputs, tol } of golden<Inputs, Outputs>(file)) {
      const { u, t, v, marginals, jvp } = pick(inputs, outputs);
      if (!marginals || !jvp) continue;
      all.push({ title: `${file} ${title}`, family: make(inputs), u, t, v, marginals, jvp, tol });
    }
  };
  const law = ({ marginals, jvp }: Law): Law => ({ ...(marginals && { marginals }), ...(jvp && { jvp }) });
  read(
    "ksubset",
    ({ n, k }) => kSubset(n, k),
    (i, o) => ({ u: i.theta, t: i.tau, v: i.v, ...law(o) }),
  );
  read(
    "binary",
    ({ theta }) => independentBits(theta.length),
    (i, o) => ({ u: i.theta, t: i.tau, v: i.v, ...law(o) }),
  );
  read(
    "correlated_ksubset",
    ({ n, k }) => correlatedKSubset(n, k),
    (i, o) => ({ u: [...i.unary, ...i.pair], t: i.t, v: i.v, ...law(o) }),
  );
  read(
    "linear_chain",
    ({ T, C }) => linearChain(T, C),
    (i, o) => ({
      u: [...i.unary, ...i.transition],
      t: i.t,
      v: [...i.vUnary, ...i.transition.map(() => 0)],
      marginals: [...o.nodeMarginals, ...o.edgeMarginals],
      jvp: [...o.jvpNode, ...o.jvpEdge],
    }),
  );
  read(
    "spanning_tree",
    ({ n, edges }) => spanningTree({ vertices: n, edges }),
    (i, o) => ({ u: i.weights, t: i.t, v: i.v, ...law(o) }),
  );
  const arcsOf = ({ n, root }: Inputs): [number, number][] =>
    Array.from({ length: n * n }, (_, e): [number, number] => [Math.floor(e / n), e % n]).filter(
      ([from, to]) => from !== to && to !== root,
    );
  read(
    "arborescence",
    (i) => arborescence({ vertices: i.n, edges: arcsOf(i) }, i.root),
    (i, o) => {
      const pick = (matrix: number[] | undefined): number[] =>
        matrix ? arcsOf(i).map(([from, to]) => matrix[from * i.n + to]!) : [];
      if (!o.jvp) return { u: [], t: 1, v: [] };
      return { u: pick(i.weights), t: i.t, v: pick(i.v), marginals: pick(o.marginals), jvp: pick(o.jvp) };
    },
  );
  for (const projective of [true, false]) {
    for (const root of ["single", "multi"] as const) {
      const key = `${projective ? "projective" : "nonprojective"}${root === "single" ? "Single" : "Multi"}Root`;
      read(
        "deptree",
        ({ words }) => dependencyTree(words, { projective, root }),
        (i, o) => ({ u: i.arcs, t: i.t, v: i.v, ...law((o as unknown as Record<string, Law>)[key]!) }),
      );
    }
  }
  read(
    "knapsack",
    ({ weights, capacity }) => knapsack(weights, capacity),
    (i, o) => ({ u: i.values, t: 4, v: i.v, marginals: o.marginalsT4, jvp: o.jvpT4 }),
  );
  // These products are with respect to costs.
  read(
    "graph_path",
    ({ n, edges, source, target }) => graphPath({ vertices: n, edges }, source, target),
    (i, o) => ({
      u: i.costs.map((c) => -c),
      t: i.t,
      v: (i.v ?? []).map((x) => -x),
      ...law(o),
    }),
  );
  return all;
}

describe("exponentialFamily", () => {
  relaxationConformance("exponentialFamily(kSubset(6, 2))", () => exponentialFamily(kSubset(6, 2)), {
    infeasibility: (x) => cappedSimplexInfeasibility(x, 2),
    uniform: new Float64Array(6).fill(1 / 3),
  });
  relaxationConformance("exponentialFamily(categorical(4))", () => exponentialFamily(categorical(4)), {
    infeasibility: (x) => cappedSimplexInfeasibility(x, 1),
    uniform: new Float64Array(4).fill(1 / 4),
  });
  relaxationConformance(
    "exponentialFamily(independentBits(3))",
    () => exponentialFamily(independentBits(3)),
    {
      infeasibility: box,
      uniform: new Float64Array(3).fill(1 / 2),
    },
  );

  const families: Record<string, ExponentialFamily<never>> = {
    "correlatedKSubset(4, 2)": correlatedKSubset(4, 2),
    "linearChain(3, 2)": linearChain(3, 2),
    "knapsack([3, 1, 4, 2], 5)": knapsack([3, 1, 4, 2], 5),
    "spanningTree(K4)": spanningTree(completeGraph(4)),
    "arborescence(K4)": arborescence(completeDigraph(4), 0),
    "dependencyTree(3)": dependencyTree(3),
    "dependencyTree(3, single root)": dependencyTree(3, { root: "single" }),
    "dependencyTree(3, projective)": dependencyTree(3, { projective: true }),
    "dependencyTree(3, projective, single root)": dependencyTree(3, { projective: true, root: "single" }),
    "matching(3)": matching(3),
    "matching(2, 3)": matching(2, 3),
    "tour(5)": tour(5),
    "graphPath on a DAG": graphPath(
      {
        vertices: 4,
        edges: [
          [0, 1],
          [0, 2],
          [1, 2],
          [1, 3],
          [2, 3],
        ],
      },
      0,
      3,
    ),
  };
  for (const [title, family] of Object.entries(families)) {
    relaxationConformance(`exponentialFamily(${title})`, () => exponentialFamily(family), {
      infeasibility: (x) => hullInfeasibility(family, x),
      uniform: enumerate(family, new Float64Array(sizeOf(family.shape))).marginals,
    });
  }

  for (const { title, family, u, t, v, marginals, jvp, tol } of goldenFamilies()) {
    test(`agrees with the golden vector ${title}`, () => {
      const relaxation = exponentialFamily(family);
      const out = new Float64Array(u.length);
      relaxation.relax(Float64Array.from(u), t, out);
      expectClose(out, marginals, tol, "marginals");
      relaxation.vjp(Float64Array.from(u), t, Float64Array.from(v), out);
      expectClose(out, jvp, tol, "jvp");
    });
  }

  test("value and product are the mean and the covariance by enumeration, divided by the temperature", () => {
    const family = kSubset(5, 2);
    const relaxation = exponentialFamily(family);
    const u = Float64Array.of(0.3, -1, 2, 0.1, -0.4);
    const g = Float64Array.of(1, 2, -1, 0.5, 3);
    const truth = enumerate(
      family,
      u.map((x) => x / 0.4),
    );
    const out = new Float64Array(5);
    relaxation.relax(u, 0.4, out);
    expectClose(out, truth.marginals, { rel: 1e-12, abs: 1e-14 });
    relaxation.vjp(u, 0.4, g, out);
    expectClose(
      out,
      truth.jvp(g).map((x) => x / 0.4),
      { rel: 1e-11, abs: 1e-13 },
    );
  });

  test("the family's context is passed on", () => {
    const x = new Float64Array(3);
    exponentialFamily(kSubset(3, 2)).relax(new Float64Array(3), 1, x, { k: [1], lengths: [2] });
    expectClose(x, [0.5, 0.5, 0], { rel: 1e-14, abs: 0 });
  });

  test("a structure without exact inference is an error", () => {
    const structure = { name: "mine", shape: [2], map: () => {} };
    expect(() => exponentialFamily(structure as unknown as ExponentialFamily)).toThrow(TypeError);
  });
});
