import type { FloatArray, Target } from "../contracts.ts";
import { checkOptions, checkPositive } from "../core/check.ts";
import { targetOf } from "../core/overlap.ts";

export interface PerturbationOptions {
  /** Step size λ > 0. Smaller: more faithful, but more often no state changes and the gradient is 0. */
  readonly lambda?: number;
}

/**
 * Perturbation-based target: θ′ = θ − λ ∇_z L, a step of size λ against the downstream gradient.
 *
 * λ acts on ∇_z L as it arrives, so it shrinks in effect when a loss is averaged over a batch or over samples.
 *
 * @param options `lambda`, 1 by default.
 * @throws RangeError unless λ > 0.
 * @example
 * import { perturbation } from "hardgrad";
 * const out = new Float64Array(2);
 * perturbation({ lambda: 10 }).parameters(Float64Array.of(1, 2), Float64Array.of(0.5, 0), out);
 * out; // Float64Array [-4, 2]
 * @see Niepert, Minervini, Franceschi: Implicit MLE (2021), Eq. 8.
 */
export function perturbation(options: PerturbationOptions = {}): Target {
  checkOptions("perturbation", options, ["lambda"]);
  const { lambda: step = 1 } = options;
  checkPositive("perturbation", "lambda", step);
  const target: Target = {
    name: "perturbation",
    parameters(theta, gradient, out, lambda, side = -1) {
      const moved = targetOf(out, undefined, theta, gradient);
      move(theta, gradient, side * step, moved);
      if (moved !== out) out.set(moved);
      lambda?.fill(step);
    },
  };
  steps.set(target, { step, of: target.parameters });
  return target;
}

/** By object: a user may spread one of ours, or give it other `parameters`. */
const steps = new WeakMap<Target, { readonly step: number; readonly of: Target["parameters"] }>();

/** λ of a target that `perturbation` made; undefined for any other. */
export function stepOf(target: Target): number | undefined {
  const made = steps.get(target);
  return made?.of === target.parameters ? made.step : undefined;
}

function move(theta: FloatArray, gradient: FloatArray, step: number, out: FloatArray): void {
  for (let i = 0; i < theta.length; i++) out[i] = theta[i]! + step * gradient[i]!;
}
