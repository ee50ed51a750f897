import type { Structure } from "../contracts.ts";
import { checkInteger, checkLength, checkOptions, checkTheta } from "../core/check.ts";
import { sizeOf } from "../core/shape.ts";

export interface SolverOptions<Context> {
  /** Shape of one θ and one z. */
  readonly shape: readonly number[];
  /**
   * Writes argmax_z ⟨z, θ⟩ of one row into `z`. Both arrays are the layer's own and are used again for the next row.
   */
  readonly solve?: (theta: Float64Array, z: Float64Array, context: Context | undefined, row: number) => void;
  /** The same for a whole batch of rows × m numbers at once; give this or `solve`. */
  readonly solveBatch?: (theta: Float64Array, z: Float64Array, context: Context | undefined) => void;
  /** "solver" by default; stands in messages. */
  readonly name?: string;
  /** Number of ones, where every state has the same. */
  readonly cardinality?: number;
  /** All states, where there are few. */
  readonly states?: (context?: Context) => Iterable<Float64Array>;
}

/**
 * A structure from your own MAP solver, exact or approximate, for one row or for a batch.
 *
 * @param options see {@link SolverOptions}; the solver maximises ⟨z, θ⟩.
 * @throws TypeError unless exactly one of `solve` and `solveBatch` is a function, and where it returns a promise;
 *   RangeError, naming the row, where it writes anything but finite numbers. What it throws passes through. `out` stays
 *   as it was.
 * @example
 * import { solver } from "hardgrad";
 * const sign = solver({ shape: [2], solve: (theta, z) => { for (let i = 0; i < 2; i++) z[i] = theta[i] > 0 ? 1 : 0; } });
 * const z = new Float64Array(2);
 * sign.map(Float64Array.of(-3, 4), z);
 * z; // Float64Array [0, 1]
 */
export function solver<Context = unknown>(options: SolverOptions<Context>): Structure<Context> {
  checkOptions("solver", options, ["shape", "solve", "solveBatch", "name", "cardinality", "states"]);
  const { shape, solve, solveBatch, name = "solver", cardinality, states } = options;
  if ((typeof solve === "function") === (typeof solveBatch === "function")) {
    throw new TypeError(`${name}: expected exactly one of solve and solveBatch`);
  }
  const size = sizeOf(shape);
  for (const n of shape) checkInteger(name, "shape", n, 0);
  /** An asynchronous solver would leave its state unwritten, and that of zeros would be taken. */
  const checkDone = (returned: unknown): void => {
    if (typeof (returned as Partial<PromiseLike<unknown>> | undefined)?.then === "function") {
      throw new TypeError(`${name}: the solver expected to write its state before it returns, got a promise`);
    }
  };

  return {
    name,
    shape,
    ...(cardinality === undefined ? {} : { cardinality }),
    ...(states ? { states } : {}),

    map(theta, out, context) {
      const rows = checkTheta(name, theta, size);
      checkLength(name, "out", out, rows * size);
      // Written only when every row is solved: a solver may throw at any of them.
      const z = new Float64Array(rows * size);
      if (solveBatch) checkDone(solveBatch(Float64Array.from(theta), z, context));
      else {
        // Anew in each call: the solver may call this structure itself.
        const theta1 = new Float64Array(size);
        const z1 = new Float64Array(size);
        for (let row = 0; row < rows; row++) {
          for (let i = 0; i < size; i++) theta1[i] = theta[row * size + i]!;
          z1.fill(0);
          checkDone(solve!(theta1, z1, context, row));
          z.set(z1, row * size);
        }
      }
      const bad = z.findIndex((x) => !Number.isFinite(x));
      if (bad >= 0) {
        throw new RangeError(
          `${name}: the solver's state expected finite numbers, got ${z[bad]} in row ${Math.floor(bad / size)} at ${bad % size}`,
        );
      }
      out.set(z);
    },
  };
}
