import type { Highs } from "highs";
import type { Structure, With } from "../../contracts.ts";
import { checkLength, checkNumbers, checkTheta } from "../../core/check.ts";
import { checkContextKeys } from "../../core/check-context.ts";
import { type Disposing, disposing } from "../../core/disposing.ts";
import { brokenConstraint } from "./broken-constraint.ts";
import { type IlpModel, ilpArrays } from "./ilp-model.ts";
import { checkHighs } from "./load-highs.ts";
import { checkSettings, type IlpSettings, type Outcome, preparedProgram } from "./prepared-program.ts";

/** What may differ from row to row of a batch. */
export interface IlpContext {
  /** rows × constraints: lower bounds of the constraints; −Infinity for none. */
  readonly atLeast?: ArrayLike<number>;
  /** rows × constraints: upper bounds of the constraints; Infinity for none. */
  readonly atMost?: ArrayLike<number>;
  /** rows × terms: coefficients of all terms, in the order in which the constraints list them. */
  readonly coefficients?: ArrayLike<number>;
  /** rows × variables; 0 fixes a variable at 0. */
  readonly mask?: ArrayLike<number>;
}

export type Ilp = With<Structure<IlpContext>, "states" | "report"> & Disposing;

/** Points beyond which `states` refuses to look for states among them. */
const STATES_LIMIT = 2 ** 20;

/**
 * The feasible points of an integer linear program.
 *
 * C = { z : z within the variables' bounds, integer where asked, and all constraints hold }; MAP maximises ⟨z, θ⟩. The
 * program is passed to HiGHS once and solved again for every θ from where the last one ended. An entry of −Infinity
 * fixes its variable at 0. Integer variables are whole numbers exactly; constraints hold up to 1e−7, plus 1e−12 of the
 * absolute values that they sum. An answer of HiGHS that does not is an error: it comes of sums that exceed a bound by
 * less than 1e−8 of a coefficient. Worst case exponential; rows whose linear relaxation has a whole solution, as for
 * paths, matchings and subsets, take one warm-started linear program.
 *
 * `report()` says how many rows were `solved`, how many of them the linear relaxation `relaxed` settled alone, how many
 * branch-and-bound `nodes` the others took, and the `largestGap` left, relative (0 unless settings allow one).
 *
 * The structure owns memory of HiGHS: `dispose()` gives it back.
 *
 * @param highs what `loadHighs()` returned.
 * @param model variables and constraints, see {@link IlpModel}.
 * @param settings time limit and gap, see {@link IlpSettings}.
 * @throws RangeError for a model that contradicts itself, and for a row that is infeasible or unbounded; Error for a
 *   row that runs out of time or is beyond HiGHS's precision. Each names the row.
 * @example
 * import { ilp, loadHighs } from "hardgrad/ilp";
 * const basket = ilp(await loadHighs(), {
 *   variables: [{ name: "tea" }, { name: "milk" }, { name: "cups", kind: "integer", atMost: 6 }],
 *   constraints: [
 *     { terms: { tea: 3, milk: 2, cups: 1 }, atMost: 7 },
 *     { terms: { milk: 1, tea: -1 }, atMost: 0 },
 *   ],
 * });
 * const z = new Float64Array(3);
 * basket.map(Float64Array.of(4, 3, 1), z);
 * z.join(); // "1,1,2"
 * basket.dispose();
 * @see Huangfu and Hall (2018), "Parallelizing the dual revised simplex method": HiGHS.
 */
