import { depthFirst, type Walk } from "../algorithms/depth-first.ts";
import { unionFind } from "../algorithms/graphs/union-find.ts";
import { spanningTreeRows } from "../algorithms/trees/best-tree-rows.ts";
import { kruskal } from "../algorithms/trees/kruskal.ts";
import { prim } from "../algorithms/trees/prim.ts";
import { rootedTrees } from "../algorithms/trees/rooted-trees.ts";
import { type RowContext, rowFamily } from "../boundary/row-family.ts";
import type { ExponentialFamily, With } from "../contracts.ts";
import { checkRowIntegers } from "../core/check-context.ts";
import { checkRoom } from "../core/room.ts";
import { endpoints, type Graph } from "./graph.ts";

/** What may differ from row to row. */
export interface SpanningTreeContext extends RowContext {
  /** Row r spans its first `vertices[r]` vertices; edges beyond them are in no tree. */
  readonly vertices?: ArrayLike<number>;
  /** rows × edges; an edge with mask 0 is in no tree. */
  readonly mask?: ArrayLike<number>;
}

/**
 * Spanning trees of an undirected graph, as indicators of their edges.
 *
 * C = { z ∈ {0,1}^edges : z is a tree on all vertices }, p(z) ∝ exp⟨z, θ⟩. θ and z hold one number an edge, in the
 * order of `graph.edges`; parallel edges are different elements, self-loops are in no tree. A graph of one vertex or
 * none has one tree, without edges.
 *
 * MAP by Prim, O(n²), on dense graphs without parallel edges, else by Kruskal, O(E log E); the lowest index first on
 * ties. Sums by the matrix-tree theorem, eliminating vertices without subtraction: O(n³) a row, exact for θ of ±1e4
 * (the log domain takes over where doubles would underflow, at 20 to 50 times the cost). Samples go back through the
 * elimination, O(n³) a row; beyond 100 vertices, and on sparse graphs beyond 16, Wilson's walks are tried first.
 *
 * @param graph vertices and undirected edges.
 * @returns the structure; θ and z have shape [edges].
 * @throws RangeError where a row's graph is not connected.
 * @example
 * import { completeGraph, spanningTree } from "hardgrad";
 * const tree = spanningTree(completeGraph(3)); // Edges 0–1, 0–2, 1–2.
 * const z = new Float64Array(3);
 * tree.map(Float64Array.of(0.1, 2, 1), z);
 * z.join(); // "0,1,1"
 * const logZ = new Float64Array(1);
 * tree.logPartition(new Float64Array(3), logZ);
 * Math.round(Math.exp(logZ[0])); // 3
 * @see Kirchhoff (1847); Kruskal (1956); Prim (1957); Wilson (1996), "Generating random spanning trees more quickly
 *   than the cover time"; Durfee et al. (2017), "Sampling random spanning trees faster than matrix multiplication"; Paulus et al. (2020), "Gradient estimation with stochastic softmax tricks".
 */
export function spanningTree(
  graph: Graph,
): With<ExponentialFamily<SpanningTreeContext>, "states" | "cardinality"> {
  const name = "spanningTree";
  const ends = endpoints(name, graph);
  const { vertices } = graph;
  const size = ends.from.length;
  checkRoom(name, `a graph of ${vertices} vertices and ${size} edges`, 12 * vertices + 8 * size);
  const to = ends.to.map((v, e) => (v === ends.from[e] ? -1 : v));
  const edges = { vertices, from: ends.from, to, symmetric: true, single: false };
  const dense = isDense(vertices, ends);
  const map = dense ? prim(vertices, ends) : kruskal(vertices, ends);
  const trees = rootedTrees({ ...edges, map });
  const sets = unionFind(vertices);
  let n = vertices;

  const checkInferenceRoom = (): void => checkRoom(name, `exact inference on ${n} vertices`, 8 * n * n);

  const isState = (): boolean => {
    const z = trees.vector;
    let missing = Math.max(n - 1, 0);
    sets.reset(vertices);
    for (let e = 0; e < size; e++) {
      if (z[e] === 0) continue;
      if (z[e] !== 1 || ends.from[e]! >= n || ends.to[e]! >= n) return false;
      if (!sets.union(ends.from[e]!, ends.to[e]!)) return false;
      missing--;
    }
    return missing === 0;
  };

  /** Takes or leaves edges e, e + 1, …; `labels` tells the components of the row's vertices apart. */
  function* grow(z: Float64Array, e: number, missing: number, labels: Int32Array): Walk {
    if (missing === 0) yield z;
    if (missing === 0 || size - e < missing) return;
    const [a, b] = [ends.from[e]!, ends.to[e]!];
    if (a < labels.length && b < labels.length && labels[a] !== labels[b]) {
      z[e] = 1;
      yield grow(
        z,
        e + 1,
        missing - 1,
        labels.map((label) => (label === labels[a] ? labels[b]! : label)),
      );
      z[e] = 0;
    }
    yield grow(z, e + 1, missing, labels);
  }

  const family = rowFamily<SpanningTreeContext>({
    name,
    kernel: {
      ...trees,
      ...(dense && { mapRows: spanningTreeRows(edges) }),
      sums() {
        checkInferenceRoom();
        return trees.sums();
      },
      product() {
        checkInferenceRoom();
        return trees.product();
      },
      feasible() {
        checkInferenceRoom();
        return trees.feasible();
      },
      isState,
      enumerate: () =>
        depthFirst(
          grow(
            new Float64Array(size),
            0,
            Math.max(n - 1, 0),
            Int32Array.from({ length: n }, (_, v) => v),
          ),
        ),
    },
    states: "spanning tree",
    contextKeys: ["vertices", "mask"],
    checkContext({ vertices: counts }, rows) {
      if (counts !== undefined) checkRowIntegers(name, "vertices", counts, rows, 0, vertices);
    },
    setRow(context, row) {
      n = context?.vertices?.[row] ?? vertices;
      trees.setVertices(n);
    },
  });
  return { ...family, cardinality: Math.max(vertices - 1, 0) };
}

/** Whether Prim's table pays: at least a quarter of all pairs are joined, and none of them twice. */
function isDense(vertices: number, { from, to }: { from: Int32Array; to: Int32Array }): boolean {
  if (from.length * 8 < vertices * vertices) return false;
  const seen = new Uint8Array(vertices * vertices);
  for (let e = 0; e < from.length; e++) {
    const pair = Math.min(from[e]!, to[e]!) * vertices + Math.max(from[e]!, to[e]!);
    if (from[e] !== to[e] && seen[pair] === 1) return false;
    seen[pair] = 1;
  }
  return true;
}
