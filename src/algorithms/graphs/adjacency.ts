/** Outgoing edges of each vertex as flat arrays (compressed rows), with a topological order where there is one. */
import type { Endpoints } from "./endpoints.ts";

export interface Adjacency {
  readonly vertices: number;
  /** Edges that leave v are entries start[v] … start[v + 1] − 1, in the order of the edge list. */
  readonly start: Int32Array;
  /** The edge's index in the edge list, by entry. */
  readonly edge: Int32Array;
  /** The vertex it enters, by entry. */
  readonly head: Int32Array;
  /** Vertices such that every edge goes forward; undefined where the graph has a cycle. */
  readonly order: Int32Array | undefined;
}

/**
 * Sorts edges by the vertex that they leave, in O(vertices + edges). Self-loops are left out: no path uses them.
 * @param reverse follow the edges backwards.
 */
export function adjacency(vertices: number, { from, to }: Endpoints, reverse = false): Adjacency {
  const tails = reverse ? to : from;
  const heads = reverse ? from : to;
  const start = new Int32Array(vertices + 1);
  let entries = 0;
  for (let e = 0; e < tails.length; e++) {
    if (tails[e] === heads[e]) continue;
    start[tails[e]! + 1]!++;
    entries++;
  }
  for (let v = 0; v < vertices; v++) start[v + 1]! += start[v]!;
  const edge = new Int32Array(entries);
  const head = new Int32Array(entries);
  const next = start.slice(0, vertices);
  for (let e = 0; e < tails.length; e++) {
    if (tails[e] === heads[e]) continue;
    const i = next[tails[e]!]!++;
    edge[i] = e;
    head[i] = heads[e]!;
  }
  return { vertices, start, edge, head, order: topologicalOrder(vertices, start, head) };
}

/** Kahn's algorithm. */
function topologicalOrder(vertices: number, start: Int32Array, head: Int32Array): Int32Array | undefined {
  const waiting = new Int32Array(vertices);
  for (let i = 0; i < head.length; i++) waiting[head[i]!]!++;
  const order = new Int32Array(vertices);
  let found = 0;
  for (let v = 0; v < vertices; v++) if (waiting[v] === 0) order[found++] = v;
  for (let done = 0; done < found; done++) {
    const v = order[done]!;
    for (let i = start[v]!; i < start[v + 1]!; i++) if (--waiting[head[i]!]! === 0) order[found++] = head[i]!;
  }
  return found === vertices ? order : undefined;
}
