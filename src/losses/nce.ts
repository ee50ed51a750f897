import type { FloatArray } from "../contracts.ts";
import type { LossAndGradient } from "./loss-and-gradient.ts";
import { lossAgainstTarget } from "./over-solutions.ts";

/**
 * Noise-contrastive loss: the best state should score above the states of a pool, on average.
 *
 *     L = mean_s ⟨θ, z_s⟩ − ⟨θ, y⟩,    ∇L = mean_s z_s − y
 *
 * Linear in θ, and so without a bound below: bound θ, or stop early. No solver call at all.
 *
 * @param theta parameters, rows × size; excluded entries, −Infinity, leave out the solutions that have them.
 * @param y best states under the true parameters, rows × size.
 * @param solutions known states, count × size, as `solutionPool(…).solutions()` gives.
 * @param size entries of one state.
 * @returns the loss of each row and dL/dθ; nothing is averaged over rows. O(rows · count · size).
 * @throws TypeError or RangeError if an array is of the wrong kind or length or not finite, and for a row none of whose
 *   solutions is free of excluded elements.
 * @example
 * import { nce } from "hardgrad";
 * const solutions = Float64Array.of(1, 0, 0, 1); // two states
 * const { value, gradient } = nce(Float64Array.of(1, 3), Float64Array.of(1, 0), solutions, 2);
 * value[0]; // 1
 * gradient; // Float64Array [-0.5, 0.5]
 * @see Mulamba et al.: Contrastive losses and solution caching for predict-and-optimize (2021).
 */
export function nce(theta: FloatArray, y: FloatArray, solutions: FloatArray, size: number): LossAndGradient {
  return lossAgainstTarget("nce", theta, y, solutions, size, (scores, slope) => {
    slope.fill(1 / scores.length);
    return scores.reduce((a, b) => a + b, 0) / scores.length;
  });
}
