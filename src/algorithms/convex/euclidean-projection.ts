import type { CappedSimplexKernel } from "./capped-simplex-kernel.ts";

/** Newton's steps before every second one bisects: so few steps nearly always do. */
const PATIENCE = 8;
/** Thresholds in [−1, 0] that are this close are equal but for rounding. */
const ROUNDING: number = 2 ** -52;

/**
 * Newton's method on Σ clip(y − ν, 0, 1) = k, piecewise linear and decreasing in ν: a step is exact as soon as the elements between
 * 0 and 1 are the right ones. ν lies in [−1, 0], where the k-th largest y reaches 1 and 0. So only elements in (−1, 1)
 * count: those below stay at 0, those above are 1 all the way. Even and odd ones are summed apart, as two lanes do.
 */
export function euclideanProjection(size: number): CappedSimplexKernel {
  const near = new Float64Array(size + 1);

  return (y, n, k, x, slope) => {
    const close = near;
    let count = 0;
    let left = k;
    for (let i = 0; i < n; i++) {
      const value = y[i]!;
      close[count] = value;
      count += +(value > -1) & +(value < 1);
      left -= +(value >= 1);
    }
    close[count] = -2;
    let low = -1;
    let high = 0;
    let threshold = -0.5;
    for (let step = 0; ; step++) {
      let even = 0;
      let odd = 0;
      let free = 0;
      for (let i = 0; i < count; i += 2) {
        const a = close[i]! - threshold;
        const b = close[i + 1]! - threshold;
        const freeA = +(a > 0) & +(a < 1);
        const freeB = +(b > 0) & +(b < 1);
        even += a * freeA + +(a >= 1);
        odd += b * freeB + +(b >= 1);
        free += freeA + freeB;
      }
      const excess = even + odd - left;
      if (excess === 0) break;
      if (excess > 0) low = threshold;
      else high = threshold;
      let next = threshold + excess / free;
      if (Math.abs(next - threshold) <= ROUNDING) {
        threshold = next;
        break;
      }
      // Without free elements the step is infinite.
      if (!(next >= low && next <= high) || (step >= PATIENCE && step & 1)) {
        next = (low + high) / 2;
        if (next === low || next === high) break;
      }
      threshold = next;
    }
    for (let i = 0; i < n; i++) {
      const value = y[i]! - threshold;
      const below = value < 1;
      x[i] = value > 0 ? (below ? value : 1) : 0;
      slope[i] = +(value > 0 && below);
    }
  };
}
