import type { FloatArray } from "../contracts.ts";
import { checkLength } from "../core/check.ts";
import { type LossAndGradient, rowsPerTarget } from "./loss-and-gradient.ts";

/**
 * Regret: how much more a state costs than the best one.
 *
 * L(z) = ⟨c, z⟩ − ⟨c, y⟩ with y = argmin ⟨c, y⟩ over the states, ∇L = c. Non-negative for every state.
 *
 * A cost of +Infinity excludes an element: the regret of a state with it is Infinity, and its gradient is 0.
 *
 * @param z states, rows × size.
 * @param y best states under the true costs, rows × size; with S samples a row serves S consecutive rows of z.
 * @param cost true costs, rows × size as y; finite or +Infinity.
 * @param size entries of one state.
 * @returns the regret of each row in the costs' unit, and dL/dz. O(rows · size).
 * @throws TypeError or RangeError if an array is of the wrong kind or length or not finite, or y has an excluded element.
 * @example
 * import { regret } from "hardgrad";
 * const cost = Float64Array.of(3, 1, 2);
 * const { value } = regret(Float64Array.of(1, 0, 0), Float64Array.of(0, 1, 0), cost, 3);
 * value[0]; // 2
 * @see Niepert, Minervini and Franceschi (2021), Fact 2; Elmachtoub and Grigas (2022), "SPO loss".
 */
export function regret(z: FloatArray, y: FloatArray, cost: FloatArray, size: number): LossAndGradient {
  return regretFor("regret", z, y, cost, size);
}

/** The regret, under the name of the function that asks for it. */
export function regretFor(
  who: string,
  z: FloatArray,
  y: FloatArray,
  cost: FloatArray,
  size: number,
): LossAndGradient {
  const samples = rowsPerTarget(who, z, { y }, size);
  checkCost(who, cost, y, size);
  const rows = size === 0 ? 0 : z.length / size;
  const value = new Float64Array(rows);
  const gradient = z.slice();
  for (let row = 0; row < rows; row++) {
    const at = row * size;
    const target = Math.floor(row / samples) * size;
    let sum = 0;
    for (let i = 0; i < size; i++) {
      const c = cost[target + i]!;
      const difference = z[at + i]! - y[target + i]!;
      // ∞ · 0 is NaN.
      if (difference !== 0) sum += c * difference;
      gradient[at + i] = c === Infinity ? 0 : c;
    }
    value[row] = sum;
  }
  return { value, gradient };
}

function checkCost(who: string, cost: FloatArray, y: FloatArray, size: number): void {
  checkLength(who, "cost", cost, y.length);
  for (let i = 0; i < cost.length; i++) {
    if (!(cost[i]! > -Infinity)) {
      throw new RangeError(`${who}: cost expected finite numbers or Infinity, got ${cost[i]} at ${i}`);
    }
    if (cost[i] === Infinity && y[i] !== 0) {
      const where = `the excluded element ${i % size} in row ${Math.floor(i / size)}`;
      throw new RangeError(`${who}: y expected a state of finite cost, got one with ${where}`);
    }
  }
}
