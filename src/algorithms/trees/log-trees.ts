/** Sums over the trees of one row, and samples, in the log domain: where doubles do not hold the row. */
import type { Rng } from "../../contracts.ts";
import { matrixTreeLog } from "./matrix-tree-log.ts";
import type { InArcs, TreeSpec } from "./tree-spec.ts";

/** All methods take a row with n ≥ 2 vertices; all but `partition` need that it has a tree. */
export interface LogTrees {
  /** log Z, −Infinity where there is no tree. */
  partition(theta: Float64Array, n: number): number;
  entropy(theta: Float64Array, n: number): number;
  marginals(theta: Float64Array, n: number, mu: Float64Array): void;
  jvp(theta: Float64Array, n: number, v: Float64Array, out: Float64Array): void;
  /** Samples the arc into each vertex into `chosen`; the root's only child is `child`, unless that is 0. */
  sample(theta: Float64Array, n: number, rng: Rng, child: number, chosen: Int32Array): void;
}

export function logTrees(spec: TreeSpec, { start, parent, element }: InArcs): LogTrees {
  const { vertices, single } = spec;
  const kernel = matrixTreeLog(vertices);
  const { slopes, slopeSeconds, stride } = kernel;
  const tops = new Float64Array(vertices);
  const best = new Float64Array(spec.from.length);
  /** What is added to the logarithms of the root's arcs, for trees with two of them to vanish. */
  let rootShift = 0;
  /** The sum of a tree's shifts; −Infinity where a vertex has no arc. */
  let shift = 0;

  /** log W of arc a into k. */
  const log = (theta: Float64Array, a: number, k: number): number =>
    theta[element[a]!]! - tops[k]! + (parent[a] === 0 ? rootShift : 0);

  /** With v, derivatives along it ride along, without it entropies. With a child, the root has no other. */
  const load = (theta: Float64Array, n: number, v: Float64Array | undefined, child: number): void => {
    rootShift = 0;
    shift = 0;
    for (let k = 1; k < n; k++) {
      tops[k] = 0;
      let top = -Infinity;
      for (let a = start[k]!; a < start[k + 1]!; a++) top = Math.max(top, log(theta, a, k));
      tops[k] = top;
      shift += top;
    }
    if (shift === -Infinity) return;
    if (single && child === 0) {
      // No tree scores above `shift`, and there are fewer than n^n: below e^−60 of the best with one child.
      rootShift = singleScore(theta, n) - shift - n * Math.log(n) - 60;
      shift -= rootShift;
    }
    kernel.clear(n);
    for (let k = 1; k < n; k++) {
      for (let a = start[k]!; a < start[k + 1]!; a++) {
        if (parent[a]! >= n || (child > 0 && (parent[a] === 0) !== (k === child))) continue;
        const second = v === undefined ? 0 : v[element[a]!]!;
        kernel.include(k, parent[a]!, log(theta, a, k), second, v === undefined);
      }
    }
  };

  /** ⟨z, θ⟩ of the best tree where the root has one child; the root's arcs are gone where there is none. */
  const singleScore = (theta: Float64Array, n: number): number => {
    if (!spec.map(theta, n, best)) return -Infinity;
    let score = 0;
    for (let e = 0; e < best.length; e++) if (best[e] === 1) score += theta[e]!;
    return score;
  };

  /** Σ over each element's arcs of p(arc), or of its derivative along v. */
  const collect = (theta: Float64Array, n: number, v: Float64Array | undefined, out: Float64Array): void => {
    out.fill(0);
    for (let k = 1; k < n; k++) {
      for (let a = start[k]!; a < start[k + 1]!; a++) {
        const x = log(theta, a, k);
        if (x === -Infinity) continue;
        const at = k * stride + parent[a]!;
        const p = Math.exp(x + slopes[at]!);
        out[element[a]!]! += v === undefined ? p : p * (v[element[a]!]! + slopeSeconds[at]!);
      }
    }
  };

  return {
    partition(theta, n) {
      load(theta, n, undefined, 0);
      return shift === -Infinity || rootShift === -Infinity ? -Infinity : kernel.logPartition(n) + shift;
    },
    entropy(theta, n) {
      load(theta, n, undefined, 0);
      return kernel.entropy(n);
    },
    marginals(theta, n, mu) {
      load(theta, n, undefined, 0);
      kernel.slope(n, false);
      collect(theta, n, undefined, mu);
    },
    jvp(theta, n, v, out) {
      load(theta, n, v, 0);
      kernel.slope(n, true);
      collect(theta, n, v, out);
    },
    sample(theta, n, rng, child, chosen) {
      load(theta, n, undefined, child);
      chosen.fill(-1);
      kernel.sample(n, (k) => {
        // The probabilities add up to 1 within rounding: what is left over goes to the last arc.
        let left = rng.uniform();
        for (let a = start[k]!; a < start[k + 1]! && left >= 0; a++) {
          if (child > 0 && (parent[a] === 0) !== (k === child)) continue;
          const p = Math.exp(log(theta, a, k) + slopes[k * stride + parent[a]!]!);
          if (!(p > 0)) continue;
          left -= p;
          chosen[k] = a;
        }
        return parent[chosen[k]!]!;
      });
    },
  };
}
