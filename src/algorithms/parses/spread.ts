import type { FloatArray } from "../../contracts.ts";

/** Writes two rows of x side by side: `size` pairs from `at` on. */
export function spread(
  x: FloatArray,
  first: number,
  second: number,
  size: number,
  out: Float64Array,
  at: number,
): void {
  for (let e = 0; e < size; e++) {
    out[at + 2 * e] = x[first + e]!;
    out[at + 2 * e + 1] = x[second + e]!;
  }
}
