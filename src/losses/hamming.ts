import type { FloatArray } from "../contracts.ts";
import { type LossAndGradient, rowsPerTarget } from "./loss-and-gradient.ts";

/**
 * Hamming distance between states, summed over entries.
 *
 * L(z) = Σ_i z_i (1 − y_i) + (1 − z_i) y_i, ∇L = 1 − 2y: linear in z, so that it is also defined for marginals and
 * relaxed states.
 *
 * @param z states, rows × size.
 * @param y target states in {0,1}, rows × size; with S samples a row of y serves S consecutive rows of z.
 * @param size entries of one state.
 * @returns the distance of each row, an integer for states, and dL/dz. O(rows · size).
 * @throws TypeError or RangeError if an array is of the wrong kind or length or not finite.
 * @example
 * import { hamming } from "hardgrad";
 * const { value, gradient } = hamming(Float64Array.of(1, 0, 1), Float64Array.of(1, 1, 0), 3);
 * value[0]; // 2
 * gradient.join(" "); // "-1 -1 1"
 * @see Niepert, Minervini and Franceschi (2021), Fact 1.
 */
export function hamming(z: FloatArray, y: FloatArray, size: number): LossAndGradient {
  const samples = rowsPerTarget("hamming", z, { y }, size);
  const rows = size === 0 ? 0 : z.length / size;
  const value = new Float64Array(rows);
  const gradient = z.slice();
  for (let row = 0; row < rows; row++) {
    const at = row * size;
    const target = Math.floor(row / samples) * size;
    let sum = 0;
    for (let i = 0; i < size; i++) {
      const wanted = y[target + i]!;
      sum += z[at + i]! * (1 - 2 * wanted) + wanted;
      gradient[at + i] = 1 - 2 * wanted;
    }
    value[row] = sum;
  }
  return { value, gradient };
}
