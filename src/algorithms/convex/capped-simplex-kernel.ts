/**
 * Solves one row. The first `count` of `y` hold (u − k-th largest u) / t, and 1 ≤ k < count. Writes x and the slopes d.
 */
export type CappedSimplexKernel = (
  y: Float64Array,
  count: number,
  k: number,
  x: Float64Array,
  slope: Float64Array,
) => void;
