import type { FloatArray } from "../contracts.ts";
import { checkNonNegative, checkOptions } from "../core/check.ts";
import type { LossAndGradient } from "./loss-and-gradient.ts";
import { argmax, lossOfRanking } from "./over-solutions.ts";

export interface PairwiseRankingOptions {
  /** By how much the best state should lead, ≥ 0, in θ's unit; 1 by default. Larger: predictions are spread further. */
  readonly margin?: number;
}

/**
 * Pairwise ranking loss: the truly best state of a pool should score above each other one by a margin.
 *
 *     L = mean_{s ≠ best} max(0, margin + ⟨θ, z_s⟩ − ⟨θ, z_best⟩),    z_best the cheapest under the true costs
 *
 * @param theta predicted parameters, minus the predicted costs, rows × size; excluded entries, −Infinity, leave out the
 *   solutions that have them.
 * @param cost true costs, rows × size.
 * @param solutions known states, count × size, as `solutionPool(…).solutions()` gives.
 * @param size entries of one state.
 * @param options see {@link PairwiseRankingOptions}.
 * @returns the loss of each row and a subgradient in θ, 0 at the hinge; nothing is averaged over rows, and a pool of one
 *   state has loss 0. O(rows · count · size).
 * @throws TypeError or RangeError if an array is of the wrong kind or length or not finite, and for a row none of whose
 *   solutions is free of excluded elements.
 * @example
 * import { pairwiseRanking } from "hardgrad";
 * const solutions = Float64Array.of(1, 0, 0, 1);
 * const { value, gradient } = pairwiseRanking(Float64Array.of(-2, -1), Float64Array.of(1, 3), solutions, 2);
 * value[0]; // 2: the first should lead by 1, and is 1 behind
 * gradient; // Float64Array [-1, 1]
 * @see Mandi, Bucarey, Mulamba, Guns: Decision-focused learning: through the lens of learning to rank (2022), with
 *   the pairs of the best state and another.
 */
export function pairwiseRanking(
  theta: FloatArray,
  cost: FloatArray,
  solutions: FloatArray,
  size: number,
  options: PairwiseRankingOptions = {},
): LossAndGradient {
  const who = "pairwiseRanking";
  checkOptions(who, options, ["margin"]);
  const { margin = 1 } = options;
  checkNonNegative(who, "margin", margin);
  return lossOfRanking(who, theta, cost, solutions, size, (scores, worth, slope) => {
    const best = argmax(worth);
    const pairs = scores.length - 1;
    let sum = 0;
    for (let s = 0; s < scores.length; s++) {
      const behind = margin + scores[s]! - scores[best]!;
      if (s === best || behind <= 0) continue;
      sum += behind / pairs;
      slope[s] = 1 / pairs;
      slope[best] = slope[best]! - 1 / pairs;
    }
    return sum;
  });
}
