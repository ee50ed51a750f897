import { kruskal } from "../../src/algorithms/trees/kruskal.ts";
import { prim } from "../../src/algorithms/trees/prim.ts";
import { rng } from "../../src/core/rng.ts";
import { arborescence } from "../../src/structures/arborescence.ts";
import { dependencyTree } from "../../src/structures/dependency-tree.ts";
import { completeDigraph, completeGraph, type Graph } from "../../src/structures/graph.ts";
import { spanningTree } from "../../src/structures/spanning-tree.ts";
import type { BenchCase } from "../case.ts";

const r = rng(1);
const normals = (length: number): Float64Array => Float64Array.from({ length }, () => r.normal());

/** Each structure on the complete graph of n vertices, `rows` rows of standard normals. */
const spanning = (n: number, rows: number) => {
  const graph = completeGraph(n);
  const size = graph.edges.length;
  const from = Int32Array.from(graph.edges, ([a]) => a);
  const to = Int32Array.from(graph.edges, ([, b]) => b);
  const theta = normals(rows * size);
  const single = Float32Array.from(theta);
  return {
    tree: spanningTree(graph),
    kruskal: kruskal(n, { from, to }),
    prim: prim(n, { from, to }),
    theta,
    single,
    out: new Float64Array(theta.length),
    outSingle: new Float32Array(theta.length),
    rowsOfTheta: Array.from({ length: rows }, (_, i) => theta.slice(i * size, (i + 1) * size)),
    z: new Float64Array(size),
  };
};

const cases: BenchCase[] = [];
for (const [n, rows] of [
  [10, 128],
  [100, 16],
] as const) {
  const { tree, single, outSingle, rowsOfTheta, z, ...solvers } = spanning(n, rows);
  cases.push({
    name: `spanningTree map n=${n}`,
    items: rows,
    native: `kruskal_complete_n${n}`,
    run: () => tree.map(single, outSingle),
  });
  // The solvers alone, without checks and copies.
  for (const [name, native] of [
    ["kruskal", "kruskal_complete"],
    ["prim", "prim_dense"],
  ] as const) {
    cases.push({
      name: `${name} alone n=${n}`,
      items: rows,
      native: `${native}_n${n}`,
      run: () => {
        for (const row of rowsOfTheta) solvers[name](row, n, z);
      },
    });
  }
}
for (const [n, rows] of [
  [10, 64],
  [40, 8],
] as const) {
  const { tree, theta, out } = spanning(n, rows);
  const logZ = new Float64Array(rows);
  const key = rng(2);
  cases.push(
    {
      name: `spanningTree marginals n=${n}`,
      items: rows,
      native: `matrix_tree_marginals_n${n}`,
      run: () => tree.marginals(theta, out),
    },
    {
      name: `spanningTree marginalsJvp n=${n}`,
      items: rows,
      run: () => tree.marginalsJvp(theta, theta, out),
    },
    { name: `spanningTree logPartition n=${n}`, items: rows, run: () => tree.logPartition(theta, logZ) },
    { name: `spanningTree entropy n=${n}`, items: rows, run: () => tree.entropy(theta, logZ) },
    { name: `spanningTree sample n=${n}`, items: rows, run: () => tree.sample(theta, key, out) },
  );
  // Weights from e^-1500 to e^1500: the log domain.
  const steep = theta.map((x) => 500 * x);
  cases.push({
    name: `spanningTree marginals n=${n}, out of doubles`,
    items: rows,
    run: () => tree.marginals(steep, out),
  });
}
for (const n of [10, 20, 50]) {
  const graph = completeDigraph(n);
  const rows = 64;
  const tree = arborescence(graph, 0);
  const theta = normals(rows * graph.edges.length);
  const out = new Float64Array(theta.length);
  cases.push(
    {
      name: `arborescence map n=${n}`,
      items: rows,
      native: `edmonds_dense_n${n}`,
      run: () => tree.map(theta, out),
    },
    { name: `arborescence marginals n=${n}`, items: rows, run: () => tree.marginals(theta, out) },
  );
}
for (const projective of [true, false]) {
  for (const root of ["multi", "single"] as const) {
    const words = 20;
    const rows = 16;
    const tree = dependencyTree(words, { projective, root });
    const theta = normals(rows * (words + 1) ** 2);
    const out = new Float64Array(theta.length);
    const key = rng(3);
    const name = `dependencyTree words=${words} ${projective ? "projective" : "non-projective"} ${root}`;
    cases.push(
      { name: `${name} map`, items: rows, run: () => tree.map(theta, out) },
      { name: `${name} marginals`, items: rows, run: () => tree.marginals(theta, out) },
      { name: `${name} sample`, items: rows, run: () => tree.sample(theta, key, out) },
    );
  }
}
const sparse: Graph = {
  vertices: 1000,
  edges: Array.from({ length: 4000 }, (_, e): [number, number] => [
    e < 999 ? e : r.bits() % 1000,
    e < 999 ? e + 1 : r.bits() % 1000,
  ]),
};
const sparseTheta = normals(sparse.edges.length);
const sparseOut = new Float64Array(sparseTheta.length);
const sparseTree = spanningTree(sparse);
const sparseArborescence = arborescence(sparse, 0);
cases.push(
  {
    name: "spanningTree map 1,000 vertices, 4,000 edges",
    items: 1,
    run: () => sparseTree.map(sparseTheta, sparseOut),
  },
  {
    name: "arborescence map 1,000 vertices, 4,000 edges",
    items: 1,
    run: () => sparseArborescence.map(sparseTheta, sparseOut),
  },
);

export { cases };
