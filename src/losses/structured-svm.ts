import type { FloatArray, Structure } from "../contracts.ts";
import { checkFinite, checkNonNegative, checkOptions, checkTheta } from "../core/check.ts";
import { structureSize } from "../core/structure-argument.ts";
import type { LossAndGradient } from "./loss-and-gradient.ts";

export interface StructuredSvmOptions {
  /**
   * What each wrong entry asks of the margin, ≥ 0, in θ's unit; 1 by default. Larger: θ must tell states apart by more; 0:
   * the structured perceptron's loss.
   */
  readonly margin?: number;
}

/** L(θ; y) for rows of θ and of target states y in {0,1}; `gradient` is a subgradient in θ. */
export type StructuredSvm<Context> = (theta: FloatArray, y: FloatArray, context?: Context) => LossAndGradient;

/**
 * Structured support vector machine: the hinge loss with a margin that grows with the Hamming distance H from the target.
 *
 *     L = max_z [ ⟨z, θ⟩ + margin · H(z, y) ] − ⟨y, θ⟩,    ∇L = z* − y
 *
 * The distance is linear in z, so z* is the MAP state of θ + margin (1 − 2y). Convex in θ, an upper bound on
 * margin · H(MAP(θ), y), and 0 where y beats every other state by its distance.
 *
 * @param structure states in {0,1}^m with a solver that takes θ of either sign.
 * @param options see {@link StructuredSvmOptions}.
 * @returns the loss, one value a row, nothing averaged over rows. One solver call a row.
 * @throws TypeError for an unknown option, RangeError for a margin or a y out of range.
 * @example
 * import { kSubset, structuredSvm } from "hardgrad";
 * const loss = structuredSvm(kSubset(3, 1), { margin: 0.5 });
 * const { value, gradient } = loss(Float64Array.of(2, 1.5, 0), Float64Array.of(1, 0, 0));
 * value[0]; // 0.5: element 1 is two entries wrong, and only 0.5 behind
 * gradient; // Float64Array [-1, 1, 0]
 * @see Tsochantaridis, Joachims, Hofmann, Altun: Large margin methods for structured and interdependent output variables
 *   (2005), margin rescaling.
 */
export function structuredSvm<Context = unknown>(
  structure: Structure<Context>,
  options: StructuredSvmOptions = {},
): StructuredSvm<Context> {
  const who = "structuredSvm";
  const size = structureSize(who, structure);
  checkOptions(who, options, ["margin"]);
  const { margin = 1 } = options;
  checkNonNegative(who, "margin", margin);
  return (theta, y, context) => {
    const rows = checkTheta(who, theta, size);
    checkFinite(who, "y", y, theta.length);
    const odd = y.findIndex((bit) => bit !== 0 && bit !== 1);
    if (odd >= 0) throw new RangeError(`${who}: y expected zeros and ones, got ${y[odd]} at ${odd}`);
    const augmented = Float64Array.from(theta, (x, i) => x + margin * (1 - 2 * y[i]!));
    const z = new Float64Array(theta.length);
    structure.map(augmented, z, context);
    const value = new Float64Array(rows);
    const gradient = theta.slice();
    for (let row = 0; row < rows; row++) {
      for (let i = row * size; i < (row + 1) * size; i++) {
        const difference = z[i]! - y[i]!;
        gradient[i] = difference;
        // −∞ · 0 is NaN.
        if (difference !== 0) value[row] = value[row]! + difference * augmented[i]!;
      }
    }
    return { value, gradient };
  };
}
