import { birkhoffPoint } from "../algorithms/assignments/birkhoff-point.ts";
import { sinkhornRounds } from "../algorithms/assignments/sinkhorn-rounds.ts";
import { transportPoint } from "../algorithms/assignments/transport-point.ts";
import { checkRelaxation } from "../boundary/check-relaxation.ts";
import { negativeEntropy, separableObjective } from "../boundary/separable-objective.ts";
import type { FloatArray, Relaxation, Structure } from "../contracts.ts";
import { allFinite, checkInteger, checkNonNegative, checkOneOf, checkOptions } from "../core/check.ts";
import { targetOf } from "../core/overlap.ts";
import { checkNamedStructure } from "../core/structure-argument.ts";
import type { MatchingContext } from "../structures/matching.ts";
import type { Transport, TransportContext } from "../structures/transport.ts";
import { loadTransportSums } from "../structures/transport.ts";

export interface SinkhornOptions {
  /**
   * Rounds stop when every row sum is this close to what it should be, as a share of the largest (columns are exact).
   * Default 1e-10. Larger: fewer rounds.
   */
  readonly tolerance?: number;
  /** The most rounds (rows, then columns). Default 1000. */
  readonly iterations?: number;
  /**
   * "implicit", the default: the fixed point, found by whatever is fastest, and its exact derivative. "unrolled": the
   * state after plain rounds from exp(u / t), and the derivative of these rounds, of matchings alone; memory grows with
   * their number.
   */
  readonly gradient?: "implicit" | "unrolled";
}

export interface Sinkhorn<Context> extends Relaxation<Context> {
  /**
   * What was reached since it was made: `rows` solved, `iterations` the most rounds of one, `residual` the largest
   * error of a row sum left, `unconverged` how many rows ended above the tolerance.
   */
  report(): Readonly<Record<"rows" | "iterations" | "residual" | "unconverged", number>>;
}

/**
 * Entropic transport: of matchings Gumbel–Sinkhorn's doubly stochastic scaling of exp(u / t), and on rectangles the plan
 * with given row and column sums.
 *
 * X = argmax ⟨u, X⟩ − t Σ X log X over matrices ≥ 0 with rows and columns of sum 1, or of the structure's sums. A smaller
 * temperature makes X harder, and plain rounds slower: their number grows with 1 / t.
 *
 * @param structure `matching(n)`, square; or `transport(rowSums, columnSums)`. −Infinity forbids a pair.
 * @param options see {@link SinkhornOptions}.
 * @returns the relaxation; θ and X have the structure's shape [r, c]. O(r c) a round and, for the implicit derivative,
 *   O(r² (r + c)).
 * @throws TypeError for another structure or an unknown option, RangeError for options out of range; its methods throw
 *   RangeError for a row without a perfect matching or a plan.
 * @example
 * import { matching, sinkhorn, transport } from "hardgrad";
 * const x = new Float64Array(4);
 * sinkhorn(matching(2)).relax(Float64Array.of(Math.log(9), 0, 0, 0), 1, x);
 * Array.from(x, (p) => p.toFixed(2)); // ["0.75", "0.25", "0.25", "0.75"]
 * const plan = new Float64Array(6);
 * sinkhorn(transport([3, 1], [1, 1, 2])).relax(new Float64Array(6), 1, plan); // nothing to gain: independent
 * plan; // Float64Array [0.75, 0.75, 1.5, 0.25, 0.25, 0.5]
 * @see Mena et al. 2018; Adams and Zemel 2011 (unrolled); Luise et al. 2018, Eisenberger et al. 2022 (implicit); Cuturi
 *   2013 (transport).
 */
export function sinkhorn(structure: Transport, options?: SinkhornOptions): Sinkhorn<TransportContext>;
export function sinkhorn(
  structure: Structure<MatchingContext>,
  options?: SinkhornOptions,
): Sinkhorn<MatchingContext>;
export function sinkhorn(
  structure: Structure<MatchingContext> | Transport,
  options: SinkhornOptions = {},
): Sinkhorn<never> {
  const who = "sinkhorn";
  checkOptions(who, options, ["tolerance", "iterations", "gradient"]);
  const { tolerance = 1e-10, iterations = 1000, gradient = "implicit" } = options;
  checkNonNegative(who, "tolerance", tolerance);
  checkInteger(who, "iterations", iterations, 1);
  checkOneOf(who, "gradient", gradient, ["implicit", "unrolled"]);
  checkNamedStructure(who, structure, ["matching", "transport"]);
  const kernel =
    structure.name === "transport"
      ? ofTransport(who, structure as Transport, iterations, tolerance, gradient)
      : ofMatching(who, structure, iterations, tolerance, gradient);
  return entropic(who, structure as Structure<Context>, kernel, tolerance) as Sinkhorn<never>;
}

type Context = MatchingContext & TransportContext;

/** Solves rows of a batch. Arrays are row-major with the rows and columns that `begin` says. */
interface Kernel {
  readonly score: Float64Array;
  readonly plan: Float64Array;
  /** Sizes of the instance in a row; what lies beyond is 0. */
  begin(row: number, context: Context | undefined): readonly [rows: number, columns: number];
  /** Returns the rounds. */
  solve(): number;
  residual(): number;
  product(cotangent: Float64Array, out: Float64Array): void;
}

