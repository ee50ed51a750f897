import type { FloatArray } from "../contracts.ts";
import type { LossAndGradient } from "./loss-and-gradient.ts";
import { lossOfRanking } from "./over-solutions.ts";

/**
 * Pointwise ranking loss: every state of a pool should cost what is predicted.
 *
 *     L = mean_s (⟨θ, z_s⟩ + ⟨c, z_s⟩)²
 *
 * @param theta predicted parameters, minus the predicted costs, rows × size; excluded entries, −Infinity, leave out the
 *   solutions that have them.
 * @param cost true costs, rows × size.
 * @param solutions known states, count × size, as `solutionPool(…).solutions()` gives.
 * @param size entries of one state.
 * @returns the loss of each row and dL/dθ; nothing is averaged over rows. O(rows · count · size).
 * @throws TypeError or RangeError if an array is of the wrong kind or length or not finite, and for a row none of whose
 *   solutions is free of excluded elements.
 * @example
 * import { pointwiseRanking } from "hardgrad";
 * const solutions = Float64Array.of(1, 0, 0, 1);
 * const { value, gradient } = pointwiseRanking(Float64Array.of(-2, -1), Float64Array.of(1, 1), solutions, 2);
 * value[0]; // 0.5: the first costs 1, not 2
 * gradient; // Float64Array [-1, 0]
 * @see Mandi, Bucarey, Mulamba, Guns: Decision-focused learning: through the lens of learning to rank (2022).
 */
export function pointwiseRanking(
  theta: FloatArray,
  cost: FloatArray,
  solutions: FloatArray,
  size: number,
): LossAndGradient {
  return lossOfRanking("pointwiseRanking", theta, cost, solutions, size, (scores, worth, slope) => {
    let sum = 0;
    for (let s = 0; s < scores.length; s++) {
      const off = scores[s]! - worth[s]!;
      sum += (off * off) / scores.length;
      slope[s] = (2 * off) / scores.length;
    }
    return sum;
  });
}
