/**
 * The least cut of a weighted undirected graph (Stoer and Wagner 1997), in O(n³).
 *
 * Phase: vertices are taken in order of how much they are tied to those taken before. The last one alone is a least
 * cut between itself and the last but one, which are then merged.
 */
export interface MinCut {
  /** weight[u · n + v], symmetric, ≥ 0; changed by `solve`. */
  readonly weight: Float64Array;
  /** 1 for the vertices on one side of the cut found. */
  readonly side: Uint8Array;
  /** Returns the weight of the least cut. n ≥ 2. */
  solve(): number;
}

export function minCut(n: number): MinCut {
  const weight = new Float64Array(n * n);
  const side = new Uint8Array(n);
  const tied = new Float64Array(n);
  const taken = new Uint8Array(n);
  /** Vertices that have not been merged into another. */
  const alive = new Int32Array(n);
  /** Next vertex merged into the same one, in a circle. */
  const next = new Int32Array(n);

  return {
    weight,
    side,
    solve() {
      for (let v = 0; v < n; v++) {
        alive[v] = v;
        next[v] = v;
      }
      let best = Infinity;
      for (let count = n; count > 1; count--) {
        tied.fill(0);
        taken.fill(0);
        let last = -1;
        let before = -1;
        for (let step = 0; step < count; step++) {
          let v = -1;
          for (let k = 0; k < count; k++) {
            const u = alive[k]!;
            if (taken[u] === 0 && (v < 0 || tied[u]! > tied[v]!)) v = u;
          }
          taken[v] = 1;
          before = last;
          last = v;
          for (let k = 0; k < count; k++) tied[alive[k]!]! += weight[v * n + alive[k]!]!;
        }
        // What `last` itself added to its own tie is 0: the diagonal is kept at 0.
        if (tied[last]! < best) {
          best = tied[last]!;
          side.fill(0);
          let v = last;
          do {
            side[v] = 1;
            v = next[v]!;
          } while (v !== last);
        }
        for (let k = 0; k < count; k++) {
          const u = alive[k]!;
          weight[before * n + u]! += weight[last * n + u]!;
          weight[u * n + before] = weight[before * n + u]!;
        }
        weight[before * n + before] = 0;
        const link = next[before]!;
        next[before] = next[last]!;
        next[last] = link;
        for (let k = 0; k < count; k++) if (alive[k] === last) alive[k] = alive[count - 1]!;
      }
      return best;
    },
  };
}
