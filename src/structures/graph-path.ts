import { depthFirst, type Walk } from "../algorithms/depth-first.ts";
import { adjacency } from "../algorithms/graphs/adjacency.ts";
import { pathSearch } from "../algorithms/paths/path-search.ts";
import { pathSums } from "../algorithms/paths/path-sums.ts";
import type { ExponentialFamily, FloatArray, With } from "../contracts.ts";
import {
  checkFinite,
  checkInteger,
  checkLength,
  checkOneOf,
  checkOptions,
  checkRows,
  checkTheta,
  INFERENCE_RANGE,
  MAP_RANGE,
} from "../core/check.ts";
import { checkContextKeys, checkMask, checkRowIntegers } from "../core/check-context.ts";
import { rng } from "../core/rng.ts";
import { checkRoom } from "../core/room.ts";
import { endpoints, type Graph } from "./graph.ts";

/** What may differ from row to row. */
export interface GraphPathContext {
  /** First vertex of each row's path; the constructor's where absent. */
  readonly source?: ArrayLike<number>;
  /** Last vertex of each row's path; the constructor's where absent. */
  readonly target?: ArrayLike<number>;
  /** rows × edges; 0 takes an edge out of that row's graph. */
  readonly mask?: ArrayLike<number>;
}

export interface GraphPath extends With<ExponentialFamily<GraphPathContext>, "states" | "report"> {
  report(): Readonly<Record<"clampedCosts" | "bellmanFordRows", number>>;
}

export interface GraphPathOptions {
  /**
   * What a graph with cycles does with entries of θ above 0, which are negative costs. "allow", the default: such a
   * row is solved by Bellman–Ford, and a cycle of positive gain on the way is an error. "clamp": they count as 0, so
   * Dijkstra always applies and noise can never make a row fail, but the path is the best one for the clamped costs;
   * `report().clampedCosts` counts them. An acyclic graph takes weights of either sign and clamps nothing.
   */
  readonly negativeCosts?: "allow" | "clamp";
}

const who = "graphPath";

/**
 * Directed paths from a source to a target, as indicators of the edges used. θ is minus the edges' costs.
 *
 * C = { z ∈ {0,1}^edges : z are the edges of a simple path from source to target }, and p(z) ∝ exp⟨z, θ⟩ where the
 * graph is acyclic. A path from a vertex to itself is empty. θ and z hold one number an edge, in the order of
 * `graph.edges`; parallel edges are different elements, and self-loops are on no path.
 *
 * MAP takes O(V + E) by topological relaxation on an acyclic graph; else Dijkstra's O(E log V) for rows without an
 * entry above 0, and Bellman–Ford's O(V E) for rows with one (see `negativeCosts`). Exact inference is
 * O(V + E) a row, by sums over paths in topological order; a graph with cycles has none.
 *
 * @param graph vertices and directed edges `[from, to]`.
 * @param source vertex where paths begin, in [0, vertices).
 * @param target vertex where paths end, in [0, vertices).
 * @throws RangeError if a row has no path, or a cycle of positive gain on the way from source to target (the message
 * names its vertices); if exact inference is asked of a graph with cycles.
 * @example
 * import { graphPath } from "hardgrad";
 * const graph = { vertices: 4, edges: [[0, 1], [0, 2], [1, 3], [2, 3], [1, 2]] } as const;
 * const path = graphPath(graph, 0, 3);
 * const costs = Float64Array.of(1, 4, 5, 1, 2);
 * const z = new Float64Array(5);
 * path.map(costs.map((c) => -c), z);
 * z.join(); // "1,0,0,1,1"
 * @see Dijkstra (1959), "A note on two problems in connexion with graphs"; Bellman (1958), "On a routing problem".
 */
