/** What tells one tree structure from another: the part that `rooted-trees.ts` and its solvers share. */

/**
 * Vertices are 0 … vertices − 1 and 0 is the root; a row may use the first n of them. θ is −Infinity for all elements
 * in no tree of the row: those that are excluded, beyond the first n vertices, or have no `to`.
 */
export interface TreeSpec {
  readonly vertices: number;
  /** Element e of θ joins from[e] to to[e]; `to` is −1 for an element in no tree: a self-loop, an arc into the root. */
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** Whether elements are undirected. */
  readonly symmetric: boolean;
  /** Whether the root has one child only. */
  readonly single: boolean;
  /** Writes the best tree on the first n ≥ 2 vertices; false where there is none. */
  map(theta: Float64Array, n: number, result: Float64Array): boolean;
}

/** The arcs into each vertex: those of vertex k are start[k] … start[k + 1] − 1. Undirected elements give two arcs. */
export interface InArcs {
  readonly start: Int32Array;
  readonly parent: Int32Array;
  readonly element: Int32Array;
}

export function inArcs({ vertices, from, to, symmetric }: Omit<TreeSpec, "map" | "single">): InArcs {
  const start = new Int32Array(vertices + 1);
  const each = (visit: (child: number, parent: number, e: number) => void): void => {
    for (let e = 0; e < from.length; e++) {
      if (to[e]! > 0) visit(to[e]!, from[e]!, e);
      if (to[e]! >= 0 && symmetric && from[e]! > 0) visit(from[e]!, to[e]!, e);
    }
  };
  each((child) => {
    start[child + 1]!++;
  });
  for (let k = 0; k < vertices; k++) start[k + 1]! += start[k]!;
  const next = start.slice();
  const parent = new Int32Array(start[vertices]!);
  const element = new Int32Array(start[vertices]!);
  each((child, i, e) => {
    const a = next[child]!++;
    parent[a] = i;
    element[a] = e;
  });
  return { start, parent, element };
}
