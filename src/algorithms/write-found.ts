import type { FloatArray } from "../contracts.ts";

/**
 * Writes rows of `width` numbers that a kernel found, from row `first` of `out` on. A row that begins with NaN, as `undone` of them do,
 * is left to `alone`: where θ is overwritten, its θ still stands there.
 */
export function writeFound(
  found: Float64Array,
  width: number,
  first: number,
  undone: number,
  out: FloatArray,
  alone: (row: number) => void,
): void {
  if (undone === 0) {
    out.set(found, first * width);
    return;
  }
  for (let at = 0, row = first; at < found.length; at += width, row++) {
    if (Number.isNaN(found[at])) alone(row);
    else out.set(found.subarray(at, at + width), row * width);
  }
}
