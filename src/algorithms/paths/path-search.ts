/**
 * Best paths in a directed graph: topological relaxation, Dijkstra (1959) and Bellman–Ford, on one shared scratch.
 *
 * Each writes `via[v]`, the entry of the adjacency by which the best path enters v, and returns whether the target
 * was reached. Edges into the source and out of the target are on no simple path, so they are never relaxed.
 */

import { type Adjacency, adjacency } from "../graphs/adjacency.ts";
import type { Endpoints } from "../graphs/endpoints.ts";
import { makeHeap } from "../graphs/heap.ts";

export interface PathSearch {
  /** The entry by which the best path found enters a vertex. */
  readonly via: Int32Array;
  /** O(vertices + edges), weights of any sign; the graph must be acyclic. */
  topological(weights: Float64Array, source: number, target: number): boolean;
  /** O(edges · log vertices), weights ≤ 0. */
  dijkstra(weights: Float64Array, source: number, target: number): boolean;
  /**
   * O(vertices · edges), weights of any sign. Returns the vertices of a cycle of positive gain on the way from
   * source to target instead, if there is one.
   */
  bellmanFord(weights: Float64Array, source: number, target: number): boolean | readonly number[];
}

/** Makes the search for one graph; 28 bytes of scratch a vertex and 12 an edge. */
export function pathSearch(graph: Adjacency, ends: Endpoints): PathSearch {
  const { vertices, start, edge, head, order } = graph;
  const { from } = ends;
  const via = new Int32Array(vertices);
  const gain = new Float64Array(vertices);
  const heap = makeHeap(vertices);
  const done = new Uint8Array(vertices);
  const active = new Uint8Array(vertices);
  const queue = new Int32Array(vertices);
  const stamp = new Int32Array(vertices);
  let backwards: Adjacency | undefined;
  /** For hot loops: V8 does not keep a closure's arrays in registers once there are two solvers. */
  const own = { start, edge, head, via, gain, done };

  /** Marks in `done` the vertices from which the target cannot be reached but by way of the source. */
  function closeDeadEnds(weights: Float64Array, source: number, target: number): void {
    backwards ??= adjacency(vertices, ends, true);
    done.fill(1);
    done[target] = 0;
    queue[0] = target;
    let found = 1;
    for (let at = 0; at < found; at++) {
      const v = queue[at]!;
      if (v === source) continue;
      for (let i = backwards.start[v]!; i < backwards.start[v + 1]!; i++) {
        const u = backwards.head[i]!;
        if (done[u] === 0 || weights[backwards.edge[i]!] === -Infinity) continue;
        done[u] = 0;
        queue[found++] = u;
      }
    }
  }

  /** A vertex on a cycle of the graph of best entries, −1 where that is a tree. O(vertices). */
  function cycleVertex(source: number): number {
    stamp.fill(-1);
    for (let v = 0; v < vertices; v++) {
      let u = v;
      while (u !== source && via[u]! >= 0 && stamp[u] === -1) {
        stamp[u] = v;
        u = from[edge[via[u]!]!]!;
      }
      if (u !== source && stamp[u] === v) return u;
    }
    return -1;
  }

  /** Rounds of relaxation that count an improvement only above `slack`; a vertex on a cycle of gain, or −1. */
  function relaxRounds(weights: Float64Array, source: number, target: number, slack: number): number {
    gain.fill(-Infinity);
    via.fill(-1);
    active.fill(0);
    gain[source] = 0;
    active[source] = 1;
    for (let changed = true; changed; ) {
      changed = false;
      for (let v = 0; v < vertices; v++) {
        if (active[v] === 0) continue;
        active[v] = 0;
        for (let i = start[v]!; i < start[v + 1]!; i++) {
          const u = head[i]!;
          const reached = gain[v]! + weights[edge[i]!]!;
          if (!(reached > gain[u]! + slack) || done[u] === 1 || u === source) continue;
          gain[u] = reached;
          via[u] = i;
          if (u === target) continue;
          active[u] = 1;
          changed = true;
        }
      }
      if (!changed) return -1;
      const v = cycleVertex(source);
      if (v >= 0) return v;
    }
    return -1;
  }

  /** Vertices of the cycle of best entries through v, in the direction of its edges. */
  function cycleThrough(v: number): number[] {
    const cycle = [v];
    for (let u = from[edge[via[v]!]!]!; u !== v; u = from[edge[via[u]!]!]!) cycle.push(u);
    return cycle.reverse();
  }

  return {
    via,

    topological(weights, source, target) {
      gain.fill(-Infinity);
      gain[source] = 0;
      for (let k = 0; order![k] !== target; k++) {
        const v = order![k]!;
        const base = gain[v]!;
        if (base === -Infinity) continue;
        for (let i = start[v]!; i < start[v + 1]!; i++) {
          const u = head[i]!;
          const reached = base + weights[edge[i]!]!;
          if (reached > gain[u]!) {
            gain[u] = reached;
            via[u] = i;
          }
        }
      }
      return gain[target] !== -Infinity;
    },

    dijkstra(weights, source, target) {
      const { start, edge, head, via, gain, done } = own;
      gain.fill(-Infinity);
      done.fill(0);
      heap.clear();
      gain[source] = 0;
      for (let v = source; v >= 0 && v !== target; v = heap.pop()) {
        done[v] = 1;
        const base = gain[v]!;
        for (let i = start[v]!; i < start[v + 1]!; i++) {
          const u = head[i]!;
          const reached = base + weights[edge[i]!]!;
          if (reached > gain[u]! && done[u] === 0) {
            gain[u] = reached;
            via[u] = i;
            heap.push(u, -reached);
          }
        }
      }
      return gain[target] !== -Infinity;
    },

    bellmanFord(weights, source, target) {
      if (source === target) return true;
      closeDeadEnds(weights, source, target);
      for (let slack = 0; ; ) {
        const v = relaxRounds(weights, source, target, slack);
        if (v < 0) return gain[target] !== -Infinity;
        const cycle = cycleThrough(v);
        let sum = 0;
        let scale = 0;
        let reached = 0;
        for (const u of cycle) {
          const weight = weights[edge[via[u]!]!]!;
          sum += weight;
          scale += Math.abs(weight);
          reached = Math.max(reached, Math.abs(gain[u]!));
        }
        if (sum > ROUNDING * scale) return cycle;
        // Where a cycle's gain is 0, rounding can turn it into a tiny profit: then small improvements do not count.
        slack = Math.max(2 * slack, ROUNDING * (scale + reached));
      }
    },
  };
}

const ROUNDING = 1e-12;
