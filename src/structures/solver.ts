import type { Structure } from "../contracts.ts";
import { checkInteger, checkLength, checkOptions, checkTheta, describe } from "../core/check.ts";
import { checkRoom } from "../core/room.ts";
import { sizeOf } from "../core/shape.ts";

export interface SolverOptions<Context> {
  /** Shape of one θ and one z. */
  readonly shape: readonly number[];
  /**
   * Writes argmax_z ⟨z, θ⟩ of one row into `z`, which comes filled with 0, and returns nothing. Both arrays are the
   * layer's own and are used again for the next row.
   */
  readonly solve?: (theta: Float64Array, z: Float64Array, context: Context | undefined, row: number) => void;
  /**
   * The same for a whole batch of rows × m numbers at once; give this or `solve`. Here `z` comes filled with NaN, so that
   * a row that is left out is noticed: write every number.
   */
  readonly solveBatch?: (theta: Float64Array, z: Float64Array, context: Context | undefined) => void;
  /** "solver" by default; stands in messages. */
  readonly name?: string;
  /** Number of ones, where every state has the same; each state found is held to it. */
  readonly cardinality?: number;
  /** All states, where there are few. */
  readonly states?: (context?: Context) => Iterable<Float64Array>;
  /** How the context divides, where it does not as contexts do: see `Structure.contextRows`. */
  readonly contextRows?: (context: Context, rows: number, from: number, to: number) => Context;
}

/**
 * A structure from your own MAP solver, exact or approximate, for one row or for a batch.
 *
 * @param options see {@link SolverOptions}; the solver maximises ⟨z, θ⟩.
 * @throws TypeError unless exactly one of `solve` and `solveBatch` is a function, and where it returns a state or a
 *   promise instead of writing into `z`; RangeError, naming the row, where it writes anything but finite numbers or where
 *   its state contradicts `cardinality`. What `solve` throws comes with the row before it and as its `cause`. `out` stays
 *   as it was.
 * @example
 * import { solver } from "hardgrad";
 * const sign = solver({ shape: [2], solve: (theta, z) => { for (let i = 0; i < 2; i++) z[i] = theta[i] > 0 ? 1 : 0; } });
 * const z = new Float64Array(2);
 * sign.map(Float64Array.of(-3, 4), z);
 * z; // Float64Array [0, 1]
 */
export function solver<Context = unknown>(options: SolverOptions<Context>): Structure<Context> {
  checkOptions("solver", options, [
    "shape",
    "solve",
    "solveBatch",
    "name",
    "cardinality",
    "states",
    "contextRows",
  ]);
  if (options === undefined) throw new TypeError("solver: options expected { shape, solve }, got undefined");
  const { shape, solve, solveBatch, name = "solver", cardinality, states, contextRows } = options;
  if (typeof name !== "string") throw new TypeError(`solver: name expected a string, got ${describe(name)}`);
  const size = checkShape(name, shape);
  for (const [what, f] of Object.entries({ solve, solveBatch, states, contextRows })) {
    if (f === undefined || typeof f === "function") continue;
    throw new TypeError(`${name}: ${what} expected a function, got ${describe(f)}`);
  }
  if ((solve === undefined) === (solveBatch === undefined)) {
    throw new TypeError(`${name}: expected exactly one of solve and solveBatch`);
  }
  if (cardinality !== undefined) checkInteger(name, "cardinality", cardinality, 0, size);

  return {
    name,
    shape: [...shape],
    ...(cardinality === undefined ? {} : { cardinality }),
    ...(states ? { states } : {}),
    ...(contextRows ? { contextRows } : {}),

    map(theta, out, context) {
      const rows = checkTheta(name, theta, size);
      checkLength(name, "out", out, rows * size);
      // Written only when every row is solved: a solver may throw at any of them.
      const z = new Float64Array(rows * size);
      if (solveBatch) {
        z.fill(Number.NaN);
        checkWritten(name, solveBatch(Float64Array.from(theta), z, context), z);
      } else {
        // Anew in each call: the solver may call this structure itself.
        const theta1 = new Float64Array(size);
        const z1 = new Float64Array(size);
        for (let row = 0; row < rows; row++) {
          for (let i = 0; i < size; i++) theta1[i] = theta[row * size + i]!;
          z1.fill(0);
          let returned: unknown;
          try {
            returned = solve!(theta1, z1, context, row);
          } catch (error) {
            throw ofRow(name, row, error);
          }
          checkWritten(name, returned, z1);
          z.set(z1, row * size);
        }
      }
      const bad = z.findIndex((x) => !Number.isFinite(x));
      if (bad >= 0) {
        const left = solveBatch ? " (NaN is what z comes filled with)" : "";
        throw new RangeError(
          `${name}: the solver's state expected finite numbers, got ${z[bad]} in row ${Math.floor(bad / size)} at ${bad % size}${Number.isNaN(z[bad]) ? left : ""}`,
        );
      }
      if (cardinality !== undefined) checkCardinality(name, z, rows, size, cardinality);
      out.set(z);
    },
  };
}

function checkShape(who: string, shape: unknown): number {
  if (!Array.isArray(shape)) {
    throw new TypeError(
      `${who}: shape expected an array of integers ≥ 0, such as [20], got ${describe(shape)}`,
    );
  }
  for (const [axis, n] of shape.entries()) checkInteger(who, `shape at ${axis}`, n, 0);
  const size = sizeOf(shape as number[]);
  checkRoom(who, `shape [${shape.join(", ")}]`, 2 * size);
  return size;
}

/** A state that is returned, or promised, would leave `z` as it was, and that of zeros would be taken. */
function checkWritten(who: string, returned: unknown, z: Float64Array): void {
  // `z.fill(1)` as an arrow function's body returns z itself; a number or a boolean is some expression's value.
  if (typeof returned !== "object" || returned === null || returned === z) return;
  if (typeof (returned as Partial<PromiseLike<unknown>>).then === "function") {
    throw new TypeError(`${who}: the solver expected to write its state before it returns, got a promise`);
  }
  throw new TypeError(
    `${who}: the solver expected to write its state into its second argument and to return nothing, got ${describe(returned)}`,
  );
}

function checkCardinality(
  who: string,
  z: Float64Array,
  rows: number,
  size: number,
  cardinality: number,
): void {
  for (let row = 0; row < rows; row++) {
    let ones = 0;
    for (let i = row * size; i < (row + 1) * size; i++) ones += +(z[i] === 1);
    if (ones !== cardinality) {
      throw new RangeError(
        `${who}: the solver's state expected as many ones as its cardinality, ${cardinality}, got ${ones} in row ${row}`,
      );
    }
  }
}

/** An error of the kind thrown, so that callers can still tell infeasible rows, RangeErrors, from slips. */
function ofRow(who: string, row: number, cause: unknown): Error {
  const message = `${who}: row ${row}: ${cause instanceof Error ? cause.message : String(cause)}`;
  if (cause instanceof RangeError) return new RangeError(message, { cause });
  if (cause instanceof TypeError) return new TypeError(message, { cause });
  return new Error(message, { cause });
}