function ofTransport(
  who: string,
  structure: Transport,
  iterations: number,
  tolerance: number,
  gradient: string,
): Kernel {
  const [r, c] = structure.shape as [number, number];
  if (gradient === "unrolled") {
    throw new RangeError(`${who}: gradient expected implicit for transport, got unrolled`);
  }
  const point = transportPoint(r, c);
  return {
    ...point,
    begin(row, context) {
      const { rowSums = structure.rowSums, columnSums = structure.columnSums } = context ?? {};
      loadTransportSums(who, rowSums, columnSums, row, point.rowSums, point.columnSums);
      return [r, c];
    },
    solve: () => point.solve(iterations, tolerance),
  };
}

function ofMatching(
  who: string,
  structure: Structure<MatchingContext>,
  iterations: number,
  tolerance: number,
  gradient: string,
): Kernel {
  const n = structure.shape[0]!;
  if (structure.shape[1] !== n) {
    throw new RangeError(
      `${who}: structure expected a square matching, got ${structure.shape.join(" × ")}; rectangles are transport(rowSums, columnSums)`,
    );
  }
  const implicit = gradient === "implicit" ? birkhoffPoint(n) : undefined;
  const unrolled = sinkhornRounds(implicit ? 0 : n);
  const { score, plan, residual } = implicit ?? unrolled;
  let side = n;
  return {
    score,
    plan,
    begin(row, context) {
      side = context?.rowCounts?.[row] ?? n;
      const columns = context?.colCounts?.[row] ?? n;
      if (side !== columns) {
        throw new RangeError(`${who}: row ${row} expected as many rows as columns, got ${side} × ${columns}`);
      }
      return [side, side];
    },
    solve: () =>
      implicit ? implicit.solve(side, iterations, tolerance) : unrolled.run(side, iterations, tolerance),
    residual: () => residual(side),
    product(cotangent, out) {
      if (implicit) implicit.product(side, cotangent, out);
      else unrolled.reverse(side, cotangent, out);
    },
  };
}

function entropic(
  who: string,
  structure: Structure<Context>,
  kernel: Kernel,
  tolerance: number,
): Sinkhorn<Context> {
  const [height, width] = structure.shape as [number, number];
  const size = height * width;
  const direction = new Float64Array(size);
  const product = new Float64Array(size);
  const done = { rows: 0, iterations: 0, residual: 0, unconverged: 0 };

  /** Throws what the structure throws for a context that is wrong and for a row without a state. */
  function checkContext(utilities: FloatArray, rows: number, context: Context | undefined): void {
    if (context === undefined && allFinite(utilities)) return;
    structure.map(utilities, utilities.slice(), context);
    for (let row = 0; row < rows; row++) kernel.begin(row, context);
  }

  /** The numbers of an instance of these sizes in a row, one behind the other. */
  function gather(
    from: FloatArray,
    row: number,
    [rows, columns]: readonly [number, number],
    to: Float64Array,
  ): void {
    const start = row * size;
    if (columns === width) to.set(from.subarray(start, start + rows * columns));
    else {
      for (let i = 0, at = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) to[at++] = from[start + i * width + j]!;
      }
    }
  }

  /** Writes an instance's numbers to a row of `out`. */
  function scatter(
    values: Float64Array,
    [rows, columns]: readonly [number, number],
    row: number,
    out: FloatArray,
  ): void {
    const start = row * size;
    if (columns === width) out.set(values.subarray(0, rows * columns), start);
    else {
      out.fill(0, start, start + size);
      for (let i = 0, at = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) out[start + i * width + j] = values[at++]!;
      }
    }
  }

  /** Solves a row; returns its sizes. */
  function solve(
    utilities: FloatArray,
    row: number,
    t: number,
    context: Context | undefined,
  ): readonly [number, number] {
    const sizes = kernel.begin(row, context);
    const { score } = kernel;
    const mask = context?.mask;
    gather(utilities, row, sizes, score);
    const count = sizes[0] * sizes[1];
    for (let i = 0; i < count; i++) score[i] = score[i]! / t;
    if (mask) {
      for (let i = 0, to = 0; i < sizes[0]; i++) {
        for (let j = 0, at = row * size + i * width; j < sizes[1]; j++, at++, to++) {
          if (mask[at] === 0) score[to] = -Infinity;
        }
      }
    }
    const rounds = kernel.solve();
    const residual = kernel.residual();
    done.rows++;
    done.iterations = Math.max(done.iterations, rounds);
    done.residual = Math.max(done.residual, residual);
    if (residual > tolerance) done.unconverged++;
    return sizes;
  }

  const relaxation: Sinkhorn<Context> = {
    name: who,
    structure,
    relax(utilities, temperature, out, context): void {
      const rows = checkRelaxation(who, size, utilities, temperature, out);
      checkContext(utilities, rows, context);
      const target = targetOf(out, context, utilities);
      for (let row = 0; row < rows; row++) {
        scatter(kernel.plan, solve(utilities, row, temperature, context), row, target);
      }
      if (target !== out) out.set(target);
    },
    vjp(utilities, temperature, cotangent, out, context): void {
      const rows = checkRelaxation(who, size, utilities, temperature, out, cotangent);
      checkContext(utilities, rows, context);
      const target = targetOf(out, context, utilities, cotangent);
      for (let row = 0; row < rows; row++) {
        const sizes = solve(utilities, row, temperature, context);
        gather(cotangent, row, sizes, direction);
        kernel.product(direction, product);
        const count = sizes[0] * sizes[1];
        const factor = 1 / temperature;
        for (let i = 0; i < count; i++) product[i] = factor * product[i]!;
        scatter(product, sizes, row, target);
      }
      if (target !== out) out.set(target);
    },
    report: () => ({ ...done }),
  };
  return { ...relaxation, ...separableObjective(who, size, negativeEntropy, relaxation.relax) };
}
