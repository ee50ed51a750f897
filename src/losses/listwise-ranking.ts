import type { FloatArray } from "../contracts.ts";
import { checkOptions, checkPositive } from "../core/check.ts";
import type { LossAndGradient } from "./loss-and-gradient.ts";
import { argmax, lossOfRanking } from "./over-solutions.ts";

export interface ListwiseRankingOptions {
  /** τ of both softmaxes, in the costs' unit; 1 by default. Smaller: the best states of the pool alone count. */
  readonly temperature?: number;
}

/**
 * Listwise ranking loss: over a pool, the law of the predicted costs should be that of the true ones.
 *
 *     L = −Σ_s p_s log q_s,    p = softmax(−⟨c, z⟩ / τ),    q = softmax(⟨θ, z⟩ / τ),    dL/dθ = Σ_s (q_s − p_s) z_s / τ
 *
 * The cross-entropy of the laws on the pool; convex, and at its least, the entropy of p, where both agree.
 *
 * @param theta predicted parameters, minus the predicted costs, rows × size; excluded entries, −Infinity, leave out the
 *   solutions that have them.
 * @param cost true costs, rows × size.
 * @param solutions known states, count × size, as `solutionPool(…).solutions()` gives.
 * @param size entries of one state.
 * @param options see {@link ListwiseRankingOptions}.
 * @returns the loss of each row in nats and dL/dθ; nothing is averaged over rows. O(rows · count · size).
 * @throws TypeError or RangeError if an array is of the wrong kind or length or not finite, and for a row none of whose
 *   solutions is free of excluded elements.
 * @example
 * import { listwiseRanking } from "hardgrad";
 * const solutions = Float64Array.of(1, 0, 0, 1);
 * const { value, gradient } = listwiseRanking(Float64Array.of(0, 0), Float64Array.of(0, 50), solutions, 2);
 * value[0].toFixed(6); // "0.693147"
 * gradient[0].toFixed(6); // "-0.500000"
 * @see Mandi, Bucarey, Mulamba, Guns: Decision-focused learning: through the lens of learning to rank (2022).
 */
export function listwiseRanking(
  theta: FloatArray,
  cost: FloatArray,
  solutions: FloatArray,
  size: number,
  options: ListwiseRankingOptions = {},
): LossAndGradient {
  const who = "listwiseRanking";
  checkOptions(who, options, ["temperature"]);
  const { temperature = 1 } = options;
  checkPositive(who, "temperature", temperature);
  return lossOfRanking(who, theta, cost, solutions, size, (scores, worth, slope) => {
    const logP = logSoftmax(worth, temperature);
    const logQ = logSoftmax(scores, temperature);
    let sum = 0;
    for (let s = 0; s < scores.length; s++) {
      const p = Math.exp(logP[s]!);
      if (p > 0) sum -= p * logQ[s]!;
      slope[s] = (Math.exp(logQ[s]!) - p) / temperature;
    }
    return sum;
  });
}

function logSoftmax(values: Float64Array, temperature: number): Float64Array {
  const top = values[argmax(values)]!;
  const scaled = values.map((x) => (x - top) / temperature);
  const log = Math.log(scaled.reduce((sum, x) => sum + Math.exp(x), 0));
  return scaled.map((x) => x - log);
}
