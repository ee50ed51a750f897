/**
 * Wilson's algorithm (1996): a random tree by loop-erased walks along reversed arcs, in the mean hitting time.
 *
 * Where strong cycles hide the root a walk may take e^1000 steps, so it stops after a budget. That does not bias
 * what comes after: the number of steps is a function of the cycles that were popped, and those are independent of
 * the tree (Propp and Wilson 1998). The caller then samples afresh by another exact method.
 */
import type { Rng } from "../../contracts.ts";
import type { InArcs } from "./tree-spec.ts";

export interface Wilson {
  /** Weight of each arc, filled by the caller; 0 excludes it. */
  readonly weights: Float64Array;
  /** The arc into each vertex of the sample; −1 for the root. */
  readonly chosen: Int32Array;
  /** Samples a tree on the first n vertices. False if the budget ran out: `chosen` is then void. */
  sample(n: number, budget: number, rng: Rng): boolean;
}

export function wilson(arcs: InArcs): Wilson {
  const vertices = arcs.start.length - 1;
  const own = {
    ...arcs,
    weights: new Float64Array(arcs.parent.length),
    chosen: new Int32Array(vertices),
    totals: new Float64Array(vertices),
    inTree: new Uint8Array(vertices),
  };

  return {
    weights: own.weights,
    chosen: own.chosen,
    sample(n, budget, rng) {
      // V8 does not keep a closure's arrays in registers once there are two solvers.
      const { start, parent, weights, chosen, totals, inTree } = own;
      inTree.fill(0, 0, n);
      chosen.fill(-1, 0, n);
      inTree[0] = 1;
      for (let k = 1; k < n; k++) {
        let sum = 0;
        for (let a = start[k]!; a < start[k + 1]!; a++) sum += weights[a]!;
        totals[k] = sum;
      }
      let steps = 0;
      for (let from = 1; from < n; from++) {
        // The last arc drawn at a vertex is the one that no loop erased.
        for (let k = from; inTree[k] === 0; ) {
          if (steps++ >= budget) return false;
          const end = start[k + 1]!;
          let left = rng.uniform() * totals[k]!;
          let arc = -1;
          for (let a = start[k]!; a < end; a++) {
            const w = weights[a]!;
            if (w === 0) continue;
            arc = a;
            left -= w;
            if (left < 0) break;
          }
          if (arc < 0) return false;
          chosen[k] = arc;
          k = parent[arc]!;
        }
        for (let k = from; inTree[k] === 0; k = parent[chosen[k]!]!) inTree[k] = 1;
      }
      return true;
    },
  };
}
