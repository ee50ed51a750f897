import { birkhoffPoint } from "../algorithms/assignments/birkhoff-point.ts";
import { sinkhornRounds } from "../algorithms/assignments/sinkhorn-rounds.ts";
import type { FloatArray, Relaxation, Structure } from "../contracts.ts";
import { checkInteger, checkNonNegative, checkOneOf, checkOptions } from "../core/check.ts";
import { checkRelaxation } from "../core/check-relaxation.ts";
import { targetOf } from "../core/overlap.ts";
import { negativeEntropy, separableObjective } from "../core/separable-objective.ts";
import { checkNamedStructure } from "../core/structure-argument.ts";
import type { MatchingContext } from "../structures/matching.ts";

export interface SinkhornOptions {
  /** Rounds stop when every row sum is this close to 1 (columns are exact). Default 1e-10. Larger: fewer rounds. */
  readonly tolerance?: number;
  /** The most rounds (rows, then columns). Default 1000. */
  readonly iterations?: number;
  /**
   * "implicit", the default: the fixed point, found by whatever is fastest, and its exact derivative. "unrolled": the
   * state after plain rounds from exp(u / t), and the derivative of these rounds; memory grows with their number.
   */
  readonly gradient?: "implicit" | "unrolled";
}

export interface Sinkhorn<Context> extends Relaxation<Context> {
  /**
   * What was reached since it was made: `rows` solved, `iterations` the most rounds of one, `residual` the largest
   * |row sum − 1| left, `unconverged` how many rows ended above the tolerance.
   */
  report(): Readonly<Record<"rows" | "iterations" | "residual" | "unconverged", number>>;
}

/**
 * Gumbel–Sinkhorn's relaxation of matchings: the doubly stochastic scaling of exp(u / t).
 *
 * X = argmax ⟨u, X⟩ − t Σ X log X over matrices with rows and columns of sum 1. A smaller temperature makes X harder,
 * and plain rounds slower: their number grows with 1 / t.
 *
 * @param structure `matching(n)`, square; θ and X have shape [n, n]. −Infinity forbids a pair.
 * @param options see {@link SinkhornOptions}.
 * @returns the relaxation; O(n²) a round and, for the implicit derivative, O(n³).
 * @throws TypeError for another structure or an unknown option, RangeError for options out of range; its methods throw
 *   RangeError for a row without a perfect matching.
 * @example
 * import { matching, sinkhorn } from "hardgrad";
 * const x = new Float64Array(4);
 * sinkhorn(matching(2)).relax(Float64Array.of(Math.log(9), 0, 0, 0), 1, x);
 * Array.from(x, (p) => p.toFixed(2)); // ["0.75", "0.25", "0.25", "0.75"]
 * @see Mena et al. 2018; Adams and Zemel 2011 (unrolled); Luise et al. 2018, Eisenberger et al. 2022 (implicit).
 */
export function sinkhorn(
  structure: Structure<MatchingContext>,
  options: SinkhornOptions = {},
): Sinkhorn<MatchingContext> {
  const who = "sinkhorn";
  checkOptions(who, options, ["tolerance", "iterations", "gradient"]);
  const { tolerance = 1e-10, iterations = 1000, gradient = "implicit" } = options;
  checkNonNegative(who, "tolerance", tolerance);
  checkInteger(who, "iterations", iterations, 1);
  checkOneOf(who, "gradient", gradient, ["implicit", "unrolled"]);
  checkNamedStructure(who, structure, ["matching"]);
  const n = structure.shape[0]!;
  if (structure.shape[1] !== n) {
    throw new RangeError(`${who}: structure expected a square matching, got ${structure.shape.join(" × ")}`);
  }
  const size = n * n;
  const implicit = gradient === "implicit" ? birkhoffPoint(n) : undefined;
  const unrolled = sinkhornRounds(implicit ? 0 : n);
  const solver = implicit ?? unrolled;
  const direction = new Float64Array(size);
  const product = new Float64Array(size);
  const done = { rows: 0, iterations: 0, residual: 0, unconverged: 0 };

  /** Sides of the instance in a row; rows and columns beyond them are 0. */
  function sideOf(row: number, context: MatchingContext | undefined): number {
    const rows = context?.rowCounts?.[row] ?? n;
    const columns = context?.colCounts?.[row] ?? n;
    if (rows !== columns) {
      throw new RangeError(`${who}: row ${row} expected as many rows as columns, got ${rows} × ${columns}`);
    }
    return rows;
  }

  /** Throws what the structure throws for a context that is wrong and for a row without a perfect matching. */
  function checkContext(utilities: FloatArray, rows: number, context: MatchingContext | undefined): void {
    if (context === undefined && !utilities.includes(-Infinity)) return;
    structure.map(utilities, utilities.slice(), context);
    for (let row = 0; row < rows; row++) sideOf(row, context);
  }

  /** Solves a row; returns its sides. */
  function solve(
    utilities: FloatArray,
    row: number,
    t: number,
    context: MatchingContext | undefined,
  ): number {
    const side = sideOf(row, context);
    const mask = context?.mask;
    for (let i = 0, to = 0; i < side; i++) {
      for (let j = 0, at = row * size + i * n; j < side; j++, at++) {
        solver.score[to++] = mask !== undefined && mask[at] === 0 ? -Infinity : utilities[at]! / t;
      }
    }
    const rounds = implicit
      ? implicit.solve(side, iterations, tolerance)
      : unrolled.run(side, iterations, tolerance);
    const residual = solver.residual(side);
    done.rows++;
    done.iterations = Math.max(done.iterations, rounds);
    done.residual = Math.max(done.residual, residual);
    if (residual > tolerance) done.unconverged++;
    return side;
  }

  /** Writes side × side numbers, times `factor`, to a row of `out`. */
  function store(values: Float64Array, side: number, row: number, factor: number, out: FloatArray): void {
    if (side < n) out.fill(0, row * size, (row + 1) * size);
    for (let i = 0, from = 0; i < side; i++) {
      for (let j = 0, at = row * size + i * n; j < side; j++) out[at++] = factor * values[from++]!;
    }
  }

  const relaxation: Sinkhorn<MatchingContext> = {
    name: who,
    structure,
    relax(utilities, temperature, out, context): void {
      const rows = checkRelaxation(who, size, utilities, temperature, out);
      checkContext(utilities, rows, context);
      const target = targetOf(out, context, utilities);
      for (let row = 0; row < rows; row++) {
        const side = solve(utilities, row, temperature, context);
        store(solver.plan, side, row, 1, target);
      }
      if (target !== out) out.set(target);
    },
    vjp(utilities, temperature, cotangent, out, context): void {
      const rows = checkRelaxation(who, size, utilities, temperature, out, cotangent);
      checkContext(utilities, rows, context);
      const target = targetOf(out, context, utilities, cotangent);
      for (let row = 0; row < rows; row++) {
        const side = solve(utilities, row, temperature, context);
        for (let i = 0, to = 0; i < side; i++) {
          for (let j = 0, at = row * size + i * n; j < side; j++) direction[to++] = cotangent[at++]!;
        }
        if (implicit) implicit.product(side, direction, product);
        else unrolled.reverse(side, direction, product);
        store(product, side, row, 1 / temperature, target);
      }
      if (target !== out) out.set(target);
    },
    report: () => ({ ...done }),
  };
  return { ...relaxation, ...separableObjective(who, size, negativeEntropy, relaxation.relax) };
}
