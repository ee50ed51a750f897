import type { Target } from "../contracts.ts";
import { targetOf } from "../core/overlap.ts";

/**
 * The target that the loss itself names: θ′_i = θ_i where [∇_z L]_i = 0, else −[∇_z L]_i, whose MAP state minimises
 * the linearised loss.
 *
 * There is no step size: the difference z − z′ is the gradient whatever the scale (λ counts as 1). With the Hamming
 * loss and no noise that is the perceptron rule (Fact 1); with the regret of costs c it gives θ′ = −c (Fact 2).
 *
 * @example
 * import { lossOptimum } from "hardgrad";
 * const out = new Float64Array(3);
 * lossOptimum().parameters(Float64Array.of(3, 4, 5), Float64Array.of(1, 0, -2), out);
 * out; // Float64Array [-1, 4, 2]
 * @see Niepert, Minervini, Franceschi: Implicit MLE (2021), Eq. 12 of version 1, Eq. 14 of version 2.
 */
export function lossOptimum(): Target {
  return {
    name: "lossOptimum",
    parameters(theta, gradient, out, lambda, side = -1) {
      const moved = targetOf(out, undefined, theta, gradient);
      for (let i = 0; i < theta.length; i++) {
        // An excluded element stays excluded.
        moved[i] = gradient[i] === 0 || theta[i] === -Infinity ? theta[i]! : side * gradient[i]!;
      }
      if (moved !== out) out.set(moved);
      lambda?.fill(1);
    },
  };
}
