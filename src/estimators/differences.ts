import type { FloatArray } from "../contracts.ts";

/** How far states are from each other: Σ |a − b| and the number of entries that differ. */
export interface Distance {
  total: number;
  changed: number;
}

/**
 * gradient += weight (other − to), with a weight a row, and the distance added up as it goes. `other` is read from `from` on.
 */
export function addDifferences(
  gradient: Float64Array,
  weights: Float64Array,
  other: FloatArray,
  from: number,
  to: Float64Array,
  size: number,
  distance: Distance,
): void {
  let total = 0;
  let changed = 0;
  for (let row = 0; row < weights.length; row++) {
    const weight = weights[row]!;
    for (let i = row * size; i < (row + 1) * size; i++) {
      const change = other[from + i]! - to[i]!;
      gradient[i] = gradient[i]! + weight * change;
      total += Math.abs(change);
      changed += +(change !== 0);
    }
  }
  distance.total += total;
  distance.changed += changed;
}
