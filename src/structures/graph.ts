/** Graphs as edge lists: the order of the edges is the order of θ and z. Shared by paths, trees and arborescences. */
import type { Endpoints } from "../algorithms/graphs/endpoints.ts";
import { checkInteger, describe } from "../core/check.ts";

/**
 * Vertices 0 … vertices − 1 and edges `[from, to]`. Undirected structures ignore the direction. Parallel edges are
 * distinct elements; a self-loop is in no tree and in no shortest path, so its z is 0.
 */
export interface Graph {
  readonly vertices: number;
  readonly edges: readonly (readonly [from: number, to: number])[];
}

/**
 * The complete undirected graph: edges i < j in lexicographic order, n (n − 1) / 2 of them.
 * @param n vertices, in [0, 4096]: at most 2²³ edges.
 * @throws RangeError if `n` is no such integer.
 * @example
 * import { completeGraph } from "hardgrad";
 * JSON.stringify(completeGraph(3).edges); // "[[0,1],[0,2],[1,2]]"
 */
export function completeGraph(n: number): Graph {
  checkInteger("completeGraph", "n", n, 0, 4096);
  const edges: [number, number][] = [];
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) edges.push([i, j]);
  return { vertices: n, edges };
}

/**
 * The complete directed graph without self-loops: edges i → j in lexicographic order, n (n − 1) of them.
 * @param n vertices, in [0, 2896]: at most 2²³ edges.
 * @throws RangeError if `n` is no such integer.
 * @example
 * import { completeDigraph } from "hardgrad";
 * JSON.stringify(completeDigraph(2).edges); // "[[0,1],[1,0]]"
 */
export function completeDigraph(n: number): Graph {
  checkInteger("completeDigraph", "n", n, 0, 2896);
  const edges: [number, number][] = [];
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) if (i !== j) edges.push([i, j]);
  return { vertices: n, edges };
}

/** Checks a user's graph and returns its edges' ends; a later change of the caller's arrays is not seen. */
export function endpoints(who: string, graph: Graph): Endpoints {
  if (typeof graph !== "object" || graph === null || !Array.isArray(graph.edges)) {
    const got = typeof graph === "object" && graph !== null ? "no array of edges" : describe(graph);
    throw new TypeError(`${who}: graph expected { vertices, edges: [from, to][] }, got ${got}`);
  }
  checkInteger(who, "vertices", graph.vertices, 0, 2 ** 31 - 1);
  const from = new Int32Array(graph.edges.length);
  const to = new Int32Array(graph.edges.length);
  // Not `forEach`, which skips holes.
  for (let e = 0; e < from.length; e++) {
    const edge: readonly number[] = graph.edges[e]!;
    if (edge?.length !== 2 || !isVertex(edge[0], graph) || !isVertex(edge[1], graph)) {
      throw new RangeError(
        `${who}: edge ${e} expected two vertices in [0, ${graph.vertices - 1}], got ${listed(edge)}`,
      );
    }
    from[e] = edge[0]!;
    to[e] = edge[1]!;
  }
  return { from, to };
}

/** An edge as it was given, whatever it holds: BigInts have no JSON. */
function listed(edge: unknown): string {
  if (!Array.isArray(edge)) return describe(edge);
  return `[${edge.map((v) => (typeof v === "number" ? v : typeof v === "bigint" ? `${v}n` : describe(v))).join(",")}]`;
}

function isVertex(v: number | undefined, graph: Graph): boolean {
  return Number.isInteger(v) && v! >= 0 && v! < graph.vertices;
}
