/**
 * Solves one row. `y` holds (u − k-th largest u) / t, −Infinity where an element is excluded; `count` elements are not, and
 * 1 ≤ k < count. Writes x and the slopes d.
 */
export type CappedSimplexKernel = (
  y: Float64Array,
  count: number,
  k: number,
  x: Float64Array,
  slope: Float64Array,
) => void;
