/**
 * Sums over the trees of one row in doubles. Every tree has one arc into each vertex, so a vertex's arcs may be scaled
 * by e^−shift (undirected: all edges by one number). The slopes G = ∂ log Z / ∂W tell whether doubles held the row: a
 * weight that was lost below 1e-308 where G < 1e250 has a marginal below 1e-58.
 */
import type { Rng } from "../../contracts.ts";
import { exp } from "../../core/log-exp.ts";
import { matrixTree } from "./matrix-tree.ts";
import { matrixTreeSymmetric } from "./matrix-tree-symmetric.ts";
import { placedElements, type TreeSampler, treeSampler } from "./tree-sampler.ts";
import type { TreeSpec } from "./tree-spec.ts";

export interface LinearTrees {
  /** log Z of a row with n ≥ 2 vertices; NaN where doubles do not hold it or there is no tree. */
  partition(theta: Float64Array, n: number): number;
  /** After `partition`. */
  entropy(): number;
  /** After `partition`. */
  marginals(mu: Float64Array): void;
  /** After `partition`: marks a random tree in zeros. */
  sample(rng: Rng, z: Float64Array): void;
  /** The row again, with Cov(z) v. False where doubles do not hold it; `out` is then void. */
  jvp(theta: Float64Array, n: number, v: Float64Array, out: Float64Array): boolean;
}

const SAFE_SLOPE = 1e250;
/** Scaled weights are at most 1, so that a slope is below n^n / Z: up to e^550 there is no need to look at slopes. */
export const SAFE_LOG_SLOPE = 550;

/** Where in a matrix an element's weight stands. */
export function elementSlot({ from, to, symmetric }: Arcs, stride: number, e: number): number {
  const [a, b] = [from[e]!, to[e]!];
  return symmetric ? Math.max(a, b) * stride + Math.min(a, b) : b * stride + a;
}

/** Elements of one group share a shift: a vertex's arcs, or all edges. An only child's arc from the root is alone. */
export function elementGroup({ vertices, from, to, symmetric, single }: Arcs, e: number): number {
  if (symmetric) return 0;
  return single && from[e] === 0 ? vertices + to[e]! : to[e]!;
}

type Arcs = Omit<TreeSpec, "map">;

export function linearTrees(spec: TreeSpec): LinearTrees {
  const { vertices, to, symmetric, single } = spec;
  const size = to.length;
  const kernel = symmetric ? matrixTreeSymmetric(vertices) : matrixTree(vertices, single);
  const { weights: matrix, slopes, stride } = kernel;
  const slot = new Int32Array(size);
  const group = new Int32Array(size);
  for (let e = 0; e < size; e++) {
    if (to[e]! < 0) continue;
    slot[e] = elementSlot(spec, stride, e);
    group[e] = elementGroup(spec, e);
  }
  const shifts = new Float64Array(2 * vertices);
  const weights = new Float64Array(size);
  let row: Float64Array = new Float64Array(0);
  let vertexCount = 0;
  let logZ = 0;
  let slopesKnown = false;

  /** Fills the matrix; returns the sum of a tree's shifts. */
  const load = (theta: Float64Array, n: number): number => {
    row = theta;
    matrix.fill(0, 0, n * stride);
    if (symmetric) {
      const top = highest(theta);
      shifts[0] = top;
      for (let e = 0; e < size; e++) put(e, exp(theta[e]! - top));
      return (n - 1) * top;
    }
    const shift = shiftArcs(theta, n);
    for (let e = 0; e < size; e++) put(e, exp(theta[e]! - shifts[group[e]!]!));
    return shift;
  };

  const put = (e: number, weight: number): void => {
    weights[e] = weight;
    matrix[slot[e]!]! += weight;
  };

  const highest = (theta: Float64Array): number => {
    let top = -Infinity;
    for (let e = 0; e < size; e++) if (theta[e]! > top) top = theta[e]!;
    return top;
  };

  const shiftArcs = (theta: Float64Array, n: number): number => {
    // Elements in no tree are −Infinity, and their groups' shifts must not make them NaN.
    shifts.fill(0);
    for (let k = 1; k < n; k++) {
      shifts[k] = -Infinity;
      shifts[vertices + k] = -Infinity;
    }
    for (let e = 0; e < size; e++) if (theta[e]! > shifts[group[e]!]!) shifts[group[e]!] = theta[e]!;
    let sum = single ? shiftRoot(n) : 0;
    for (let k = 1; k < n; k++) sum += shifts[k]!;
    return sum;
  };

  /** The root's arcs are scaled as their heads' are, then all by one number, since a tree has one of them. */
  const shiftRoot = (n: number): number => {
    let top = -Infinity;
    for (let k = 1; k < n; k++) {
      // Only the root leads to k: any shift will do.
      if (shifts[k] === -Infinity) shifts[k] = 0;
      top = Math.max(top, shifts[vertices + k]! - shifts[k]!);
    }
    for (let k = 1; k < n; k++) shifts[vertices + k] = top + shifts[k]!;
    return top;
  };

  let samplerMade: TreeSampler | undefined;
  const sampler = (): TreeSampler => {
    samplerMade ??= treeSampler(kernel, placedElements(slot, stride), spec);
    return samplerMade;
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
      slopesKnown = !(logZ > n * Math.log(n) - SAFE_LOG_SLOPE);
      if (slopesKnown && (logZ === -Infinity || !(kernel.gradient(n) < SAFE_SLOPE))) return Number.NaN;
      return logZ + shift;
    },
    entropy() {
      ensureSlopes();
      let energy = 0;
      for (let e = 0; e < size; e++) {
        const w = weights[e]!;
        if (w !== 0) energy += w * slopes[slot[e]!]! * (row[e]! - shifts[group[e]!]!);
      }
      return logZ - energy;
    },
    marginals(mu) {
      ensureSlopes();
      for (let e = 0; e < size; e++) {
        const w = weights[e]!;
        mu[e] = w === 0 ? 0 : w * slopes[slot[e]!]!;
      }
    },
    sample: (rng, z) => sampler()(vertexCount, weights, rng, z),
    jvp(theta, n, v, out) {
      load(theta, n);
      const { tangents, slopeTangents } = kernel;
      tangents.fill(0, 0, n * stride);
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
