import { exp } from "../../core/log-exp.ts";
import type { CappedSimplexKernel } from "./capped-simplex-kernel.ts";

/**
 * With m elements at 1, the others share k − m in proportion to exp y. Those that would get more than 1 are capped, which only
 * raises what the others get, until there are none; it begins with all above the k-th capped, from which the others get no
 * more than in the end. Even and odd elements are summed apart, as two lanes do.
 */
export function categoricalEntropyProjection(size: number): CappedSimplexKernel {
  const above = new Float64Array(size);

  return (y, n, k, x, slope) => {
    const candidates = above;
    let count = 0;
    let even = 0;
    let odd = 0;
    for (let i = 0; i < n; i++) {
      const value = y[i]!;
      const e = exp(-Math.abs(value));
      const positive = value > 0;
      const weight = positive ? 1 / e : e;
      const share = positive ? 0 : e;
      x[i] = weight;
      candidates[count] = weight;
      count += +positive;
      if (i & 1) odd += share;
      else even += share;
    }
    const mass = even + odd;
    let scale = (k - count) / mass;
    for (let capped = -1; ; ) {
      let most = 0;
      let sum = 0;
      for (let i = 0; i < count; i++) {
        const weight = candidates[i]!;
        if (weight * scale > 1) most++;
        else sum += weight;
      }
      if (most <= capped) break;
      capped = most;
      scale = (k - capped) / (mass + sum);
    }
    for (let i = 0; i < n; i++) {
      const share = x[i]! * scale;
      const isCapped = share > 1;
      x[i] = isCapped ? 1 : share;
      slope[i] = isCapped ? 0 : share;
    }
  };
}
