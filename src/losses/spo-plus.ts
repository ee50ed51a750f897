import type { FloatArray, Structure } from "../contracts.ts";
import { checkFinite, checkMethod, checkTheta } from "../core/check.ts";
import { sizeOf } from "../core/shape.ts";
import type { LossAndGradient } from "./loss-and-gradient.ts";

/**
 * SPO+: a convex upper bound on the regret of deciding by predicted costs ĉ = −θ when the true costs are c.
 *
 *     L = max_z ⟨z, 2θ + c⟩ − ⟨y, 2θ + c⟩,    ∇_θ L = 2 (MAP(2θ + c) − y),    y = argmin_z ⟨c, z⟩
 *
 * @param structure the states, shape m; its solver meets θ of either sign where c exceeds 2ĉ.
 * @param theta predicted parameters, minus the predicted costs, rows × m; finite, or −Infinity for excluded elements.
 * @param y best states under the true costs, rows × m.
 * @param cost true costs, rows × m.
 * @param context the structure's.
 * @returns the loss of each row and a subgradient in θ; nothing is averaged. One solver call a row.
 * @throws TypeError or RangeError if an array is of the wrong kind or length, and what the structure throws.
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
 * @see Elmachtoub and Grigas: Smart "predict, then optimize" (2022), Definition 3 and Proposition 3.
 */
export function spoPlus<Context = unknown>(
  structure: Structure<Context>,
  theta: FloatArray,
  y: FloatArray,
  cost: FloatArray,
  context?: Context,
): LossAndGradient {
  const who = "spoPlus";
  checkMethod(who, "structure", structure, "map", "a structure with a MAP solver");
  const size = sizeOf(structure.shape);
  const rows = checkTheta(who, theta, size);
  checkFinite(who, "y", y, theta.length);
  checkFinite(who, "cost", cost, theta.length);
  const moved = Float64Array.from(theta, (x, i) => 2 * x + cost[i]!);
  const z = new Float64Array(theta.length);
  structure.map(moved, z, context);
  const value = new Float64Array(rows);
  const gradient = theta.slice();
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let i = row * size; i < (row + 1) * size; i++) {
      const difference = z[i]! - y[i]!;
      if (difference !== 0) sum += difference * moved[i]!;
      gradient[i] = 2 * difference;
    }
    value[row] = sum;
  }
  return { value, gradient };
}
