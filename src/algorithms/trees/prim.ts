/**
 * Prim's algorithm (1957) for dense graphs without parallel edges, O(n²): one pass over the vertices that are left
 * updates their best edges by the new vertex's row and finds the next one.
 */
import type { Endpoints } from "../graphs/endpoints.ts";
import type { SpanningTreeSolver } from "./kruskal.ts";

export function prim(vertices: number, { from, to }: Endpoints): SpanningTreeSolver {
  const size = from.length;
  /** θ, with an excluded edge at the end: where two vertices have none, `edgeOf` has that. */
  const ownWeights = new Float64Array(size + 1).fill(-Infinity);
  const edgeOf = new Int32Array(vertices * vertices).fill(size);
  for (let e = 0; e < size; e++) {
    if (from[e] === to[e]) continue;
    edgeOf[from[e]! * vertices + to[e]!] = e;
    edgeOf[to[e]! * vertices + from[e]!] = e;
  }
  /** Vertices outside the tree, and for each the best edge into it and its weight. */
  const outside = new Int32Array(vertices);
  const bestEdge = new Int32Array(vertices);
  const bestWeight = new Float64Array(vertices);

  return (theta, n, result) => {
    // V8 does not keep a closure's arrays in registers once there are two solvers.
    const weights = ownWeights;
    const edges = edgeOf;
    const left = outside;
    const via = bestEdge;
    const best = bestWeight;
    weights.set(theta);
    result.fill(0);
    let count = n - 1;
    let top = -Infinity;
    let place = -1;
    // Vertex 0's edges are the best so far, all of them.
    for (let i = 0; i < count; i++) {
      const e = edges[i + 1]!;
      const x = weights[e]!;
      left[i] = i + 1;
      via[i] = e;
      best[i] = x;
      if (x >= top && (x > top || (place >= 0 && e < via[place]!))) {
        top = x;
        place = i;
      }
    }
    while (count > 0) {
      if (place < 0) return false;
      result[via[place]!] = 1;
      const row = left[place]! * vertices;
      count--;
      left[place] = left[count]!;
      via[place] = via[count]!;
      best[place] = best[count]!;
      top = -Infinity;
      place = -1;
      for (let i = 0; i < count; i++) {
        const e = edges[row + left[i]!]!;
        const x = weights[e]!;
        let y = best[i]!;
        if (x >= y && (x > y || e < via[i]!)) {
          y = x;
          best[i] = x;
          via[i] = e;
        }
        if (y >= top && (y > top || (place >= 0 && via[i]! < via[place]!))) {
          top = y;
          place = i;
        }
      }
    }
    return true;
  };
}