export function graphPath(
  graph: Graph,
  source: number,
  target: number,
  options: GraphPathOptions = {},
): GraphPath {
  const ends = endpoints(who, graph);
  const vertices = graph.vertices;
  checkInteger(who, "source", source, 0, vertices - 1);
  checkInteger(who, "target", target, 0, vertices - 1);
  checkOptions(who, options, ["negativeCosts"]);
  const { negativeCosts = "allow" } = options;
  checkOneOf(who, "negativeCosts", negativeCosts, ["allow", "clamp"]);

  const size = ends.from.length;
  checkRoom(who, `a graph of ${vertices} vertices and ${size} edges`, 12 * vertices + 8 * size);
  const out = adjacency(vertices, ends);
  const search = pathSearch(out, ends);
  const sums = out.order && pathSums(out, size);
  const weights = new Float64Array(size);
  const stream = rng(0);
  let result = new Float64Array(0);
  let clampedCosts = 0;
  let bellmanFordRows = 0;

  const sourceOf = (context: GraphPathContext | undefined, row: number): number =>
    context?.source ? context.source[row]! : source;
  const targetOf = (context: GraphPathContext | undefined, row: number): number =>
    context?.target ? context.target[row]! : target;

  function checkContext(context: GraphPathContext | undefined, rows: number): void {
    if (context === undefined) return;
    checkContextKeys(who, context, ["source", "target", "mask"]);
    for (const what of ["source", "target"] as const) {
      const given = context[what];
      if (given !== undefined) checkRowIntegers(who, what, given, rows, 0, vertices - 1);
    }
    if (context.mask !== undefined) checkMask(who, context.mask, rows * size);
  }

  /** Room for rows × size numbers, all 0: results are complete before anything is written to the caller's array. */
  function blank(rows: number): void {
    // One number a row at least.
    const length = rows * Math.max(size, 1);
    if (result.length < length) result = new Float64Array(length);
    else result.fill(0, 0, length);
  }

  /** Copies a row's weights; whether one of them is above 0. */
  function load(theta: FloatArray, row: number, context: GraphPathContext | undefined): boolean {
    const offset = row * size;
    const mask = context?.mask;
    let positive = false;
    for (let e = 0; e < size; e++) {
      const weight = mask !== undefined && mask[offset + e] === 0 ? -Infinity : theta[offset + e]!;
      weights[e] = weight;
      if (weight > 0) positive = true;
    }
    return positive;
  }

  function clamp(): void {
    for (let e = 0; e < size; e++) {
      if (weights[e]! > 0) {
        weights[e] = 0;
        clampedCosts++;
      }
    }
  }

  /** Finds a row's best path; `search.via` holds it. */
  function solve(from: number, to: number, positive: boolean, row: number): void {
    if (positive && !sums && negativeCosts === "clamp") clamp();
    let found: boolean | readonly number[];
    if (sums) found = search.topological(weights, from, to);
    else if (!positive || negativeCosts === "clamp") found = search.dijkstra(weights, from, to);
    else {
      bellmanFordRows++;
      found = search.bellmanFord(weights, from, to);
    }
    if (found === false) throw noPath(row, from, to);
    if (found !== true) {
      const cycle = [...found, found[0]].join(" → ");
      throw new RangeError(`${who}: row ${row} has a cycle of positive gain (negative cost): ${cycle}`);
    }
  }

  function noPath(row: number, from: number, to: number): RangeError {
    return new RangeError(`${who}: row ${row} has no path from ${from} to ${to}`);
  }

  /** Checks the call and the graph, and makes room. Returns the rows and the sums. */
  /** `perRow` is an array of one number a row: rows without edges do not tell their number. */
  function begin(theta: FloatArray, context: GraphPathContext | undefined, perRow?: FloatArray) {
    if (!sums) throw new RangeError(`${who}: exact inference needs a graph without cycles`);
    let rows = checkTheta(who, theta, size, "theta", INFERENCE_RANGE);
    if (size === 0 && perRow) rows = checkRows(who, perRow, 1, "out");
    checkContext(context, rows);
    blank(rows);
    return { rows, sums };
  }

  /** Loads a row into the sums and returns its log-partition. */
  function prepare(theta: FloatArray, row: number, context: GraphPathContext | undefined): number {
    load(theta, row, context);
    const from = sourceOf(context, row);
    const to = targetOf(context, row);
    const logPartition = sums!.load(weights, from, to);
    if (logPartition === -Infinity) throw noPath(row, from, to);
    return logPartition;
  }

  return {
    name: who,
    shape: [size],

    map(theta, z, context) {
      const rows = checkTheta(who, theta, size, "theta", MAP_RANGE);
      checkLength(who, "out", z, rows * size);
      checkContext(context, rows);
      blank(rows);
      for (let row = 0; row < rows; row++) {
        const from = sourceOf(context, row);
        const to = targetOf(context, row);
        solve(from, to, load(theta, row, context), row);
        for (let v = to; v !== from; ) {
          const e = out.edge[search.via[v]!]!;
          result[row * size + e] = 1;
          v = ends.from[e]!;
        }
      }
      z.set(result.subarray(0, rows * size));
    },

    marginals(theta, mu, context) {
      const { rows, sums } = begin(theta, context);
      checkLength(who, "mu", mu, rows * size);
      for (let row = 0; row < rows; row++) {
        prepare(theta, row, context);
        sums.marginals(result, row * size);
      }
      mu.set(result.subarray(0, rows * size));
    },

    marginalsJvp(theta, direction, jvp, context) {
      const { rows, sums } = begin(theta, context);
      checkFinite(who, "direction", direction, rows * size);
      checkLength(who, "out", jvp, rows * size);
      for (let row = 0; row < rows; row++) {
        prepare(theta, row, context);
        sums.jvp(direction, result, row * size);
      }
      jvp.set(result.subarray(0, rows * size));
    },

    logPartition(theta, logZ, context) {
      const { rows } = begin(theta, context, logZ);
      checkLength(who, "out", logZ, rows);
      for (let row = 0; row < rows; row++) result[row] = prepare(theta, row, context);
      logZ.set(result.subarray(0, rows));
    },

    sample(theta, key, z, context) {
      const { rows, sums } = begin(theta, context);
      checkLength(who, "out", z, rows * size);
      for (let row = 0; row < rows; row++) {
        prepare(theta, row, context);
        sums.sample(stream.restart(key, row), result, row * size);
      }
      z.set(result.subarray(0, rows * size));
    },

    entropy(theta, entropies, context) {
      const { rows, sums } = begin(theta, context, entropies);
      checkLength(who, "out", entropies, rows);
      for (let row = 0; row < rows; row++) {
        prepare(theta, row, context);
        result[row] = sums.entropy();
      }
      entropies.set(result.subarray(0, rows));
    },

    logProbability(theta, z, logp, context) {
      const { rows, sums } = begin(theta, context, logp);
      checkFinite(who, "z", z, rows * size);
      checkLength(who, "out", logp, rows);
      for (let row = 0; row < rows; row++) {
        prepare(theta, row, context);
        result[row] = sums.logProbability(z, row * size);
      }
      logp.set(result.subarray(0, rows));
    },

    *states(context) {
      checkContext(context, 1);
      const z = new Float64Array(size);
      const onPath = new Uint8Array(vertices);
      const last = targetOf(context, 0);
      function* extend(v: number): Walk {
        if (v === last) return yield z.slice();
        onPath[v] = 1;
        for (let i = out.start[v]!; i < out.start[v + 1]!; i++) {
          const e = out.edge[i]!;
          if (onPath[out.head[i]!] === 1 || context?.mask?.[e] === 0) continue;
          z[e] = 1;
          yield extend(out.head[i]!);
          z[e] = 0;
        }
        onPath[v] = 0;
      }
      yield* depthFirst(extend(sourceOf(context, 0)));
    },

    report: () => ({ clampedCosts, bellmanFordRows }),
  };
}
