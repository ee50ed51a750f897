/** The best projective dependency tree by Eisner's algorithm (1996): O(n³) time, O(n²) scratch. */
import { fillSpans, type Split, spanDerivation, spanTables } from "./spans.ts";

/** Writes the best tree on the first n ≥ 1 words; false where there is none. Of equal splits the first wins. */
export function eisner(
  words: number,
  single: boolean,
): (theta: Float64Array, n: number, result: Float64Array) => boolean {
  const stride = words + 1;
  const tables = spanTables(words);
  const best: Split = (row, at, column, from, count) => {
    const a = tables[row]!;
    const b = tables[column]!;
    let top = -Infinity;
    for (let j = 0, i = from; j < count; j++, i += stride) {
      const x = a[at + j]! + b[i]!;
      if (x > top) top = x;
    }
    return top;
  };
  const firstBest: Split = (row, at, column, from, count) => {
    const top = best(row, at, column, from, count);
    let j = 0;
    while (tables[row]![at + j]! + tables[column]![from + j * stride]! !== top) j++;
    return j;
  };
  const derive = spanDerivation(words, single, firstBest);
  return (theta, n, result) => {
    if (fillSpans(tables, stride, theta, n, single, best) === -Infinity) return false;
    derive(n, result);
    return true;
  };
}
