/**
 * What the relaxations on {0 ≤ x ≤ 1, Σx = k} share. For a separable f each solves x_i = ψ(u_i / t − ν) for a
 * threshold ν with Σx = k, so that ∂x/∂u = (diag(d) − d dᵀ / Σd) / t with the slopes d_i = ψ′(u_i / t − ν).
 */
import type { CappedSimplexKernel } from "../algorithms/convex/capped-simplex-kernel.ts";
import { type PROJECTIONS, projectRows } from "../algorithms/convex/project-rows.ts";
import { selector } from "../algorithms/subsets/select.ts";
import type { FloatArray, Relaxation, Structure } from "../contracts.ts";
import { allFinite } from "../core/check.ts";
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
  name: keyof typeof PROJECTIONS,
  structure: Structure<C>,
  makeKernel: (size: number) => CappedSimplexKernel,
  regularizer: (x: number) => number,
): Relaxation<C> {
  checkNamedStructure(name, structure, ["kSubset", "categorical"]);
  const size = structure.shape[0]!;
  const k = structure.cardinality!;
  const kernel = makeKernel(size);
  const y = new Float64Array(size);
  const select = selector(size);
  const x = new Float64Array(size);
  const slope = new Float64Array(size);
  const g = new Float64Array(size);
  const product = new Float64Array(size);

  /** Gathers the elements of row `row` that are there into y, counts them in `count`, and returns the number of ones. */
  let count = 0;
  function gather(utilities: FloatArray, row: number, context: C | undefined, whole: boolean): number {
    const start = row * size;
    y.set(utilities.subarray(start, start + size));
    count = size;
    if (whole) return structure.cardinality!;
    y.fill(-Infinity, context?.lengths?.[row] ?? size);
    const mask = context?.mask;
    if (mask) for (let i = 0; i < size; i++) if (mask[start + i] === 0) y[i] = -Infinity;
    count = y.reduce((there, value) => there + +(value > -Infinity), 0);
    // A padded step of a categorical has no elements, and no ones.
    return count === 0 ? 0 : (context?.k?.[row] ?? structure.cardinality!);
  }

  /** The k-th largest of y. */
  function largest(k: number): number {
    let values = y;
    if (count < size) values = y.filter((value) => value > -Infinity);
    const threshold = select.threshold(values, 0, count, k);
    let least = Infinity;
    let above = 0;
    for (let i = 0; i < values.length; i++) {
      if (!(values[i]! > threshold)) continue;
      least = Math.min(least, values[i]!);
      above++;
    }
    return above === k ? least : threshold;
  }

  function solve(
    utilities: FloatArray,
    row: number,
    t: number,
    context: C | undefined,
    whole: boolean,
  ): void {
    const k = gather(utilities, row, context, whole);
    if (k === 0 || k === count) {
      for (let i = 0; i < size; i++) x[i] = k > 0 && y[i]! > -Infinity ? 1 : 0;
      slope.fill(0);
      return;
    }
    // Relative to the k-th largest, what decides the threshold keeps its precision at any scale of u and t.
    const pivot = largest(k);
    const own = y;
    const factor = 1 / t;
    for (let i = 0; i < size; i++) own[i] = (own[i]! - pivot) * factor;
    kernel(y, count, k, x, slope);
  }

  /** diag(d) − d dᵀ / Σd times g and `factor`. Even and odd elements are summed apart, as two lanes do. */
  function multiply(factor: number): void {
    const [d, v, to] = [slope, g, product];
    let total = 0;
    let weighted = 0;
    let totalOdd = 0;
    let weightedOdd = 0;
    for (let i = 0; i < size; i++) {
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
    for (let i = 0; i < size; i++) to[i] = d[i]! > 0 ? d[i]! * (v[i]! - mean) * factor : 0;
  }

  /**
   * Throws what the structure throws for a context that is wrong and for a row with too few elements. Returns whether all
   * rows have all elements.
   */
  function check(utilities: FloatArray, context: C | undefined): boolean {
    if (context === undefined && allFinite(utilities)) return true;
    structure.map(utilities, utilities.slice(), context);
    return false;
  }

  const relaxation: Relaxation<C> = {
    name,
    structure,
    relax(utilities, temperature, out, context): void {
      const rows = checkRelaxation(name, size, utilities, temperature, out);
      const whole = check(utilities, context);
      const target = targetOf(out, context, utilities);
      const done = whole && projectRows(name, utilities, undefined, size, k, temperature, target);
      for (let row = 0; row < rows && !done; row++) {
        solve(utilities, row, temperature, context, whole);
        target.set(x, row * size);
      }
      if (target !== out) out.set(target);
    },
    vjp(utilities, temperature, cotangent, out, context): void {
      const rows = checkRelaxation(name, size, utilities, temperature, out, cotangent);
      const whole = check(utilities, context);
      const target = targetOf(out, context, utilities, cotangent);
      const done = whole && projectRows(name, utilities, cotangent, size, k, temperature, target);
      for (let row = 0; row < rows && !done; row++) {
        solve(utilities, row, temperature, context, whole);
        const start = row * size;
        g.set(cotangent.subarray(start, start + size));
        multiply(1 / temperature);
        target.set(product, start);
      }
      if (target !== out) out.set(target);
    },
  };
  return { ...relaxation, ...separableObjective(name, size, regularizer, relaxation.relax) };
}
