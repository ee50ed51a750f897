import type { Layer, Structure } from "../contracts.ts";
import { checkOptions, checkPositive } from "../core/check.ts";
import { noNoise } from "../noise/no-noise.ts";
import { perturbation } from "../targets/perturbation.ts";
import { targetLayer } from "./imle.ts";

export interface BlackBoxOptions {
  /** Step size λ > 0, 1 by default. Smaller: closer to the true, zero, gradient; larger: smoother, less faithful. */
  readonly lambda?: number;
}

/**
 * Differentiation of black-box solvers: z = MAP(θ), and the slope of a piecewise linear interpolation of the loss,
 *
 *     (1/λ) [ MAP(θ) − MAP(θ − λ ∇_z L) ].
 *
 * That is I-MLE with no noise and the perturbation-based target.
 *
 * @param structure the states, shape m.
 * @param options `lambda`.
 * @returns a layer; two solver calls a row.
 * @throws RangeError unless λ > 0, TypeError for an unknown option.
 * @example
 * import { blackBox, kSubset } from "hardgrad";
 * const z = blackBox(kSubset(3, 1), { lambda: 2 }).forward(Float64Array.of(0, 1, 2));
 * z.backward(Float64Array.of(0, 0, 1)); // Float64Array [0, -0.5, 0.5]
 * @see Pogančić et al.: Differentiation of blackbox combinatorial solvers (2020), Algorithm 1, there for minimisation.
 */
export function blackBox<Context = unknown>(
  structure: Structure<Context>,
  options: BlackBoxOptions = {},
): Layer<Context> {
  checkOptions("blackBox", options, ["lambda"]);
  const { lambda = 1 } = options;
  checkPositive("blackBox", "lambda", lambda);
  return targetLayer("blackBox", structure, { noise: noNoise(), target: perturbation({ lambda }) });
}
