/**
 * What relaxations of k-subsets share: of each row the elements that are in play, which neither −Infinity nor the context
 * excludes, are gathered, solved and put back; the others are 0.
 */
import type { FloatArray, Relaxation, Structure } from "../contracts.ts";
import { allFinite } from "../core/check.ts";
import { targetOf } from "../core/overlap.ts";
import { perturbedMapOf } from "../core/perturbed-map.ts";
import { checkNamedStructure } from "../core/structure-argument.ts";
import { checkRelaxation } from "./check-relaxation.ts";

/** What may differ from row to row. */
export interface SubsetRows {
  readonly k?: ArrayLike<number>;
  readonly lengths?: ArrayLike<number>;
  readonly mask?: ArrayLike<number>;
}

/** Relaxed subsets of k of n elements with finite utilities u, or products with their cotangents. */
export interface SubsetSolver {
  /** All rows of n that u has, by SIMD kernels; false where none can. `out` must not be read meanwhile. */
  native(
    u: FloatArray,
    cotangent: FloatArray | undefined,
    n: number,
    k: number,
    t: number,
    out: FloatArray,
  ): boolean;
  /** One row, in TypeScript. */
  written(
    u: Float64Array,
    cotangent: Float64Array | undefined,
    n: number,
    k: number,
    t: number,
    out: Float64Array,
  ): void;
}

export function subsetRelaxation<C extends SubsetRows>(
  name: string,
  structure: Structure<C>,
  makeSolver: (size: number) => SubsetSolver,
): Relaxation<C> {
  checkNamedStructure(name, structure, ["kSubset", "categorical"]);
  const size = structure.shape[0]!;
  const solver = makeSolver(size);
  const items = new Int32Array(size);
  const u = new Float64Array(size);
  const g = new Float64Array(size);
  const result = new Float64Array(size);

  /**
   * Throws what the structure throws for a context that is wrong and for a row with too few elements. Returns whether all
   * rows have all elements.
   */
  function check(utilities: FloatArray, context: C | undefined): boolean {
    if (context === undefined && allFinite(utilities)) return true;
    const rows = perturbedMapOf(structure);
    if (rows) rows.check(utilities, context);
    else structure.map(utilities, utilities.slice(), context);
    return false;
  }

  /** Finds the elements of a row that are in play; returns how many. */
  function collect(utilities: FloatArray, row: number, context: C | undefined): number {
    const start = row * size;
    const length = context?.lengths?.[row] ?? size;
    const mask = context?.mask;
    let count = 0;
    for (let i = 0; i < length; i++) {
      items[count] = i;
      count += +(utilities[start + i]! > -Infinity && (mask === undefined || mask[start + i] !== 0));
    }
    return count;
  }

  function gather(from: FloatArray, row: number, count: number, to: Float64Array): Float64Array {
    for (let i = 0; i < count; i++) to[i] = from[row * size + items[i]!]!;
    return to.subarray(0, count);
  }

  function run(
    utilities: FloatArray,
    cotangent: FloatArray | undefined,
    t: number,
    out: FloatArray,
    context: C | undefined,
  ): void {
    const rows = checkRelaxation(name, size, utilities, t, out, cotangent);
    const whole = check(utilities, context);
    const target = targetOf(out, context, utilities, cotangent);
    const k = structure.cardinality!;
    if (!whole || !solver.native(utilities, cotangent, size, k, t, target)) {
      for (let row = 0; row < rows; row++) {
        const count = collect(utilities, row, context);
        // A padded step of a categorical has no elements, and no ones.
        const ones = count === 0 ? 0 : (context?.k?.[row] ?? k);
        const own = gather(utilities, row, count, u);
        const along = cotangent && gather(cotangent, row, count, g);
        // What a whole row has left over, no kernel can.
        if (whole || !solver.native(own, along, count, ones, t, result)) {
          solver.written(own, along, count, ones, t, result);
        }
        if (count < size) target.fill(0, row * size, (row + 1) * size);
        for (let i = 0; i < count; i++) target[row * size + items[i]!] = result[i]!;
      }
    }
    if (target !== out) out.set(target);
  }

  return {
    name,
    structure,
    relax(utilities, temperature, out, context): void {
      run(utilities, undefined, temperature, out, context);
    },
    vjp(utilities, temperature, cotangent, out, context): void {
      run(utilities, cotangent, temperature, out, context);
    },
  };
}
