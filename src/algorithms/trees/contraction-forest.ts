/**
 * What Chu–Liu–Edmonds remembers: which arc each vertex, and each cycle contracted to one, chose. Nodes 0 … n − 1 are
 * vertices and 0 is the root; contractions follow in the order in which they were made.
 */
export interface ContractionForest {
  /** The arc chosen by each node: the vertex that it enters, and its element. */
  readonly head: Int32Array;
  readonly element: Int32Array;
  /** The contraction that swallowed each node. */
  readonly swallowedBy: Int32Array;
  /** Undoes the contractions: the arc of a contraction replaces one of its cycle's. Marks the elements left. */
  expand(nodes: number, result: Float64Array): void;
}

export function contractionForest(vertices: number): ContractionForest {
  const capacity = 2 * vertices;
  const head = new Int32Array(capacity);
  const element = new Int32Array(capacity);
  const swallowedBy = new Int32Array(capacity);
  const replaced = new Uint8Array(capacity);
  return {
    head,
    element,
    swallowedBy,
    expand(nodes, result) {
      replaced.fill(0, 0, nodes);
      result.fill(0);
      for (let s = nodes - 1; s >= 1; s--) {
        if (replaced[s] === 1) continue;
        result[element[s]!] = 1;
        for (let t = head[s]!; t !== s; t = swallowedBy[t]!) replaced[t] = 1;
      }
    },
  };
}
