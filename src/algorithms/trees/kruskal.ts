/**
 * Kruskal's algorithm (1956) with a heap instead of a sort: heaping E edges is linear, and a dense graph's tree is
 * complete long before they have all been taken out. O(E + k log E) for k edges taken, without recursion.
 */

import type { Endpoints } from "../graphs/endpoints.ts";
import { type UnionFind, unionFind } from "../graphs/union-find.ts";

/**
 * Writes a maximum spanning tree of the first n vertices, which no finite θ leaves; false where there is none. Lowest
 * index first on ties.
 */
export type SpanningTreeSolver = (theta: Float64Array, n: number, result: Float64Array) => boolean;

export function kruskal(vertices: number, { from, to }: Endpoints): SpanningTreeSolver {
  const size = from.length;
  const sets: UnionFind = unionFind(vertices);
  /** A binary heap of edges, the best on top; their weights beside them. */
  const heap = new Int32Array(size);
  const keys = new Float64Array(size);

  /** Moves edge e of weight x down from place i. */
  const sink = (start: number, count: number, e: number, x: number): void => {
    let i = start;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= count) break;
      let key = keys[child]!;
      if (child + 1 < count) {
        const right = keys[child + 1]!;
        if (right > key || (right === key && heap[child + 1]! < heap[child]!)) {
          child++;
          key = right;
        }
      }
      if (x > key || (x === key && e < heap[child]!)) break;
      keys[i] = key;
      heap[i] = heap[child]!;
      i = child;
    }
    keys[i] = x;
    heap[i] = e;
  };

  return (theta, n, result) => {
    let count = 0;
    for (let e = 0; e < size; e++) {
      const x = theta[e]!;
      result[e] = 0;
      if (x === -Infinity) continue;
      keys[count] = x;
      heap[count++] = e;
    }
    for (let i = (count >> 1) - 1; i >= 0; i--) sink(i, count, heap[i]!, keys[i]!);
    sets.reset(n);
    let missing = n - 1;
    while (missing > 0 && count > 0) {
      const e = heap[0]!;
      count--;
      if (count > 0) sink(0, count, heap[count]!, keys[count]!);
      if (sets.union(from[e]!, to[e]!)) {
        result[e] = 1;
        missing--;
      }
    }
    return missing <= 0;
  };
}
