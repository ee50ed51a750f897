/**
 * What the relaxations on {0 ≤ x ≤ 1, Σx = k} share. For a separable f each solves x_i = ψ(u_i / t − ν) for a
 * threshold ν with Σx = k, so that ∂x/∂u = (diag(d) − d dᵀ / Σd) / t with the slopes d_i = ψ′(u_i / t − ν).
 */
import type { CappedSimplexKernel } from "../algorithms/convex/capped-simplex-kernel.ts";
import { type PROJECTIONS, projectRows } from "../algorithms/convex/project-rows.ts";
import { selector } from "../algorithms/subsets/select.ts";
import type { Relaxation, Structure } from "../contracts.ts";
import { separableObjective } from "./separable-objective.ts";
import { type SubsetRows, type SubsetSolver, subsetRelaxation } from "./subset-relaxation.ts";

export function cappedSimplex<C extends SubsetRows>(
  name: keyof typeof PROJECTIONS,
  structure: Structure<C>,
  makeKernel: (size: number) => CappedSimplexKernel,
  regularizer: (x: number) => number,
): Relaxation<C> {
  const relaxation = subsetRelaxation(name, structure, (size) => solverOf(name, makeKernel(size), size));
  const objective = separableObjective(name, structure.shape[0]!, regularizer, relaxation.relax);
  return { ...relaxation, ...objective };
}

function solverOf(name: keyof typeof PROJECTIONS, kernel: CappedSimplexKernel, size: number): SubsetSolver {
  const y = new Float64Array(size);
  const select = selector(size);
  const slope = new Float64Array(size);

  /** The k-th largest of n numbers. */
  function largest(values: Float64Array, n: number, k: number): number {
    const threshold = select.threshold(values, n, k);
    let least = Infinity;
    let above = 0;
    for (let i = 0; i < n; i++) {
      if (!(values[i]! > threshold)) continue;
      least = Math.min(least, values[i]!);
      above++;
    }
    return above === k ? least : threshold;
  }

  /** diag(d) − d dᵀ / Σd times v and `factor`. Even and odd elements are summed apart, as two lanes do. */
  function multiply(v: Float64Array, n: number, factor: number, to: Float64Array): void {
    const d = slope;
    let total = 0;
    let weighted = 0;
    let totalOdd = 0;
    let weightedOdd = 0;
    for (let i = 0; i < n; i++) {
      if (i & 1) {
        totalOdd += d[i]!;
        weightedOdd += d[i]! * v[i]!;
      } else {
        total += d[i]!;
        weighted += d[i]! * v[i]!;
      }
    }
    total += totalOdd;
    const mean = total > 0 ? (weighted + weightedOdd) / total : 0;
    for (let i = 0; i < n; i++) to[i] = d[i]! > 0 ? d[i]! * (v[i]! - mean) * factor : 0;
  }

  return {
    native: (u, cotangent, n, k, t, out) => projectRows(name, u, cotangent, n, k, t, out),
    written(u, cotangent, n, k, t, out): void {
      if (k === 0 || k === n) {
        out.fill(cotangent || k === 0 ? 0 : 1, 0, n);
        return;
      }
      // Relative to the k-th largest, what decides the threshold keeps its precision at any scale of u and t.
      const pivot = largest(u, n, k);
      const factor = 1 / t;
      for (let i = 0; i < n; i++) y[i] = (u[i]! - pivot) * factor;
      kernel(y, n, k, out, slope);
      if (cotangent) multiply(cotangent, n, factor, out);
    },
  };
}
