/**
 * Hamiltonian cycles of a small complete graph by dynamic programming over subsets (Bellman 1962; Held and Karp
 * 1962): the best one, and sums over all of them.
 *
 * With vertex 0 the end of every path, best[S, v] is the greatest score of a path from 0 through all of S that ends
 * in v ∈ S. Sums are kept relative to it, sum[S, v] = Σ exp(score − best[S, v]) ∈ [1, |S|!], so every exponent is ≤ 0
 * and no weight can overflow; what underflows has no share. A path may be read backwards, so the table of paths from 0
 * is also the table of ways to finish a tour. Every tour occurs twice, once in each direction.
 * 2^(n−1) · (n−1) states, n steps each.
 */
import type { Rng } from "../../contracts.ts";

export interface HeldKarp {
  /** Scores of edges, score[u · maxVertices + v], symmetric, zero-based; −Infinity forbids one. */
  readonly score: Float64Array;
  /** The vertices of the tour that `trace` or `sample` found, from 0. */
  readonly cycle: Int32Array;
  /** Fills `best` for the first `vertices` vertices, ≥ 3; returns the best tour's score. */
  solve(vertices: number): number;
  /** Writes the best tour after `solve`. */
  trace(): void;
  /** After `solve` and a finite score: log of the sum over tours relative to the best one. */
  sums(): number;
  /** After `sums`: out[u · maxVertices + v] = P(edge uv), both ways round. */
  marginals(out: Float64Array): void;
  /** After `sums`: d marginals in the symmetric `direction`. */
  jvp(direction: Float64Array, out: Float64Array): void;
  entropy(): number;
  sample(rng: Rng): void;
}

