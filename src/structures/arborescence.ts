import { arborescenceStates } from "../algorithms/trees/arborescence-states.ts";
import { arborescenceRows } from "../algorithms/trees/best-tree-rows.ts";
import { chuLiuEdmonds } from "../algorithms/trees/chu-liu-edmonds.ts";
import { rootedTrees } from "../algorithms/trees/rooted-trees.ts";
import { tarjanArborescence } from "../algorithms/trees/tarjan-arborescence.ts";
import { type RowContext, rowFamily } from "../boundary/row-family.ts";
import type { ExponentialFamily, With } from "../contracts.ts";
import { checkInteger } from "../core/check.ts";
import { checkRowIntegers } from "../core/check-context.ts";
import { checkRoom } from "../core/room.ts";
import { endpoints, type Graph } from "./graph.ts";

/** What may differ from row to row. */
export interface ArborescenceContext extends RowContext {
  /** Row r spans its first `vertices[r]` vertices, the root among them; edges beyond them are in no tree. */
  readonly vertices?: ArrayLike<number>;
  /** rows × edges; an edge with mask 0 is in no tree. */
  readonly mask?: ArrayLike<number>;
}

/**
 * Arborescences: spanning trees of a directed graph whose edges lead away from a root, as indicators of their edges.
 *
 * C = { z ∈ {0,1}^edges : every vertex but the root has one edge in, and the root reaches them all },
 * p(z) ∝ exp⟨z, θ⟩. θ and z hold one number an edge, in the order of `graph.edges`; parallel edges are different
 * elements, self-loops and edges into the root are in no tree.
 *
 * MAP by Chu–Liu–Edmonds, O(n²), on dense graphs, else by Tarjan's O(E log E) variant. Sums by the directed
 * matrix-tree theorem, eliminating vertices without subtraction: O(n³) a row, exact for θ of ±1e4 (the log domain takes
 * over where doubles would underflow, at 20 to 50 times the cost). Samples go back through the elimination,
 * O(n³) a row; beyond 64 vertices, and on sparse graphs beyond 16, Wilson's walks are tried first.
 *
 * @param graph vertices and directed edges `[from, to]`.
 * @param root the vertex that all edges lead away from, in [0, vertices).
 * @returns the structure; θ and z have shape [edges].
 * @throws RangeError where the root of a row does not reach all its vertices.
 * @example
 * import { arborescence } from "hardgrad";
 * const tree = arborescence({ vertices: 3, edges: [[0, 1], [0, 2], [1, 2], [2, 1]] }, 0);
 * const z = new Float64Array(4);
 * tree.map(Float64Array.of(1, 2, 5, 5), z);
 * z.join(); // "0,1,0,1"
 * @see Chu and Liu (1965); Edmonds (1967); Tarjan (1977), "Finding optimum branchings"; Tutte (1984); Wilson (1996).
 */
export function arborescence(
  graph: Graph,
  root: number,
): With<ExponentialFamily<ArborescenceContext>, "states" | "cardinality"> {
  const name = "arborescence";
  const ends = endpoints(name, graph);
  const { vertices } = graph;
  checkInteger(name, "root", root, 0, vertices - 1);
  const size = ends.from.length;
  checkRoom(name, `a graph of ${vertices} vertices and ${size} edges`, 12 * vertices + 16 * size);
  // The solvers' root is vertex 0: the two change places.
  const place = (v: number): number => (v === root ? 0 : v === 0 ? root : v);
  const from = ends.from.map(place);
  const to = ends.to.map((v, e) => (v === ends.from[e] || v === root ? -1 : place(v)));
  const arcs = { vertices, from, to, symmetric: false, single: false };
  // The matrix is n² whatever E: a heap wins where fewer than one pair in eight has an edge.
  const dense = from.length * 8 >= vertices * vertices;
  const map = dense ? chuLiuEdmonds(arcs) : tarjanArborescence(arcs);
  const trees = rootedTrees({ ...arcs, map });
  const { isState, enumerate } = arborescenceStates(arcs);
  let n = vertices;
  const checkInferenceRoom = (): void => checkRoom(name, `exact inference on ${n} vertices`, 8 * n * n);

  const family = rowFamily<ArborescenceContext>({
    name,
    kernel: {
      ...trees,
      ...(dense && { mapRows: arborescenceRows(arcs) }),
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
      isState: () => isState(trees.vector, n),
      enumerate: () => enumerate(n),
    },
    states: "arborescence",
    contextKeys: ["vertices", "mask"],
    checkContext({ vertices: counts }, rows) {
      if (counts !== undefined) checkRowIntegers(name, "vertices", counts, rows, root + 1, vertices);
    },
    setRow(context, row) {
      n = context?.vertices?.[row] ?? vertices;
      trees.setVertices(n);
    },
  });
  return { ...family, cardinality: vertices - 1 };
}
