import type { FloatArray } from "../../contracts.ts";

/** −1 as kernels write it. */
const NONE = 2 ** 32 - 1;

/**
 * Writes `rows` rows from `first` on of trees that a kernel found, `chosen` elements each from byte `found` on. A row that begins
 * with −1 has none, as `undone` of them do, and is left to `alone`.
 */
export function markTrees(
  u32: Uint32Array,
  found: number,
  first: number,
  rows: number,
  chosen: number,
  undone: number,
  out: FloatArray,
  size: number,
  alone: (row: number) => void,
): void {
  if (undone === 0) out.fill(0, first * size, (first + rows) * size);
  for (let row = first, at = found / 4; row < first + rows; row++, at += chosen) {
    const own = row * size;
    if (undone > 0) {
      if (u32[at] === NONE) {
        alone(row);
        continue;
      }
      out.fill(0, own, own + size);
    }
    for (let k = 0; k < chosen; k++) out[own + u32[at + k]!] = 1;
  }
}
