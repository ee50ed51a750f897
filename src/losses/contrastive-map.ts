import type { FloatArray } from "../contracts.ts";
import type { LossAndGradient } from "./loss-and-gradient.ts";
import { argmax, lossAgainstTarget } from "./over-solutions.ts";

/**
 * Contrastive MAP loss: the best state should score above the pool's best one.
 *
 *     L = max_s ⟨θ, z_s⟩ − ⟨θ, y⟩,    ∇L = z* − y
 *
 * The structured perceptron's loss with a pool in place of the solver. Convex; 0 where y scores as high as the pool's
 * best, and never negative where the pool holds y.
 *
 * @param theta parameters, rows × size; excluded entries, −Infinity, leave out the solutions that have them.
 * @param y best states under the true parameters, rows × size.
 * @param solutions known states, count × size, as `solutionPool(…).solutions()` gives.
 * @param size entries of one state.
 * @returns the loss of each row and a subgradient in θ, of the first best state on ties; nothing is averaged over rows.
 *   O(rows · count · size).
 * @throws TypeError or RangeError if an array is of the wrong kind or length or not finite, and for a row none of whose
 *   solutions is free of excluded elements.
 * @example
 * import { contrastiveMap } from "hardgrad";
 * const solutions = Float64Array.of(1, 0, 0, 1);
 * const { value, gradient } = contrastiveMap(Float64Array.of(1, 3), Float64Array.of(1, 0), solutions, 2);
 * value[0]; // 2
 * gradient; // Float64Array [-1, 1]
 * @see Mulamba et al.: Contrastive losses and solution caching for predict-and-optimize (2021).
 */
export function contrastiveMap(
  theta: FloatArray,
  y: FloatArray,
  solutions: FloatArray,
  size: number,
): LossAndGradient {
  return lossAgainstTarget("contrastiveMap", theta, y, solutions, size, (scores, slope) => {
    const best = argmax(scores);
    slope[best] = 1;
    return scores[best]!;
  });
}
