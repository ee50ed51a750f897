/**
 * What the relaxations on {0 ≤ x ≤ 1, Σx = k} share. For a separable f each solves x_i = ψ(u_i / t − ν) for a
 * threshold ν with Σx = k, so that ∂x/∂u = (diag(d) − d dᵀ / Σd) / t with the slopes d_i = ψ′(u_i / t − ν).
 */
import type { CappedSimplexKernel } from "../algorithms/convex/capped-simplex-kernel.ts";
import type { FloatArray, Relaxation, Structure } from "../contracts.ts";
import { targetOf } from "../core/overlap.ts";
import { checkNamedStructure } from "../core/structure-argument.ts";
import { checkRelaxation } from "./check-relaxation.ts";
import { separableObjective } from "./separable-objective.ts";

/** What may differ from row to row. */
export interface SubsetRows {
  readonly k?: ArrayLike<number>;
  readonly lengths?: ArrayLike<number>;
  readonly mask?: ArrayLike<number>;
}

export function cappedSimplex<C extends SubsetRows>(
  name: string,
  structure: Structure<C>,
  makeKernel: (size: number) => CappedSimplexKernel,
  regularizer: (x: number) => number,
): Relaxation<C> {
  checkNamedStructure(name, structure, ["kSubset", "categorical"]);
  const size = structure.shape[0]!;
  const kernel = makeKernel(size);
  const y = new Float64Array(size);
  const sorted = new Float64Array(size);
  const x = new Float64Array(size);
  const slope = new Float64Array(size);

  /** Number of ones of row `row`; gathers the elements that are there into y and counts them in `count`. */
  let count = 0;
  function gather(utilities: FloatArray, row: number, context: C | undefined): number {
    const start = row * size;
    const length = context?.lengths?.[row] ?? size;
    const mask = context?.mask;
    count = 0;
    for (let i = 0; i < size; i++) {
      const there = i < length && (mask === undefined || mask[start + i] !== 0);
      y[i] = there ? utilities[start + i]! : -Infinity;
      if (y[i]! > -Infinity) count++;
    }
    // A padded step of a categorical has no elements, and no ones.
    return count === 0 ? 0 : (context?.k?.[row] ?? structure.cardinality!);
  }

  function solve(utilities: FloatArray, row: number, t: number, context: C | undefined): void {
    const k = gather(utilities, row, context);
    if (k === 0 || k === count) {
      for (let i = 0; i < size; i++) x[i] = k > 0 && y[i]! > -Infinity ? 1 : 0;
      slope.fill(0);
      return;
    }
    sorted.set(y);
    sorted.sort();
    // Relative to the k-th largest, what decides the threshold keeps its precision at any scale of u and t.
    const pivot = sorted[size - k]!;
    for (let i = 0; i < size; i++) {
      y[i] = (y[i]! - pivot) / t;
      sorted[i] = (sorted[i]! - pivot) / t;
    }
    kernel(y, sorted, count, k, x, slope);
  }

  /** Throws what the structure throws for a context that is wrong and for a row with too few elements. */
  function check(utilities: FloatArray, context: C | undefined): void {
    if (context === undefined && !utilities.includes(-Infinity)) return;
    structure.map(utilities, utilities.slice(), context);
  }

  const relaxation: Relaxation<C> = {
    name,
    structure,
    relax(utilities, temperature, out, context): void {
      const rows = checkRelaxation(name, size, utilities, temperature, out);
      check(utilities, context);
      const target = targetOf(out, context, utilities);
      for (let row = 0; row < rows; row++) {
        solve(utilities, row, temperature, context);
        const start = row * size;
        for (let i = 0; i < size; i++) target[start + i] = x[i]!;
      }
      if (target !== out) out.set(target);
    },
    vjp(utilities, temperature, cotangent, out, context): void {
      const rows = checkRelaxation(name, size, utilities, temperature, out, cotangent);
      check(utilities, context);
      const target = targetOf(out, context, utilities, cotangent);
      for (let row = 0; row < rows; row++) {
        solve(utilities, row, temperature, context);
        const start = row * size;
        let total = 0;
        let weighted = 0;
        for (let i = 0; i < size; i++) {
          total += slope[i]!;
          weighted += slope[i]! * cotangent[start + i]!;
        }
        const mean = total > 0 ? weighted / total : 0;
        for (let i = 0; i < size; i++) {
          const d = slope[i]!;
          target[start + i] = d > 0 ? (d * (cotangent[start + i]! - mean)) / temperature : 0;
        }
      }
      if (target !== out) out.set(target);
    },
  };
  return { ...relaxation, ...separableObjective(name, size, regularizer, relaxation.relax) };
}
