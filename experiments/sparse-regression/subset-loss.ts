/**
 * How badly the terms of a subset explain u_t, and its gradient in z ∈ {0,1}^m.
 *
 * The loss is L(z) = min_c mean (y − Σ z_i c_i a_i)² / mean y², the share that the best fit leaves unexplained.
 * With the best c its derivative in z is zero: the residual is orthogonal to chosen terms, and c is 0 for all others.
 * Something else must therefore tell the terms apart, and there are two ways:
 *
 * - "exchange": what the loss gains or loses by each term, ∂_i L = L(S ∪ {i}) − L(S ∖ {i}): the gradient of the loss's
 *   multilinear extension, whose expectation is exact for independent bits. Costs one small fit a term.
 * - "ridge": the paper's notebook fits with a ridge penalty α, whose solution leaves ∂L/∂z_i = −2 α c_i² mean a_i² (in
 *   columns of unit norm). The gradient rewards chosen terms for the size of their contribution, and knows nothing of
 *   the terms that were not chosen.
 */
import type { FloatArray } from "../../src/contracts.ts";
import type { LossAndGradient } from "../../src/losses/loss-and-gradient.ts";
import { leastSquares } from "./least-squares.ts";
import type { NormalEquations } from "./library.ts";

export type SubsetLoss = (z: FloatArray) => LossAndGradient;

export function exchangeLoss(equations: NormalEquations): SubsetLoss {
  const { fit } = leastSquares(equations);
  const m = equations.names.length;
  return perRow(m, (chosen, gradient, at) => {
    const value = fit(chosen);
    for (let i = 0; i < m; i++) {
      gradient[at + i] = chosen.includes(i)
        ? value - fit(chosen.filter((j) => j !== i))
        : fit([...chosen, i]) - value;
    }
    return value;
  });
}

/** @param ridge penalty for columns of one norm each, as in the notebook (0.05). */
export function ridgeLoss(equations: NormalEquations, ridge: number): SubsetLoss {
  const { names, gram } = equations;
  const m = names.length;
  const { fit } = leastSquares(equations, ridge);
  const coefficients = new Float64Array(m);
  return perRow(m, (chosen, gradient, at) => {
    const value = fit(chosen, coefficients);
    for (let i = 0; i < m; i++) {
      // The notebook's loss is the plain mean square: not divided by that of y.
      gradient[at + i] = -2 * ridge * coefficients[i]! ** 2 * gram[i * m + i]!;
    }
    return value;
  });
}

function perRow(
  m: number,
  evaluate: (chosen: readonly number[], gradient: FloatArray, at: number) => number,
): SubsetLoss {
  return (z) => {
    const gradient = z.slice();
    const value = Float64Array.from({ length: z.length / m }, (_, row) => {
      const chosen: number[] = [];
      for (let i = 0; i < m; i++) if (z[row * m + i] !== 0) chosen.push(i);
      return evaluate(chosen, gradient, row * m);
    });
    return { value, gradient };
  };
}
