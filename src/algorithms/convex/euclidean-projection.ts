import type { CappedSimplexKernel } from "./capped-simplex-kernel.ts";

/**
 * Moves ν down from the (k+1)-th largest y, where Σx ≤ k, over the points where an element becomes positive (y = ν)
 * or reaches 1 (y = ν + 1), until Σx = k; that happens by ν = −1, where the k largest are 1. So only elements in [−1, 1) are
 * sorted: those below stay at 0, those above are 1 all the way.
 */
export function euclideanProjection(size: number): CappedSimplexKernel {
  const near = new Float64Array(size);

  return (y, _count, k, x, slope) => {
    let count = 0;
    let ones = 0;
    for (let i = 0; i < size; i++) {
      const value = y[i]!;
      if (value < -1) continue;
      if (value < 1) near[count++] = value;
      else ones++;
    }
    const sorted = near.subarray(0, count).sort();
    /** Free elements are those of indices in (entering, saturating]. */
    let entering = count + ones - k - 1;
    let threshold = entering >= 0 ? sorted[entering]! : -1;
    while (sorted[entering + 1]! <= threshold) entering++;
    let saturating = count - 1;
    while (sorted[saturating]! - 1 >= threshold) saturating--;
    let sum = ones + count - 1 - saturating;
    for (let i = entering + 1; i <= saturating; i++) sum += sorted[i]! - threshold;
    while (sum < k && threshold > -1) {
      const next = Math.max(entering >= 0 ? sorted[entering]! : -1, sorted[saturating]! - 1, -1);
      const free = saturating - entering;
      const reached = sum + free * (threshold - next);
      if (reached >= k) break;
      sum = reached;
      threshold = next;
      while (entering >= 0 && sorted[entering]! >= threshold) entering--;
      while (saturating >= 0 && sorted[saturating]! - 1 >= threshold) saturating--;
    }
    const free = saturating - entering;
    if (free > 0) {
      // From scratch, so that nothing of the way here is left in the rounding.
      let total = ones + count - 1 - saturating - k;
      for (let i = entering + 1; i <= saturating; i++) total += sorted[i]!;
      threshold = total / free;
    }
    for (let i = 0; i < size; i++) {
      const value = y[i]! - threshold;
      x[i] = value < 1 ? Math.max(value, 0) : 1;
      slope[i] = +(value > 0 && value < 1);
    }
  };
}
