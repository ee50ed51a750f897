import type { FloatArray } from "../contracts.ts";
import { checkFinite, checkOptions } from "../core/check.ts";
import { rowsPerTarget } from "../losses/loss-and-gradient.ts";

export interface EdgeScores {
  /** Share of the predicted edges that are true, in [0, 1]; NaN where none is predicted. */
  readonly precision: number;
  /** Share of the true edges that are predicted, in [0, 1]; NaN where there are none. */
  readonly recall: number;
}

/**
 * How well predicted graphs, trees or parses agree with the true ones, edge by edge, counted over all rows together.
 *
 * @param z predicted edges in {0,1}, rows × size; with S samples a row, S times as many.
 * @param truth true edges in {0,1}, rows × size.
 * @param size possible edges of one row.
 * @param options.mask 0 for edges that do not count, rows × size; all count by default.
 * @throws TypeError or RangeError for bad arguments.
 * @example
 * import { edgeScores } from "hardgrad";
 * edgeScores(Float64Array.of(1, 1, 0, 0), Float64Array.of(1, 0, 1, 1), 4); // { precision: 0.5, recall: 0.333… }
 * @see Paulus et al. (2020), "Gradient estimation with stochastic softmax tricks", Section 8.
 */
export function edgeScores(
  z: FloatArray,
  truth: FloatArray,
  size: number,
  options: { readonly mask?: FloatArray } = {},
): EdgeScores {
  const who = "edgeScores";
  checkOptions(who, options, ["mask"]);
  const { mask } = options;
  const samples = rowsPerTarget(who, z, { truth }, size);
  if (mask) checkFinite(who, "mask", mask, truth.length);
  let hits = 0;
  let predicted = 0;
  let real = 0;
  for (let i = 0; i < z.length; i++) {
    const target = Math.floor(i / (samples * size)) * size + (i % size);
    if (mask && mask[target] === 0) continue;
    hits += z[i]! * truth[target]!;
    predicted += z[i]!;
    real += truth[target]!;
  }
  return { precision: hits / predicted, recall: hits / real };
}