export function ilp(highs: Highs, model: IlpModel, settings: IlpSettings = {}): Ilp {
  const name = "ilp";
  checkHighs(name, highs);
  const arrays = ilpArrays(name, model);
  const size = arrays.lower.length;
  const constraints = arrays.rowLower.length;
  const terms = arrays.variable.length;
  const program = preparedProgram(highs, arrays, checkSettings(name, settings));
  const objective = new Float64Array(size);
  const lower = arrays.lower.slice();
  const upper = arrays.upper.slice();
  const rowLower = arrays.rowLower.slice();
  const rowUpper = arrays.rowUpper.slice();
  let result = new Float64Array(0);
  let disposed = false;

  function checkContext(context: IlpContext | undefined, rows: number): void {
    if (context === undefined) return;
    checkContextKeys(name, context, ["atLeast", "atMost", "coefficients", "mask"]);
    for (const [what, count] of [
      ["atLeast", constraints],
      ["atMost", constraints],
      ["coefficients", terms],
      ["mask", size],
    ] as const) {
      const given = context[what];
      if (given === undefined) continue;
      checkNumbers(name, `context.${what}`, given, rows * count);
      for (let i = 0; i < given.length; i++) {
        if (Number.isNaN(given[i]) || (what === "coefficients" && !Number.isFinite(given[i]))) {
          throw new RangeError(`${name}: context.${what} expected numbers, got ${given[i]} at ${i}`);
        }
      }
    }
  }

  /** Bounds and coefficients of a row, 0 fixed where θ or the mask excludes; the model's own without a context. */
  function setRow(theta: ArrayLike<number>, row: number, context: IlpContext | undefined): boolean {
    lower.set(arrays.lower);
    upper.set(arrays.upper);
    for (let i = 0; i < size; i++) {
      const at = row * size + i;
      objective[i] = theta[at]!;
      if (theta[at] !== -Infinity && context?.mask?.[at] !== 0) continue;
      if (lower[i]! > 0 || upper[i]! < 0) return false;
      objective[i] = 0;
      lower[i] = 0;
      upper[i] = 0;
    }
    for (let c = 0; c < constraints; c++) {
      rowLower[c] = context?.atLeast ? context.atLeast[row * constraints + c]! : arrays.rowLower[c]!;
      rowUpper[c] = context?.atMost ? context.atMost[row * constraints + c]! : arrays.rowUpper[c]!;
      if (!(rowLower[c]! <= rowUpper[c]! && rowLower[c]! < Infinity && rowUpper[c]! > -Infinity))
        return false;
    }
    program.setBounds(lower, upper);
    if (context?.atLeast || context?.atMost) program.setConstraintBounds(rowLower, rowUpper);
    if (context?.coefficients) program.setCoefficients(context.coefficients, row * terms);
    return true;
  }

  /** Takes a context's data out of the program again. */
  function restore(context: IlpContext | undefined): void {
    program.setBounds(arrays.lower, arrays.upper);
    if (context?.atLeast || context?.atMost) program.setConstraintBounds(arrays.rowLower, arrays.rowUpper);
    if (context?.coefficients) program.setCoefficients(arrays.coefficient, 0);
  }

  function checkAlive(): void {
    if (disposed) throw new Error(`${name}: it has been disposed`);
  }

  return disposing(
    {
      name,
      shape: [size],

      map(theta, out, context) {
        checkAlive();
        const rows = checkTheta(name, theta, size);
        checkLength(name, "out", out, rows * size);
        checkContext(context, rows);
        if (result.length < rows * size) result = new Float64Array(rows * size);
        const changes = context !== undefined || theta.includes(-Infinity);
        try {
          for (let row = 0; row < rows; row++) {
            if (changes) {
              if (!setRow(theta, row, context)) throw problem(name, row, "infeasible");
            } else for (let i = 0; i < size; i++) objective[i] = theta[row * size + i]!;
            const outcome = program.solve(objective);
            if (outcome !== "solved") throw problem(name, row, outcome);
            result.set(program.x, row * size);
          }
        } finally {
          if (changes) restore(context);
        }
        out.set(result.subarray(0, rows * size));
      },

      *states(context) {
        checkAlive();
        checkContext(context, 1);
        if (arrays.integer.includes(0))
          throw new RangeError(`${name}: states expected integer variables alone`);
        const first = new Float64Array(size);
        if (!setRowOf(first, context)) return;
        const from = Array.from(lower);
        const to = Array.from(upper);
        const count = from.reduce((product, low, i) => product * Math.max(to[i]! - low + 1, 0), 1);
        if (!(count <= STATES_LIMIT)) {
          throw new RangeError(`${name}: states expected at most ${STATES_LIMIT} points, got ${count}`);
        }
        const rows = {
          start: arrays.start,
          variable: arrays.variable,
          coefficient: context?.coefficients ?? arrays.coefficient,
          rowLower: rowLower.slice(),
          rowUpper: rowUpper.slice(),
        };
        yield* points(from, to, (z) => brokenConstraint(rows, z) < 0);
      },

      report: () => ({ ...program.counts }),
    } satisfies Structure<IlpContext>,
    () => {
      disposed = true;
      program.dispose();
    },
  );

  function setRowOf(theta: Float64Array, context: IlpContext | undefined): boolean {
    const feasible = setRow(theta, 0, context);
    restore(context);
    return feasible;
  }
}

/** All integer points of a box that pass, in lexicographic order. */
function* points(
  from: readonly number[],
  to: readonly number[],
  pass: (z: Float64Array) => boolean,
): Generator<Float64Array> {
  if (from.some((low, i) => low > to[i]!)) return;
  const z = Float64Array.from(from);
  for (;;) {
    if (pass(z)) yield z.slice();
    let i = z.length - 1;
    while (i >= 0 && z[i]! >= to[i]!) {
      z[i] = from[i]!;
      i--;
    }
    if (i < 0) return;
    z[i]!++;
  }
}

/** The error for a row that has no answer. */
export function problem(name: string, row: number, outcome: Outcome): Error {
  if (outcome === "infeasible") return new RangeError(`${name}: row ${row} is infeasible`);
  if (outcome === "unbounded") return new RangeError(`${name}: row ${row} is unbounded`);
  if (outcome === "out of time") return new Error(`${name}: row ${row} ran out of time`);
  if (outcome === "failed") return new Error(`${name}: row ${row}: HiGHS gave up`);
  return new Error(`${name}: row ${row}: HiGHS ${outcome}: smaller coefficients help`);
}
