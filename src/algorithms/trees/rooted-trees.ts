/**
 * The exact inference that all tree structures share: spanning trees (rooted anywhere), arborescences and
 * non-projective dependency trees. A row is summed and sampled in doubles, and in the log domain where those do not suffice,
 * at 20 to 50 times the cost. Where walks can be shorter than an elimination Wilson's are tried first.
 */
import type { Rng } from "../../contracts.ts";
import { exp } from "../../core/log-exp.ts";
import type { RowKernel } from "../row-kernel.ts";
import { type LinearTrees, linearTrees } from "./linear-trees.ts";
import { type LogTrees, logTrees } from "./log-trees.ts";
import { sumTreeRows } from "./sum-tree-rows.ts";
import { inArcs, type TreeSpec } from "./tree-spec.ts";
import { type Wilson, wilson } from "./wilson.ts";

/** Vertices up to which samples go by elimination: on dense graphs, which is half the work where they are undirected, and on any. */
const UNDIRECTED = 100;
const DIRECTED = 64;
const SMALL = 16;

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
  /** The larger vertex of each element; `vertices` for those in no tree at all. */
  const reach = spec.from.map((a, e) => (spec.to[e]! < 0 ? vertices : Math.max(a, spec.to[e]!)));
  const dead = Int32Array.from(reach.keys()).filter((e) => reach[e] === vertices);
  const rows = sumTreeRows(spec);
  const sparse = size * 8 < vertices * vertices;
  /** Where there is one, it is tried first. */
  const most = sparse ? SMALL : spec.symmetric ? UNDIRECTED : DIRECTED;
  const walk = !single && vertices > most ? wilson(arcs) : undefined;
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

  /** Weights of the arcs for walks. */
  const loadWalk = ({ weights }: Wilson): void => {
    for (let k = 1; k < n; k++) {
      let top = -Infinity;
      for (let a = start[k]!; a < start[k + 1]!; a++) top = Math.max(top, theta[element[a]!]!);
      for (let a = start[k]!; a < start[k + 1]!; a++) weights[a] = exp(theta[element[a]!]! - top);
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
    batch: rows.batch,
    batchNumbers: rows.batchNumbers,
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
    ...(!walk && { sampleRows: rows.sampleRows }),
    feasible: () => (walk ? connected() : sums() > -Infinity),
    sample(rng) {
      result.fill(0);
      if (n < 2) return;
      if (walk) {
        loadWalk(walk);
        // As many steps as cost about what elimination does.
        if (walk.sample(n, 1000 + (n * n * n) / 64, rng)) {
          for (let k = 1; k < n; k++) result[element[walk.chosen[k]!]!] = 1;
          return;
        }
        sums();
      }
      if (inDoubles) {
        linear().sample(rng, result);
        return;
      }
      const child = single ? drawChild(rng) : 0;
      log().sample(theta, n, rng, child, chosen);
      result.fill(0);
      for (let k = 1; k < n; k++) if (k !== child) result[element[chosen[k]!]!] = 1;
      if (child > 0) result[rootElement(child)] = 1;
    },
  };
}