/** Makes the tables for so many vertices: 8 bytes a state for the best tour, 8 or 16 more for sums. */
export function heldKarp(maxVertices: number): HeldKarp {
  const width = maxVertices - 1;
  const states = 2 ** width * width;
  const score = new Float64Array(maxVertices * maxVertices);
  const cycle = new Int32Array(maxVertices);
  const best = new Float64Array(states);
  let sum = best;
  /** Tangents of `sum`, its expected losses for the entropy, or the flow of the marginals. */
  let slope = best;
  let n = 0;
  let full = 0;
  let top = 0;
  let total = 0;

  /** Vertices 1 … n − 1 are bits 0 … n − 2: `edge(a, b)` takes bits. */
  const edge = (a: number, b: number): number => score[(a + 1) * maxVertices + b + 1]!;
  const home = (a: number): number => score[a + 1]!;

  function addUp(): void {
    for (let set = 1; set <= full; set++) {
      for (let left = set; left !== 0; left &= left - 1) {
        const v = 31 - Math.clz32(left & -left);
        const at = set * width + v;
        const rest = set ^ (1 << v);
        const reference = best[at]!;
        if (rest === 0) sum[at] = reference === -Infinity ? 0 : 1;
        else if (reference === -Infinity) sum[at] = 0;
        else {
          let value = 0;
          for (let more = rest; more !== 0; more &= more - 1) {
            const u = 31 - Math.clz32(more & -more);
            const from = rest * width + u;
            value += sum[from]! * Math.exp(best[from]! + edge(u, v) - reference);
          }
          sum[at] = value;
        }
      }
    }
    total = 0;
    for (let v = 0; v < n - 1; v++) total += lastShare(v);
  }

  /** Share, times `total`, of the tours whose last step is from v to 0. */
  const lastShare = (v: number): number =>
    sum[full * width + v]! * Math.exp(best[full * width + v]! + home(v) - top);

  return {
    score,
    cycle,

    solve(vertices) {
      n = vertices;
      full = 2 ** (n - 1) - 1;
      for (let set = 1; set <= full; set++) {
        for (let left = set; left !== 0; left &= left - 1) {
          const v = 31 - Math.clz32(left & -left);
          const rest = set ^ (1 << v);
          let value = rest === 0 ? home(v) : -Infinity;
          const row = (v + 1) * maxVertices + 1;
          for (let more = rest; more !== 0; more &= more - 1) {
            const u = 31 - Math.clz32(more & -more);
            const reached = best[rest * width + u]! + score[row + u]!;
            if (reached > value) value = reached;
          }
          best[set * width + v] = value;
        }
      }
      top = -Infinity;
      for (let v = 0; v < n - 1; v++) top = Math.max(top, best[full * width + v]! + home(v));
      return top;
    },

    trace() {
      cycle[0] = 0;
      let set = full;
      let v = -1;
      for (let k = n - 1; k >= 1; k--) {
        const want = v < 0 ? top : best[(set | (1 << v)) * width + v]!;
        let u = 0;
        while ((set & (1 << u)) === 0 || best[set * width + u]! + (v < 0 ? home(u) : edge(u, v)) !== want)
          u++;
        cycle[k] = u + 1;
        set ^= 1 << u;
        v = u;
      }
    },

    sums() {
      if (sum === best) sum = new Float64Array(states);
      addUp();
      return Math.max(Math.log(total / 2), 0);
    },

    marginals(out) {
      if (slope === best) slope = new Float64Array(states);
      // From whole tours down: what reaches a state is shared out among its predecessors as in `addUp`, so that shares
      // add up to 1 whatever the scores.
      const flow = slope;
      flow.fill(0, 0, (full + 1) * width);
      out.fill(0);
      for (let v = 0; v < n - 1; v++) {
        const share = lastShare(v) / total;
        flow[full * width + v] = share;
        out[v + 1] = 2 * share;
        out[(v + 1) * maxVertices] = 2 * share;
      }
      for (let set = full; set > 0; set--) {
        for (let left = set; left !== 0; left &= left - 1) {
          const v = 31 - Math.clz32(left & -left);
          const at = set * width + v;
          if (flow[at] === 0) continue;
          const here = flow[at]! / sum[at]!;
          const rest = set ^ (1 << v);
          for (let more = rest; more !== 0; more &= more - 1) {
            const u = 31 - Math.clz32(more & -more);
            const from = rest * width + u;
            const share = here * sum[from]! * Math.exp(best[from]! + edge(u, v) - best[at]!);
            flow[from]! += share;
            out[(u + 1) * maxVertices + v + 1]! += share;
            out[(v + 1) * maxVertices + u + 1]! += share;
          }
        }
      }
    },

    jvp(direction, out) {
      if (slope === best) slope = new Float64Array(states);
      const turn = (a: number, b: number): number => direction[(a + 1) * maxVertices + b + 1]!;
      for (let set = 1; set <= full; set++) {
        for (let left = set; left !== 0; left &= left - 1) {
          const v = 31 - Math.clz32(left & -left);
          const at = set * width + v;
          const rest = set ^ (1 << v);
          let value = 0;
          if (sum[at] !== 0) {
            if (rest === 0) value = direction[v + 1]!;
            for (let more = rest; more !== 0; more &= more - 1) {
              const u = 31 - Math.clz32(more & -more);
              const from = rest * width + u;
              if (sum[from] === 0) continue;
              const weight = Math.exp(best[from]! + edge(u, v) - best[at]!);
              value += weight * (slope[from]! + sum[from]! * turn(u, v));
            }
          }
          slope[at] = value;
        }
      }
      const lastSlope = (v: number): number =>
        sum[full * width + v] === 0
          ? 0
          : (slope[full * width + v]! + sum[full * width + v]! * direction[v + 1]!) *
            Math.exp(best[full * width + v]! + home(v) - top);
      let totalSlope = 0;
      for (let v = 0; v < n - 1; v++) totalSlope += lastSlope(v) / total;
      out.fill(0);
      for (let set = 1; set < full; set++) {
        const other = full ^ set;
        for (let left = set; left !== 0; left &= left - 1) {
          const u = 31 - Math.clz32(left & -left);
          const at = set * width + u;
          if (sum[at] === 0) continue;
          for (let more = other; more !== 0; more &= more - 1) {
            const v = 31 - Math.clz32(more & -more);
            const to = other * width + v;
            if (sum[to] === 0) continue;
            const weight = Math.exp(best[at]! - top + edge(u, v) + best[to]!) / total;
            const share =
              weight *
              (slope[at]! * sum[to]! +
                sum[at]! * slope[to]! +
                sum[at]! * sum[to]! * (turn(u, v) - totalSlope));
            out[(u + 1) * maxVertices + v + 1]! += share;
            out[(v + 1) * maxVertices + u + 1]! += share;
          }
        }
      }
      for (let v = 0; v < n - 1; v++) {
        const share = (2 * (lastSlope(v) - lastShare(v) * totalSlope)) / total;
        out[v + 1] = share;
        out[(v + 1) * maxVertices] = share;
      }
    },

    entropy() {
      if (slope === best) slope = new Float64Array(states);
      // log Σ exp(score − top) + E[top − score]; losses add up from what each step falls short of the best: all ≥ 0.
      for (let set = 1; set <= full; set++) {
        for (let left = set; left !== 0; left &= left - 1) {
          const v = 31 - Math.clz32(left & -left);
          const at = set * width + v;
          const rest = set ^ (1 << v);
          let value = 0;
          for (let more = sum[at] === 0 ? 0 : rest; more !== 0; more &= more - 1) {
            const u = 31 - Math.clz32(more & -more);
            const from = rest * width + u;
            const short = best[at]! - (best[from]! + edge(u, v));
            const weight = Math.exp(-short);
            if (weight !== 0) value += weight * (slope[from]! + sum[from]! * short);
          }
          slope[at] = value;
        }
      }
      let loss = 0;
      for (let v = 0; v < n - 1; v++) {
        const at = full * width + v;
        const short = top - (best[at]! + home(v));
        const weight = Math.exp(-short);
        if (weight !== 0) loss += weight * (slope[at]! + sum[at]! * short);
      }
      return Math.max(Math.log(total / 2), 0) + loss / total;
    },

    sample(rng) {
      cycle[0] = 0;
      let set = full;
      let v = -1;
      for (let k = n - 1; k >= 1; k--) {
        const at = (set | (1 << v)) * width + v;
        let left = rng.uniform() * (v < 0 ? total : sum[at]!);
        let taken = -1;
        for (let more = set; more !== 0; more &= more - 1) {
          const u = 31 - Math.clz32(more & -more);
          const from = set * width + u;
          const share = v < 0 ? lastShare(u) : sum[from]! * Math.exp(best[from]! + edge(u, v) - best[at]!);
          if (!(share > 0)) continue;
          taken = u;
          left -= share;
          if (left < 0) break;
        }
        cycle[k] = taken + 1;
        set ^= 1 << taken;
        v = taken;
      }
    },
  };
}
