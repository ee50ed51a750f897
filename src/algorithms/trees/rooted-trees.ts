/**
 * The exact inference that all tree structures share: spanning trees (rooted anywhere), arborescences and
 * non-projective dependency trees. A row is summed in doubles, and in the log domain where those do not suffice, at
 * 20 to 50 times the cost; samples are Wilson's, or the log domain's where his walks do not end.
 */
import type { Rng } from "../../contracts.ts";
import { exp } from "../../core/log-exp.ts";
import type { RowKernel } from "../row-kernel.ts";
import { type LinearTrees, linearTrees } from "./linear-trees.ts";
import { type LogTrees, logTrees } from "./log-trees.ts";
import { sumTreeRows } from "./sum-tree-rows.ts";
import { inArcs, type TreeSpec } from "./tree-spec.ts";
import { wilson } from "./wilson.ts";

/** A row kernel but for what the structure itself knows: its states. */
export interface RootedTrees extends Omit<RowKernel, "isState" | "enumerate"> {
  product(): boolean;
  feasible(): boolean;
  /** Once θ is in place: the vertices of the row, the root among them. */
  setVertices(n: number): void;
}

export function rootedTrees(spec: TreeSpec): RootedTrees {
  const { vertices, single } = spec;
  const size = spec.from.length;
  const theta = new Float64Array(size);
  const vector = new Float64Array(size);
  const result = new Float64Array(size);
  const chosen = new Int32Array(vertices);
  const reached = new Uint8Array(vertices);
  const arcs = inArcs(spec);
  const { start, parent, element } = arcs;
  const walk = wilson(arcs);
  /** The larger vertex of each element; `vertices` for those in no tree at all. */
  const reach = spec.from.map((a, e) => (spec.to[e]! < 0 ? vertices : Math.max(a, spec.to[e]!)));
  const dead = Int32Array.from(reach.keys()).filter((e) => reach[e] === vertices);
  let n = vertices;
  let inDoubles = true;
  // Matrices of n² are made when first asked for: MAP on a large sparse graph needs none of them.
  let linearMade: LinearTrees | undefined;
  const linear = (): LinearTrees => {
    linearMade ??= linearTrees(spec);
    return linearMade;
  };
  let logMade: LogTrees | undefined;
  const log = (): LogTrees => {
    logMade ??= logTrees(spec, arcs);
    return logMade;
  };

  const sums = (): number => {
    inDoubles = true;
    if (n < 2) return 0;
    const logZ = linear().partition(theta, n);
    if (!Number.isNaN(logZ)) return logZ;
    inDoubles = false;
    return log().partition(theta, n);
  };

  const marginals = (): void => {
    if (n < 2) result.fill(0);
    else if (inDoubles) linear().marginals(result);
    else log().marginals(theta, n, result);
  };

  const product = (): boolean => {
    if (n < 2) result.fill(0);
    else if (!linear().jvp(theta, n, vector, result)) {
      if (log().partition(theta, n) === -Infinity) return false;
      log().jvp(theta, n, vector, result);
    }
    return true;
  };

  /** Whether the root leads to all vertices: rounds over the elements until it leads no farther. */
  const connected = (): boolean => {
    const { from, to, symmetric } = spec;
    const seen = reached;
    seen.fill(0);
    seen[0] = 1;
    let missing = n - 1;
    for (let before = n; missing > 0 && missing < before; ) {
      before = missing;
      for (let e = 0; e < size && missing > 0; e++) {
        if (theta[e] === -Infinity) continue;
        const [a, b] = [from[e]!, to[e]!];
        if (seen[a] === seen[b] || (seen[a] === 0 && !symmetric)) continue;
        seen[a] = 1;
        seen[b] = 1;
        missing--;
      }
    }
    return missing <= 0;
  };

  /** Weights of the arcs for walks on the first n vertices, without the root's arcs where its child is known. */
  const loadWalk = (child: number): void => {
    const { weights } = walk;
    const { start, parent, element } = arcs;
    const first = child > 0 ? 1 : 0;
    for (let k = 1; k < n; k++) {
      if (k === child) continue;
      let top = -Infinity;
      for (let a = start[k]!; a < start[k + 1]!; a++) {
        if (parent[a]! >= first && theta[element[a]!]! > top) top = theta[element[a]!]!;
      }
      for (let a = start[k]!; a < start[k + 1]!; a++) {
        weights[a] = parent[a]! >= first ? exp(theta[element[a]!]! - top) : 0;
      }
    }
  };

  /** The element that leads from the root to k, −1 where there is none. */
  const rootElement = (k: number): number => {
    for (let a = start[k]!; a < start[k + 1]!; a++) if (parent[a] === 0) return element[a]!;
    return -1;
  };

  /** The only child of the root, from its marginals. */
  const drawChild = (rng: Rng): number => {
    marginals();
    let left = rng.uniform();
    let child = 0;
    for (let k = 1; k < n && left >= 0; k++) {
      const e = rootElement(k);
      if (e < 0 || !(result[e]! > 0)) continue;
      left -= result[e]!;
      child = k;
    }
    return child;
  };

  return {
    theta,
    vector,
    result,
    ...sumTreeRows(spec),
    setVertices(count) {
      n = count;
      if (n === vertices) for (const e of dead) theta[e] = -Infinity;
      else for (let e = 0; e < size; e++) if (reach[e]! >= n) theta[e] = -Infinity;
    },
    map() {
      if (n >= 2) return spec.map(theta, n, result);
      result.fill(0);
      return true;
    },
    sums,
    marginals,
    jvp: () => void product(),
    product,
    entropy() {
      if (n < 2) return 0;
      return Math.max(0, inDoubles ? linear().entropy() : log().entropy(theta, n));
    },
    /** Where the root has one child, that is drawn from the sums. */
    feasible: () => (single ? sums() > -Infinity : connected()),
    sample(rng) {
      if (n < 2) {
        result.fill(0);
        return;
      }
      const child = single ? drawChild(rng) : 0;
      loadWalk(child);
      // As many steps as cost about what the log domain does.
      const found = walk.sample(child, n, 1000 + n * n * n, rng);
      const picks = found ? walk.chosen : chosen;
      if (!found) log().sample(theta, n, rng, child, chosen);
      result.fill(0);
      for (let k = 1; k < n; k++) if (k !== child) result[element[picks[k]!]!] = 1;
      if (child > 0) result[rootElement(child)] = 1;
    },
  };
}
