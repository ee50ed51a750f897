/**
 * Sums over all paths from a source to a target of an acyclic graph, p(path) ∝ exp Σ θ_e.
 *
 * With β_v = log Σ over paths from v to the target, a path is a Markov chain: from v it takes edge e = (v, u) with
 * probability p_e = exp(θ_e + β_u − β_v). Everything else is a sum of products of these, without a difference of
 * large numbers: log p_e is kept as (θ_e + β_u − max) − log1p(rest), exact where one edge has nearly all the weight.
 * `load` takes O(vertices + edges) and every other method the same or less.
 */
import type { Rng } from "../../contracts.ts";
import type { Adjacency } from "../graphs/adjacency.ts";

export interface PathSums {
  /** Prepares an instance; β of the source, the log-partition, or −Infinity where there is no path. */
  load(weights: Float64Array, source: number, target: number): number;
  /** out[offset + e] = P(path uses e); entries of other edges are left alone. */
  marginals(out: Float64Array, offset: number): void;
  /** out[offset + e] = d P(path uses e) in direction[offset + …]. */
  jvp(direction: ArrayLike<number>, out: Float64Array, offset: number): void;
  entropy(): number;
  /** Sets out[offset + e] to 1 for the edges of a random path. */
  sample(rng: Rng, out: Float64Array, offset: number): void;
  /** log p of the 0/1 vector at `offset`, −Infinity where it is no path. */
  logProbability(z: ArrayLike<number>, offset: number): number;
}

/** Makes the sums for one acyclic graph of `edges` edges; 40 bytes of scratch a vertex and 16 an edge. */
export function pathSums({ vertices, start, edge, head, order }: Adjacency, edges: number): PathSums {
  const topological = order!;
  const position = new Int32Array(vertices);
  topological.forEach((v, k) => {
    position[v] = k;
  });
  const beta = new Float64Array(vertices);
  const spread = new Float64Array(vertices);
  const logit = new Float64Array(edge.length);
  const chance = new Float64Array(edge.length);
  const visit = new Float64Array(vertices);
  const mean = new Float64Array(vertices);
  const visitSlope = new Float64Array(vertices);
  let source = 0;
  let target = 0;

  /** P(path visits v), for the vertices between source and target. */
  function visits(): void {
    for (let k = position[source]!; k <= position[target]!; k++) visit[topological[k]!] = 0;
    visit[source] = 1;
    for (let k = position[source]!; k < position[target]!; k++) {
      const v = topological[k]!;
      if (visit[v] === 0) continue;
      for (let i = start[v]!; i < start[v + 1]!; i++) {
        if (chance[i] !== 0) visit[head[i]!]! += visit[v]! * chance[i]!;
      }
    }
  }

  return {
    load(weights, from, to) {
      source = from;
      target = to;
      beta.fill(-Infinity);
      beta[target] = 0;
      for (let k = position[target]! - 1; k >= position[source]!; k--) {
        const v = topological[k]!;
        let best = -1;
        let max = -Infinity;
        for (let i = start[v]!; i < start[v + 1]!; i++) {
          logit[i] = weights[edge[i]!]! + beta[head[i]!]!;
          if (logit[i]! > max) {
            max = logit[i]!;
            best = i;
          }
        }
        let rest = 0;
        for (let i = start[v]!; i < start[v + 1]!; i++) {
          if (max === -Infinity) chance[i] = 0;
          else {
            logit[i]! -= max;
            chance[i] = Math.exp(logit[i]!);
            if (i !== best) rest += chance[i]!;
          }
        }
        if (max === -Infinity) continue;
        for (let i = start[v]!; i < start[v + 1]!; i++) chance[i]! /= 1 + rest;
        spread[v] = Math.log1p(rest);
        beta[v] = max + spread[v]!;
      }
      return beta[source]!;
    },

    marginals(out, offset) {
      visits();
      for (let k = position[source]!; k < position[target]!; k++) {
        const v = topological[k]!;
        for (let i = start[v]!; i < start[v + 1]!; i++) {
          out[offset + edge[i]!] = Math.min(visit[v]! * chance[i]!, 1);
        }
      }
    },

    jvp(direction, out, offset) {
      visits();
      // mean[v] = E⟨z, d⟩ over paths from v to the target; a chance's slope is p_e (d_e + mean[u] − mean[v]).
      mean[target] = 0;
      visitSlope[target] = 0;
      for (let k = position[target]! - 1; k >= position[source]!; k--) {
        const v = topological[k]!;
        visitSlope[v] = 0;
        mean[v] = 0;
        for (let i = start[v]!; i < start[v + 1]!; i++) {
          if (chance[i] !== 0) mean[v]! += chance[i]! * (direction[offset + edge[i]!]! + mean[head[i]!]!);
        }
      }
      for (let k = position[source]!; k < position[target]!; k++) {
        const v = topological[k]!;
        for (let i = start[v]!; i < start[v + 1]!; i++) {
          if (chance[i] === 0) continue;
          const turn = direction[offset + edge[i]!]! + mean[head[i]!]! - mean[v]!;
          const slope = chance[i]! * (visitSlope[v]! + visit[v]! * turn);
          out[offset + edge[i]!] = slope;
          visitSlope[head[i]!]! += slope;
        }
      }
    },

    entropy() {
      visits();
      let sum = 0;
      for (let k = position[source]!; k < position[target]!; k++) {
        const v = topological[k]!;
        if (visit[v] === 0) continue;
        let local = spread[v]!;
        for (let i = start[v]!; i < start[v + 1]!; i++) if (chance[i] !== 0) local -= chance[i]! * logit[i]!;
        sum += visit[v]! * local;
      }
      return sum;
    },

    sample(rng, out, offset) {
      for (let v = source; v !== target; ) {
        let left = rng.uniform();
        let taken = -1;
        for (let i = start[v]!; i < start[v + 1]!; i++) {
          if (chance[i] === 0) continue;
          taken = i;
          left -= chance[i]!;
          if (left < 0) break;
        }
        out[offset + edge[taken]!] = 1;
        v = head[taken]!;
      }
    },

    logProbability(z, offset) {
      let ones = 0;
      for (let e = 0; e < edges; e++) {
        if (z[offset + e] === 1) ones++;
        else if (z[offset + e] !== 0) return -Infinity;
      }
      let sum = 0;
      let v = source;
      for (; v !== target; ones--) {
        let taken = -1;
        for (let i = start[v]!; i < start[v + 1]!; i++) if (z[offset + edge[i]!] === 1) taken = i;
        if (taken < 0 || position[head[taken]!]! > position[target]!) return -Infinity;
        sum += logit[taken]! - spread[v]!;
        v = head[taken]!;
      }
      return ones === 0 ? sum : -Infinity;
    },
  };
}
