import { depthFirst, type Walk } from "../depth-first.ts";
import { type InArcs, inArcs, type TreeSpec } from "./tree-spec.ts";

/** The trees themselves, of directed structures: which z is one, and all of them. */
export interface ArborescenceStates {
  /** Whether z holds one arc into each of the vertices 1 … n − 1, all hang on 0, and nothing else. */
  isState(z: Float64Array, n: number): boolean;
  /** All trees on the first n vertices: every choice of arcs that hangs together. The array is reused. */
  enumerate(n: number): Iterable<Float64Array>;
}

export function arborescenceStates({
  vertices,
  from,
  to,
  single,
}: Pick<TreeSpec, "vertices" | "from" | "to" | "single">): ArborescenceStates {
  const { start, parent, element }: InArcs = inArcs({ vertices, from, to, symmetric: false });
  const size = from.length;
  const rooted = new Int32Array(vertices);

  /** Whether `parents` leads from each of 1 … n − 1 to 0, once from the root if `single`. */
  const isTree = (parents: Int32Array, n: number): boolean => {
    rooted.fill(0, 0, n);
    let children = 0;
    for (let k = 1; k < n; k++) {
      if (parents[k] === 0) children++;
      // A walk marks what it meets with its own number, and stops at what an earlier walk has led to the root.
      let v = k;
      while (v !== 0 && rooted[v] === 0) {
        rooted[v] = k;
        v = parents[v]!;
      }
      // Its own mark: it has gone round.
      if (v !== 0 && rooted[v] === k) return false;
    }
    return !single || children === 1 || n < 2;
  };

  function* choose(z: Float64Array, parents: Int32Array, k: number, n: number): Walk {
    if (k >= n) {
      if (isTree(parents, n)) yield z;
      return;
    }
    for (let a = start[k]!; a < start[k + 1]!; a++) {
      if (parent[a]! >= n) continue;
      parents[k] = parent[a]!;
      z[element[a]!] = 1;
      yield choose(z, parents, k + 1, n);
      z[element[a]!] = 0;
    }
  }

  const found = new Int32Array(vertices);

  return {
    isState(z, n) {
      found.fill(-1, 0, n);
      for (let e = 0; e < size; e++) {
        if (z[e] === 0) continue;
        const [a, b] = [from[e]!, to[e]!];
        if (z[e] !== 1 || b < 0 || b >= n || a >= n || found[b]! >= 0) return false;
        found[b] = a;
      }
      for (let k = 1; k < n; k++) if (found[k]! < 0) return false;
      return isTree(found, n);
    },
    enumerate: (n) => depthFirst(choose(new Float64Array(size), new Int32Array(vertices), 1, n)),
  };
}
