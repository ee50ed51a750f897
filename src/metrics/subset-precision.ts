import type { FloatArray } from "../contracts.ts";
import { checkFinite, checkInteger, checkOptions } from "../core/check.ts";
import { rowsPerTarget } from "../losses/loss-and-gradient.ts";

/**
 * Share of selected items that are relevant, averaged over rows: the precision of learning to explain.
 *
 * Per row Σ z r / max(Σ z, k), sums over the real (unmasked) items: who selects fewer than k, or spends them on
 * padding, gains nothing.
 *
 * @param z selections in {0,1}, rows × size.
 * @param relevant 1 for what an annotator marked, else 0, rows × size.
 * @param size items of one row.
 * @param options.k items that should have been selected (default 0: divide by what was).
 * @param options.mask 0 for padding, rows × size; everything counts by default.
 * @returns the mean over rows, in [0, 1]; a row without anything selected counts 0; NaN without rows.
 * @throws TypeError or RangeError for bad arguments.
 * @example
 * import { subsetPrecision } from "hardgrad";
 * subsetPrecision(Float64Array.of(1, 1, 0, 0), Float64Array.of(0, 1, 1, 0), 4, { k: 2 }); // 0.5
 * @see I-MLE, "Learning to explain"; McAuley et al. (2012) for the annotations.
 */
export function subsetPrecision(
  z: FloatArray,
  relevant: FloatArray,
  size: number,
  options: { readonly k?: number; readonly mask?: FloatArray } = {},
): number {
  const who = "subsetPrecision";
  checkOptions(who, options, ["k", "mask"]);
  const { k = 0, mask } = options;
  checkInteger(who, "k", k, 0);
  const samples = rowsPerTarget(who, z, { relevant }, size);
  if (mask) checkFinite(who, "mask", mask, relevant.length);
  const rows = size === 0 ? 0 : z.length / size;
  let total = 0;
  for (let row = 0; row < rows; row++) {
    const at = row * size;
    const target = Math.floor(row / samples) * size;
    let hits = 0;
    let selected = 0;
    for (let i = 0; i < size; i++) {
      if (mask && mask[target + i] === 0) continue;
      hits += z[at + i]! * relevant[target + i]!;
      selected += z[at + i]!;
    }
    total += hits / (Math.max(selected, k) || 1);
  }
  return total / rows;
}
