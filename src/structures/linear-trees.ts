/**
 * Sums over the trees of one row in doubles. Every tree has one arc into each vertex, so a vertex's arcs may be scaled
 * by e^−shift (undirected: all edges by one number). The slopes G = ∂ log Z / ∂W tell whether doubles held the row: a
 * weight that was lost below 1e-308 where G < 1e250 has a marginal below 1e-58.
 */
import { matrixTree } from "./matrix-tree.ts";
import { matrixTreeSymmetric } from "./matrix-tree-symmetric.ts";
import type { TreeSpec } from "./tree-spec.ts";

export interface LinearTrees {
  /** log Z of a row with n ≥ 2 vertices; NaN where doubles do not hold it or there is no tree. */
  partition(theta: Float64Array, n: number): number;
  /** After `partition`. */
  entropy(): number;
  /** After `partition`. */
  marginals(mu: Float64Array): void;
  /** The row again, with Cov(z) v. False where doubles do not hold it; `out` is then void. */
  jvp(theta: Float64Array, n: number, v: Float64Array, out: Float64Array): boolean;
}

/** Above this log Z of scaled weights no slope comes near the limit. */
const SAFE_LOG_PARTITION = -200;
const SAFE_SLOPE = 1e250;

export function linearTrees(spec: TreeSpec): LinearTrees {
  const { vertices, from, to, symmetric, single } = spec;
  const size = from.length;
  const kernel = symmetric ? matrixTreeSymmetric(vertices) : matrixTree(vertices, single);
  const { weights: matrix, slopes, stride } = kernel;
  const slot = new Int32Array(size);
  /** Elements of one group share a shift. An only child's arc from the root is of group 0. */
  const group = new Int32Array(size);
  /** The larger vertex: an element takes part where the row has it. */
  const reach = new Int32Array(size);
  for (let e = 0; e < size; e++) {
    const [a, b] = [from[e]!, to[e]!];
    reach[e] = b < 0 ? vertices : Math.max(a, b);
    if (b < 0) continue;
    slot[e] = symmetric ? Math.max(a, b) * stride + Math.min(a, b) : b * stride + a;
    group[e] = symmetric || (single && a === 0) ? 0 : b;
  }
  const tops = new Float64Array(vertices);
  /** θ − shift of each element, and its exponential. */
  const scaled = new Float64Array(size);
  const weights = new Float64Array(size);
  let vertexCount = 0;
  let logZ = 0;
  let slopesKnown = false;

  /** Fills the matrix; returns the sum of a tree's shifts. */
  const load = (theta: Float64Array, n: number): number => {
    tops.fill(-Infinity);
    for (let e = 0; e < size; e++) {
      const x = theta[e]!;
      if (reach[e]! < n && x > tops[group[e]!]!) tops[group[e]!] = x;
    }
    if (single) scaleRoot(theta, n);
    let shift = symmetric ? (n - 1) * tops[0]! : single ? tops[0]! : 0;
    if (!symmetric) for (let k = 1; k < n; k++) shift += tops[k]!;
    for (let k = 1; k < n; k++) {
      const end = k * stride + (symmetric ? k : n);
      for (let at = k * stride; at < end; at++) matrix[at] = 0;
    }
    for (let e = 0; e < size; e++) {
      if (reach[e]! >= n) {
        weights[e] = 0;
        continue;
      }
      let x = theta[e]! - tops[group[e]!]!;
      if (single && from[e] === 0) x -= tops[to[e]!]!;
      const weight = Math.exp(x);
      scaled[e] = x;
      weights[e] = weight;
      matrix[slot[e]!]! += weight;
    }
    return shift;
  };

  /** The root's arcs are scaled as their heads' are, then all by one number, since a tree has one of them. */
  const scaleRoot = (theta: Float64Array, n: number): void => {
    tops[0] = -Infinity;
    for (let e = 0; e < size; e++) {
      if (reach[e]! >= n || from[e] !== 0) continue;
      const k = to[e]!;
      // Only the root leads to k: any shift will do.
      if (tops[k] === -Infinity) tops[k] = 0;
      tops[0] = Math.max(tops[0]!, theta[e]! - tops[k]!);
    }
  };

  const ensureSlopes = (): void => {
    if (!slopesKnown) kernel.gradient(vertexCount);
    slopesKnown = true;
  };

  return {
    partition(theta, n) {
      vertexCount = n;
      const shift = load(theta, n);
      logZ = kernel.eliminate(n);
      slopesKnown = !(logZ > SAFE_LOG_PARTITION);
      if (slopesKnown && (logZ === -Infinity || !(kernel.gradient(n) < SAFE_SLOPE))) return Number.NaN;
      return logZ + shift;
    },
    entropy() {
      ensureSlopes();
      let entropy = logZ;
      for (let e = 0; e < size; e++) {
        if (weights[e] !== 0) entropy -= weights[e]! * slopes[slot[e]!]! * scaled[e]!;
      }
      return entropy;
    },
    marginals(mu) {
      ensureSlopes();
      for (let e = 0; e < size; e++) mu[e] = weights[e] === 0 ? 0 : weights[e]! * slopes[slot[e]!]!;
    },
    jvp(theta, n, v, out) {
      load(theta, n);
      const { tangents, slopeTangents } = kernel;
      for (let k = 1; k < n; k++) tangents.fill(0, k * stride, k * stride + n);
      for (let e = 0; e < size; e++) {
        if (weights[e] !== 0) tangents[slot[e]!]! += weights[e]! * v[e]!;
      }
      if (kernel.eliminateTangent(n) === -Infinity) return false;
      if (!(kernel.gradientTangent(n) < SAFE_SLOPE)) return false;
      for (let e = 0; e < size; e++) {
        const w = weights[e]!;
        const at = slot[e]!;
        out[e] = w === 0 ? 0 : w * (v[e]! * slopes[at]! + slopeTangents[at]!);
      }
      return true;
    },
  };
}
