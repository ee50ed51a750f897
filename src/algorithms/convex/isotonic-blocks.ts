/**
 * Isotonic regression by pooling adjacent violators: the blocks on which the solution of
 *
 *     quadratic   min Σ (v_i − (s_i − w_i))² / 2        v = mean(s_B) − mean(w_B)
 *     entropic    min Σ exp(s_i − v_i) + exp(w_i) v_i   v = log Σ exp(s_B) − log Σ exp(w_B)
 *
 * over v_1 ≥ v_2 ≥ … is constant. s and w descend. Each element is merged at most once: O(n).
 */
export interface IsotonicBlocks {
  /** Finds the blocks of the first n entries of s and w; returns how many. */
  solve(s: Float64Array, w: Float64Array, n: number): number;
  /** Block b holds entries start[b] … start[b + 1] − 1. */
  readonly start: Int32Array;
  /** mean(s_B) or log Σ exp(s_B) of each block, and the same of w. */
  readonly ofS: Float64Array;
  readonly ofW: Float64Array;
}

export function isotonicBlocks(capacity: number, entropic: boolean): IsotonicBlocks {
  const start = new Int32Array(capacity + 1);
  const ofS = new Float64Array(capacity);
  const ofW = new Float64Array(capacity);
  const merge = entropic
    ? logAddExp
    : (a: number, b: number, sizeOfA: number, sizeOfB: number): number =>
        a + (b - a) * (sizeOfB / (sizeOfA + sizeOfB));
  return {
    start,
    ofS,
    ofW,
    solve(s, w, n) {
      let blocks = 0;
      for (let i = 0; i < n; i++) {
        start[blocks] = i;
        ofS[blocks] = s[i]!;
        ofW[blocks] = w[i]!;
        blocks++;
        start[blocks] = i + 1;
        for (; blocks > 1; blocks--) {
          const last = blocks - 1;
          // A block joins the one before while their values ascend; s may be so large that s − w would forget w.
          if (ofS[last]! - ofS[last - 1]! < ofW[last]! - ofW[last - 1]!) break;
          const sizeOfA = start[last]! - start[last - 1]!;
          const sizeOfB = start[blocks]! - start[last]!;
          ofS[last - 1] = merge(ofS[last - 1]!, ofS[last]!, sizeOfA, sizeOfB);
          ofW[last - 1] = merge(ofW[last - 1]!, ofW[last]!, sizeOfA, sizeOfB);
          start[last] = start[blocks]!;
        }
      }
      return blocks;
    },
  };
}

function logAddExp(a: number, b: number): number {
  const largest = Math.max(a, b);
  return largest === -Infinity ? -Infinity : largest + Math.log1p(Math.exp(Math.min(a, b) - largest));
}
