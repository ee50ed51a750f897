/**
 * Maximum arborescences of dense digraphs in O(n²): Chu–Liu–Edmonds by growing one path backwards (Gabow, Galil,
 * Spencer and Tarjan 1986) on a matrix of arcs, after Tarjan (1977).
 *
 * The end of the path takes its best arc in. If that comes from the path itself, the cycle is contracted: its rows are
 * merged into one, each arc less what it would replace. If it comes from what already hangs on the root, the path does
 * so, too. Each of at most 2n steps scans or merges rows of n. With `single`, an arc from the root is taken only where
 * there is no other, as if all of them cost infinitely much: the best tree where the root has one child.
 *
 * Scratch: row k holds the arcs into k by parent.
 */
import { contractionForest } from "./contraction-forest.ts";
import type { TreeSpec } from "./tree-spec.ts";

/** Writes the best tree on the first n ≥ 2 vertices; false where there is none. */
export type ArborescenceSolver = TreeSpec["map"];

const NEW = 0;
const ON_PATH = 1;
const ROOTED = 2;

export function chuLiuEdmonds(spec: Omit<TreeSpec, "map">): ArborescenceSolver {
  const { vertices, from, to, single } = spec;
  const stride = vertices;
  const rows = new Float64Array(stride * stride);
  /** The element of each arc of a vertex, best of parallel ones. */
  const elements = new Int32Array(stride * stride);
  /** Where each element's arc stands; those in no tree have one that is never read. */
  const slots = from.map((a, e) => (to[e]! < 0 ? 0 : to[e]! * stride + a));
  /** The vertex that each arc of a contraction enters. */
  const heads = new Int32Array(stride * stride);
  const forest = contractionForest(vertices);
  /** Per node: where its row begins, the weight of the arc it chose, how far it has come. */
  const rowOf = new Int32Array(2 * vertices);
  const chosen = new Float64Array(2 * vertices);
  const state = new Uint8Array(2 * vertices);
  /** The node that holds each vertex. */
  const nodeOf = new Int32Array(vertices);
  const path = new Int32Array(vertices + 1);

  const load = (theta: Float64Array, n: number): void => {
    for (let k = 1; k < n; k++) {
      rowOf[k] = k * stride;
      nodeOf[k] = k;
      state[k] = NEW;
    }
    nodeOf[0] = 0;
    state[0] = ROOTED;
    const arcs = rows;
    const best = elements;
    const slot = slots;
    arcs.fill(-Infinity, stride, n * stride);
    for (let e = 0; e < slot.length; e++) {
      const x = theta[e]!;
      const at = slot[e]!;
      if (x > arcs[at]!) {
        arcs[at] = x;
        best[at] = e;
      }
    }
  };

  /** Node s takes its best arc. Returns where that comes from, −1 where it has none. */
  const choose = (s: number, n: number): number => {
    const arcs = rows;
    const row = rowOf[s]!;
    let best = -1;
    let top = -Infinity;
    for (let i = single ? 1 : 0; i < n; i++) {
      const x = arcs[row + i]!;
      if (x > top) {
        top = x;
        best = i;
      }
    }
    if (best < 0) {
      top = arcs[row]!;
      if (top === -Infinity) return -1;
      best = 0;
    }
    const head = s < n ? s : heads[row + best]!;
    chosen[s] = top;
    forest.head[s] = head;
    forest.element[s] = elements[head * stride + best]!;
    return best;
  };

  /** Contracts the cycle path[first …] of `count` nodes to node c. */
  const contract = (first: number, count: number, c: number, n: number): void => {
    const arcs = rows;
    const enters = heads;
    const target = rowOf[path[first]!]!;
    for (let p = first; p < first + count; p++) {
      const q = path[p]!;
      const row = rowOf[q]!;
      const weight = chosen[q]!;
      forest.swallowedBy[q] = c;
      if (p === first) {
        for (let i = 0; i < n; i++) {
          arcs[row + i]! -= weight;
          if (q < n) enters[row + i] = q;
        }
        continue;
      }
      for (let i = 0; i < n; i++) {
        const x = arcs[row + i]! - weight;
        if (x > arcs[target + i]!) {
          arcs[target + i] = x;
          enters[target + i] = q < n ? q : enters[row + i]!;
        }
      }
    }
    for (let i = 1; i < n; i++) {
      const node = nodeOf[i]!;
      if (state[node] !== ON_PATH || forest.swallowedBy[node] !== c) continue;
      nodeOf[i] = c;
      arcs[target + i] = -Infinity;
    }
    rowOf[c] = target;
    state[c] = ON_PATH;
  };

  return (theta, n, result) => {
    load(theta, n);
    forest.swallowedBy.fill(0, 0, 2 * n);
    let nodes = n;
    let rootArcs = 0;
    for (let start = 1; start < n; start++) {
      if (state[start] !== NEW) continue;
      let length = 0;
      path[length++] = start;
      state[start] = ON_PATH;
      for (;;) {
        const origin = choose(path[length - 1]!, n);
        if (origin < 0) return false;
        if (origin === 0 && single && rootArcs++ > 0) return false;
        const t = nodeOf[origin]!;
        if (state[t] === ROOTED) break;
        if (state[t] === NEW) {
          state[t] = ON_PATH;
          path[length++] = t;
          continue;
        }
        let first = length - 1;
        while (path[first] !== t) first--;
        contract(first, length - first, nodes, n);
        path[first] = nodes++;
        length = first + 1;
      }
      for (let p = 0; p < length; p++) state[path[p]!] = ROOTED;
    }
    forest.expand(nodes, result);
    return true;
  };
}
