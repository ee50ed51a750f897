/** Disjoint sets of 0 … capacity − 1 with path halving: near constant time a call, no allocation after construction. */
export interface UnionFind {
  /** Every one of the first n elements becomes a set of its own. */
  reset(n: number): void;
  /** The representative of x's set. */
  find(x: number): number;
  /** Joins the sets of x and y; false where they were one already. */
  union(x: number, y: number): boolean;
}

export function unionFind(capacity: number): UnionFind {
  const parent = new Int32Array(capacity);
  const find = (start: number): number => {
    let x = start;
    while (parent[x] !== x) {
      parent[x] = parent[parent[x]!]!;
      x = parent[x]!;
    }
    return x;
  };
  return {
    reset(n) {
      for (let i = 0; i < n; i++) parent[i] = i;
    },
    find,
    union(x, y) {
      const a = find(x);
      const b = find(y);
      parent[a] = b;
      return a !== b;
    },
  };
}
