import type { FloatArray, Structure } from "../contracts.ts";
import { checkFinite, checkOptions, checkPositive, checkTheta } from "../core/check.ts";
import { structureSize } from "../core/structure-argument.ts";
import type { LossAndGradient } from "./loss-and-gradient.ts";

export interface SpoPlusOptions {
  /**
   * α > 0, the weight of predicted costs beside the true ones; 2 by default, as published. Larger: a tighter bound where
   * the decision is right, steeper where it is wrong.
   */
  readonly alpha?: number;
}

/**
 * SPO+: a convex upper bound on the regret of deciding by predicted costs ĉ = −θ when the true costs are c.
 *
 *     L = max_z ⟨z, αθ + c⟩ − ⟨y, αθ + c⟩,    ∇_θ L = α (MAP(αθ + c) − y),    y = argmin_z ⟨c, z⟩
 *
 * @param structure the states, shape m; its solver meets θ of either sign where c exceeds αĉ.
 * @param theta predicted parameters, minus the predicted costs, rows × m; finite, or −Infinity for excluded elements.
 * @param y best states under the true costs, rows × m.
 * @param cost true costs, rows × m.
 * @param context the structure's.
 * @param options see {@link SpoPlusOptions}.
 * @returns the loss of each row and a subgradient in θ; nothing is averaged. One solver call a row.
 * @throws TypeError or RangeError if an array is of the wrong kind or length or an option out of range, and what the
 *   structure throws.
 * @example
 * import { categorical, spoPlus } from "hardgrad";
 * const { value, gradient } = spoPlus(
 *   categorical(2),
 *   Float64Array.of(-2, -1), // predicts costs 2 and 1
 *   Float64Array.of(1, 0),
 *   Float64Array.of(1, 3), // where the first is the cheaper
 * );
 * value[0]; // 4
 * gradient; // Float64Array [-2, 2]
 * @see Elmachtoub and Grigas: Smart "predict, then optimize" (2022), Definition 3 and Proposition 3, for α = 2;
 *   their derivation begins with any α.
 */
export function spoPlus<Context = unknown>(
  structure: Structure<Context>,
  theta: FloatArray,
  y: FloatArray,
  cost: FloatArray,
  context?: Context,
  options: SpoPlusOptions = {},
): LossAndGradient {
  const who = "spoPlus";
  checkOptions(who, options, ["alpha"]);
  const { alpha = 2 } = options;
  checkPositive(who, "alpha", alpha);
  const size = structureSize(who, structure);
  const rows = checkTheta(who, theta, size);
  checkFinite(who, "y", y, theta.length);
  checkFinite(who, "cost", cost, theta.length);
  const moved = Float64Array.from(theta, (x, i) => alpha * x + cost[i]!);
  const z = new Float64Array(theta.length);
  structure.map(moved, z, context);
  const value = new Float64Array(rows);
  const gradient = theta.slice();
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let i = row * size; i < (row + 1) * size; i++) {
      const difference = z[i]! - y[i]!;
      if (difference !== 0) sum += difference * moved[i]!;
      gradient[i] = alpha * difference;
    }
    value[row] = sum;
  }
  return { value, gradient };
}
