/** Least squares on a subset of the terms, from the normal equations alone. */
import type { NormalEquations } from "./library.ts";

export interface LeastSquares {
  /**
   * Fits y ≈ Σ_{i ∈ terms} c_i a_i and returns the mean squared residual as a share of the mean square of y, in [0, 1].
   * @param coefficients where given, c_i of each term goes to its place, 0 elsewhere.
   */
  fit(terms: readonly number[], coefficients?: Float64Array): number;
}

/**
 * Columns are scaled to mean square 1 and `ridge` is added to the diagonal in that scale. A term that the others
 * already span gets the coefficient 0.
 */
export function leastSquares(equations: NormalEquations, ridge = 0): LeastSquares {
  const { gram, moment, square } = equations;
  const m = moment.length;
  const scale = Float64Array.from({ length: m }, (_, i) => 1 / Math.sqrt(gram[i * m + i]! || 1));
  const a = new Float64Array(m * m);
  const solution = new Float64Array(m);

  /** Cholesky, row by row; a pivot that cancels is left out. */
  function factor(terms: readonly number[]): void {
    const n = terms.length;
    for (let i = 0; i < n; i++) {
      const p = terms[i]!;
      for (let j = 0; j <= i; j++) {
        const q = terms[j]!;
        let sum = gram[p * m + q]! * scale[p]! * scale[q]! + (i === j ? ridge : 0);
        for (let k = 0; k < j; k++) sum -= a[i * m + k]! * a[j * m + k]!;
        if (i === j) a[i * m + i] = sum > 1e-12 ? Math.sqrt(sum) : Infinity;
        else a[i * m + j] = sum / a[j * m + j]!;
      }
    }
  }

  return {
    fit(terms, coefficients) {
      const n = terms.length;
      factor(terms);
      for (let i = 0; i < n; i++) {
        let sum = moment[terms[i]!]! * scale[terms[i]!]!;
        for (let k = 0; k < i; k++) sum -= a[i * m + k]! * solution[k]!;
        solution[i] = sum / a[i * m + i]!;
      }
      for (let i = n - 1; i >= 0; i--) {
        let sum = solution[i]!;
        for (let k = i + 1; k < n; k++) sum -= a[k * m + i]! * solution[k]!;
        solution[i] = sum / a[i * m + i]!;
      }
      coefficients?.fill(0);
      let residual = square;
      for (let i = 0; i < n; i++) {
        const p = terms[i]!;
        const c = solution[i]! * scale[p]!;
        if (coefficients) coefficients[p] = c;
        residual -= 2 * c * moment[p]!;
        for (let j = 0; j < n; j++)
          residual += c * gram[p * m + terms[j]!]! * solution[j]! * scale[terms[j]!]!;
      }
      return Math.max(0, residual) / square;
    },
  };
}
