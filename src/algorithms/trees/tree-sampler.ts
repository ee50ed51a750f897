/**
 * Random trees by going back through the elimination of `matrix-tree.ts` or `matrix-tree-symmetric.ts`, as Durfee et al.
 * (2017, "Sampling random spanning trees faster than matrix multiplication") prolong trees of Schur complements.
 *
 * Eliminating k added p_i W[k→j] to each arc i → j. Where a random tree of the vertices before k holds an arc that came by k, the
 * tree with k has k → j in its place, and k hangs on i with a probability proportional to p_i, among the i that hang on the root without
 * those arcs: summed over the i of all arcs by k, both trees have the same weight. An arc's origin, an element or the
 * vertex by which it came, is drawn as it enters the tree. With one child of the root, the root is a parent only where it
 * is alone. O(n) an arc that enters, 2n of them on complete graphs of equal weights, n² / 2 at most.
 */
import type { Rng } from "../../contracts.ts";
import type { MatrixTree } from "./matrix-tree.ts";

/** The elements of each arc, or edge: the first of a place in the matrix, and the next one of the same place; −1 for none. */
export interface PlacedElements {
  readonly first: Int32Array;
  readonly next: Int32Array;
}

/** Of elements by the place of each; those in no tree have place 0, where there is no arc. */
export function placedElements(slots: ArrayLike<number>, stride: number): PlacedElements {
  const first = new Int32Array(stride * stride).fill(-1);
  const next = new Int32Array(slots.length).fill(-1);
  for (let e = slots.length - 1; e >= 0; e--) {
    const at = slots[e]!;
    next[e] = first[at]!;
    first[at] = e;
  }
  return { first, next };
}

/** Marks the elements of a random tree in `result`, which holds zeros; after `eliminate(n)` of these elements' weights. */
export type TreeSampler = (n: number, weights: Float64Array, rng: Rng, result: Float64Array) => void;

export function treeSampler(
  { weights: matrix, pivots, stride }: MatrixTree,
  { first, next }: PlacedElements,
  { symmetric, single }: { readonly symmetric: boolean; readonly single: boolean },
): TreeSampler {
  const parents = new Int32Array(stride);
  /** By which vertex the arc into each came, 0 where it is the element. */
  const origins = new Int32Array(stride);
  const elements = new Int32Array(stride);
  /** How many arcs came by each vertex. */
  const counts = new Int32Array(stride);
  /** The tree's vertices, parents before children, and those for which there is no room there meanwhile. */
  const order = new Int32Array(stride);
  const loose = new Int32Array(stride);
  /** 1 for a vertex that hangs on the root without arcs that came by k. */
  const hangs = new Int32Array(stride);
  hangs[0] = 1;

  /** Hangs j on i, before k + 1 … n − 1 come back; t is uniform on the weights of what the arc may be. */
  const hang = (i: number, j: number, k: number, n: number, weights: Float64Array, t: number): void => {
    const w = matrix;
    parents[j] = i;
    origins[j] = 0;
    const place = symmetric && i > j ? i * stride + j : j * stride + i;
    for (let e = first[place]!; e >= 0; e = next[e]!) {
      const x = weights[e]!;
      if (x === 0) continue;
      elements[j] = e;
      t -= x;
      if (t < 0) return;
    }
    // What rounding leaves over is the last's.
    let by = 0;
    for (let l = k + 1; l < n && t >= 0; l++) {
      const x = arc(l, j) * w[l * stride + i]!;
      if (x === 0) continue;
      by = l;
      t -= x;
    }
    origins[j] = by;
    counts[by]!++;
  };

  /** W[k→j] as k was eliminated. */
  const arc = (k: number, j: number): number =>
    symmetric ? matrix[k * stride + j]! * pivots[k]! : matrix[j * stride + k]!;

  /** Puts k, and behind it what no longer hangs on the root without it, in order; returns k's place. */
  const cut = (k: number): number => {
    let rooted = 1;
    let count = 0;
    for (let at = 1; at < k; at++) {
      const v = order[at]!;
      const hung = origins[v] === k ? 0 : hangs[parents[v]!]!;
      hangs[v] = hung;
      order[rooted] = v;
      loose[count] = v;
      rooted += hung;
      count += 1 - hung;
    }
    for (let at = 0; at < count; at++) order[rooted + 1 + at] = loose[at]!;
    return rooted;
  };

  return (n, weights, rng, result) => {
    const w = matrix;
    counts.fill(0, 0, n);
    for (let k = 1; k < n; k++) {
      const row = k * stride;
      const rooted = counts[k] === 0 ? k : cut(k);
      order[rooted] = k;
      const start = single && rooted > 1 ? 1 : 0;
      let total = 1;
      if (rooted < k) {
        total = 0;
        for (let at = start; at < rooted; at++) total += w[row + order[at]!]!;
      }
      let t = rng.uniform() * total;
      let parent = 0;
      for (let at = start; at < rooted; at++) {
        const p = w[row + order[at]!]!;
        if (p === 0) continue;
        parent = order[at]!;
        if (t < p) break;
        t -= p;
      }
      hang(parent, k, k, n, weights, t * pivots[k]!);
      for (let at = rooted + 1; at <= k; at++) {
        const j = order[at]!;
        if (origins[j] === k) hang(k, j, k, n, weights, rng.uniform() * arc(k, j));
      }
    }
    for (let k = 1; k < n; k++) result[elements[k]!] = 1;
  };
}
