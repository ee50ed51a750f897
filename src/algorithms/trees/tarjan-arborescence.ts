/**
 * Maximum arborescences of sparse digraphs in O(E log E): Tarjan (1977), as corrected by Camerini, Fratta and Maffioli
 * (1979), by growing one path backwards as in `chu-liu-edmonds.ts`. Each node keeps the arcs into it in a leftist heap;
 * contracting a cycle merges its heaps after a lazy subtraction of what each node had chosen.
 */
import { unionFind } from "../graphs/union-find.ts";
import type { ArborescenceSolver } from "./chu-liu-edmonds.ts";
import { contractionForest } from "./contraction-forest.ts";
import type { TreeSpec } from "./tree-spec.ts";

const NEW = 0;
const ON_PATH = 1;
const ROOTED = 2;

export function tarjanArborescence({
  vertices,
  from,
  to,
}: Pick<TreeSpec, "vertices" | "from" | "to">): ArborescenceSolver {
  const size = from.length;
  const heaps = leftistHeaps(size);
  const { keys } = heaps;
  const forest = contractionForest(vertices);
  const sets = unionFind(vertices);
  /** Per node: the top of its heap or −1, the weight of the arc it chose, how far it has come. */
  const tops = new Int32Array(2 * vertices);
  const chosen = new Float64Array(2 * vertices);
  const state = new Uint8Array(2 * vertices);
  /** The node of the set that this vertex represents. */
  const nodeOf = new Int32Array(vertices);
  const path = new Int32Array(vertices + 1);

  /** Contracts the cycle path[first … length − 1] to node c. */
  const contract = (first: number, length: number, c: number): void => {
    let merged = -1;
    let vertex = -1;
    for (let p = first; p < length; p++) {
      const q = path[p]!;
      forest.swallowedBy[q] = c;
      if (tops[q]! >= 0) heaps.subtract(tops[q]!, chosen[q]!);
      merged = heaps.merge(merged, tops[q]!);
      const own = forest.head[q]!;
      if (vertex >= 0) sets.union(vertex, own);
      vertex = own;
    }
    nodeOf[sets.find(vertex)] = c;
    tops[c] = merged;
    state[c] = ON_PATH;
  };

  return (theta, n, result) => {
    sets.reset(n);
    for (let k = 0; k < n; k++) {
      nodeOf[k] = k;
      state[k] = NEW;
      tops[k] = -1;
    }
    state[0] = ROOTED;
    // From the last to the first: of equal arcs the first stays on top.
    for (let e = size - 1; e >= 0; e--) {
      const b = to[e]!;
      if (theta[e] === -Infinity) continue;
      heaps.make(e, theta[e]!);
      tops[b] = heaps.merge(e, tops[b]!);
    }
    let nodes = n;
    for (let start = 1; start < n; start++) {
      if (state[start] !== NEW) continue;
      let length = 0;
      path[length++] = start;
      state[start] = ON_PATH;
      for (;;) {
        const s = path[length - 1]!;
        let e = tops[s]!;
        while (e >= 0 && nodeOf[sets.find(from[e]!)] === s) e = heaps.pop(e);
        tops[s] = e;
        if (e < 0) return false;
        chosen[s] = keys[e]!;
        forest.head[s] = to[e]!;
        forest.element[s] = e;
        const t = nodeOf[sets.find(from[e]!)]!;
        if (state[t] === ROOTED) break;
        if (state[t] === NEW) {
          state[t] = ON_PATH;
          path[length++] = t;
          continue;
        }
        let first = length - 1;
        while (path[first] !== t) first--;
        contract(first, length, nodes);
        path[first] = nodes++;
        length = first + 1;
      }
      for (let p = 0; p < length; p++) state[path[p]!] = ROOTED;
    }
    forest.expand(nodes, result);
    return true;
  };
}

/** Max-heaps of the items 0 … size − 1 that merge in O(log size); a heap is named by its top, the empty one is −1. */
interface LeftistHeaps {
  /** The key of a heap's top. */
  readonly keys: Float64Array;
  /** Makes the item a heap of its own. */
  make(item: number, key: number): void;
  merge(a: number, b: number): number;
  /** The heap without its top. */
  pop(top: number): number;
  /** Lowers all keys of a heap by x. */
  subtract(top: number, x: number): void;
}

function leftistHeaps(size: number): LeftistHeaps {
  const keys = new Float64Array(size);
  /** What is still to be subtracted from the items below. */
  const owed = new Float64Array(size);
  const left = new Int32Array(size);
  const right = new Int32Array(size);
  /** Length of the way down to the right: at most log2(size). */
  const rank = new Int32Array(size);

  const settle = (a: number): void => {
    const x = owed[a]!;
    if (x === 0) return;
    owed[a] = 0;
    if (left[a]! >= 0) subtract(left[a]!, x);
    if (right[a]! >= 0) subtract(right[a]!, x);
  };
  const subtract = (a: number, x: number): void => {
    keys[a]! -= x;
    owed[a]! += x;
  };
  const merge = (a: number, b: number): number => {
    if (a < 0) return b;
    if (b < 0) return a;
    const [top, other] = keys[a]! > keys[b]! || (keys[a] === keys[b] && a < b) ? [a, b] : [b, a];
    settle(top);
    right[top] = merge(right[top]!, other);
    const l = left[top]!;
    const r = right[top]!;
    if (l < 0 || rank[l]! < rank[r]!) {
      left[top] = r;
      right[top] = l;
    }
    rank[top] = right[top]! < 0 ? 1 : rank[right[top]!]! + 1;
    return top;
  };
  return {
    keys,
    make(item, key) {
      keys[item] = key;
      owed[item] = 0;
      left[item] = -1;
      right[item] = -1;
      rank[item] = 1;
    },
    merge,
    pop(top) {
      settle(top);
      return merge(left[top]!, right[top]!);
    },
    subtract,
  };
}
