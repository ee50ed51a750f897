import type { FloatArray, Rng, Structure } from "../contracts.ts";
import {
  checkInteger,
  checkLength,
  checkOptions,
  checkReal,
  checkRng,
  checkTheta,
  isPlain,
} from "../core/check.ts";
import { contextRows, pickContextRows } from "../core/context-rows.ts";
import { structureSize } from "../core/structure-argument.ts";

export interface SolutionPoolOptions {
  /** Share of the rows that are solved, in [0, 1]; 0.05 by default. Larger: better answers, more solver calls. */
  readonly share?: number;
  /** The most states kept, 1,000 by default; then the one unused for longest gives way. More: better answers, O(m) each a row. */
  readonly capacity?: number;
  /** Decides which rows are solved. */
  readonly rng: Rng;
}

export interface SolutionPool<Context = unknown> extends Structure<Context> {
  /** Takes states in, as the solutions of a training set; rows × m numbers, each feasible under its row's context. */
  add(states: FloatArray, context?: Context): void;
  /** The states met under one row's context, count × m numbers, oldest use first: what contrastive and ranking losses take. */
  solutions(context?: Context): Float64Array;
  /** The structure's own, and `solvedRows`, `pooledRows` (answered from memory), `poolStates`. */
  report(): Readonly<Record<string, number>>;
}

interface Met {
  /** Of its context. */
  readonly under: string;
  readonly key: string;
  readonly state: Float64Array;
  /** Where it is not 0, and with what: of many entries few are. */
  readonly at: Int32Array;
  readonly of: Float64Array;
}

/**
 * A structure that remembers: it solves a share of the rows and answers the others with the best state met so far.
 *
 * For solvers that are slow beside the network. Where the states do not depend on θ, good ones come again and again, and
 * a few per cent of the calls train as well as all of them. A row is also solved where the pool has no state for it:
 * none under its context, or only states with an excluded element. Rows share the states of rows with an equal context.
 *
 * @param structure any structure with a solver.
 * @param options see {@link SolutionPoolOptions}.
 * @returns the structure, with the same shape; O(states · their non-zero entries) for a row from memory. Its answers depend on what it has
 *   met, and so on the order of calls; with the same order and key they are the same.
 * @throws TypeError for an unknown option or a missing `rng`, RangeError for values out of range; what the structure throws.
 * @example
 * import { kSubset, rng, solutionPool } from "hardgrad";
 * const pool = solutionPool(kSubset(3, 1), { share: 0, rng: rng(0) });
 * const z = new Float64Array(6);
 * pool.map(Float64Array.of(1, 0, 0, 0, 2, 0), z); // The first row fills the pool, the second is answered from it.
 * z.join(); // "1,0,0,1,0,0"
 * pool.report().solvedRows; // 1
 * @see Mulamba, Mandi, Diligenti, Lombardi, Bucarey, Guns: Contrastive losses and solution caching for
 *   predict-and-optimize (2021), Algorithm 1.
 */
export function solutionPool<Context = unknown>(
  structure: Structure<Context>,
  options: SolutionPoolOptions,
): SolutionPool<Context> {
  const who = "solutionPool";
  const size = structureSize(who, structure);
  checkOptions(who, options, ["share", "capacity", "rng"]);
  const { share = 0.05, capacity = 1000, rng } = options ?? {};
  checkReal(who, "share", share);
  if (!(share >= 0 && share <= 1)) {
    throw new RangeError(`${who}: share expected a number in [0, 1], got ${share}`);
  }
  checkInteger(who, "capacity", capacity, 1);
  checkRng(who, rng, "it decides which rows are solved");
  const draws = rng.split(0);
  /** Numbers of what is compared by identity alone. */
  const identities = new WeakMap<object, number>();
  let identified = 0;

  /** What JSON writes alike exactly where it is alike: numbers and arrays of them by value, what it cannot look into by identity. */
  function comparable(value: unknown): unknown {
    if (typeof value === "number" || typeof value === "bigint" || typeof value === "symbol")
      return String(value);
    if (typeof value !== "function" && (typeof value !== "object" || value === null)) return value;
    if (ArrayBuffer.isView(value) && "length" in value) return Array.from(value as Float64Array, String);
    if (Array.isArray(value) || isPlain(value)) return value;
    const known = identities.get(value);
    if (known !== undefined) return `#${known}`;
    identities.set(value, identified);
    return `#${identified++}`;
  }

  /** All states by context and entries, least recently used first: the order of a Map's insertions. */
  const entries = new Map<string, Met>();
  /** The same states by context, in the same order. */
  const met = new Map<string, Map<string, Met>>();
  const counts = { solvedRows: 0, pooledRows: 0 };

  function keyOf(context: Context | undefined, rows: number, row: number): string {
    if (context === undefined) return "";
    const own = contextRows(who, structure, context, rows, row, row + 1);
    try {
      return JSON.stringify(own, (_, value: unknown) => comparable(value));
    } catch (cause) {
      throw new TypeError(`${who}: context expected values that do not contain themselves`, { cause });
    }
  }

  function remember(under: string, state: Float64Array): void {
    const at = Int32Array.from(state.keys()).filter((i) => state[i] !== 0);
    const of = Float64Array.from(at, (i) => state[i]!);
    use({ under, key: `${under} ${state.join()}`, state, at, of });
  }

  /** Makes it the last one used. */
  function use(one: Met): void {
    const { under, key } = one;
    entries.delete(key);
    entries.set(key, one);
    const ofContext = met.get(under) ?? new Map<string, Met>();
    ofContext.delete(key);
    met.set(under, ofContext.set(key, one));
    if (entries.size <= capacity) return;
    const oldest = entries.values().next().value!;
    entries.delete(oldest.key);
    const left = met.get(oldest.under)!;
    left.delete(oldest.key);
    if (left.size === 0) met.delete(oldest.under);
  }

  /** Writes the best state met; false where there is none without an excluded element. */
  function recall(under: string, theta: FloatArray, row: number, out: Float64Array): boolean {
    let best: Met | undefined;
    let most = -Infinity;
    for (const one of met.get(under)?.values() ?? []) {
      const { at, of } = one;
      let value = 0;
      for (let k = 0; k < at.length; k++) value += of[k]! * theta[row * size + at[k]!]!;
      if (value > most) {
        most = value;
        best = one;
      }
    }
    if (best === undefined) return false;
    use(best);
    out.set(best.state, row * size);
    counts.pooledRows++;
    return true;
  }

  /** Solves these rows in one call. */
  function solve(
    chosen: readonly number[],
    keys: readonly string[],
    theta: FloatArray,
    out: Float64Array,
    context: Context | undefined,
  ): void {
    if (chosen.length === 0) return;
    if (chosen.length > 1 && structure.contextRows && context !== undefined) {
      // The structure's own rule cuts, and cannot pick.
      for (const row of chosen) solve([row], keys, theta, out, context);
      return;
    }
    const moved = new Float64Array(chosen.length * size);
    chosen.forEach((row, i) => {
      for (let j = 0; j < size; j++) moved[i * size + j] = theta[row * size + j]!;
    });
    const states = new Float64Array(moved.length);
    const [first] = chosen as [number];
    const own =
      chosen.length === 1
        ? contextRows(who, structure, context, keys.length, first, first + 1)
        : pickContextRows(who, context, keys.length, chosen);
    structure.map(moved, states, own);
    counts.solvedRows += chosen.length;
    chosen.forEach((row, i) => {
      const state = states.slice(i * size, (i + 1) * size);
      out.set(state, row * size);
      remember(keys[row]!, state);
    });
  }

  return {
    name: who,
    shape: structure.shape,
    ...(structure.cardinality !== undefined && { cardinality: structure.cardinality }),
    ...(structure.states && { states: (context?: Context) => structure.states!(context) }),
    ...(structure.contextRows && {
      contextRows: (context: Context | undefined, rows: number, from: number, to: number) =>
        structure.contextRows!(context, rows, from, to),
    }),

    map(theta, out, context) {
      const rows = checkTheta(who, theta, size);
      checkLength(who, "out", out, theta.length);
      const keys = Array.from({ length: rows }, (_, row) => keyOf(context, rows, row));
      const result = new Float64Array(theta.length);
      const chosen: number[] = [];
      const left: number[] = [];
      const awaited = new Set<string>();
      for (let row = 0; row < rows; row++) {
        // A context that nothing is known of is solved once; other rows wait for that.
        const known = met.has(keys[row]!) || awaited.has(keys[row]!);
        if (draws.uniform() < share || !known) {
          chosen.push(row);
          awaited.add(keys[row]!);
        } else left.push(row);
      }
      solve(chosen, keys, theta, result, context);
      solve(
        left.filter((row) => !recall(keys[row]!, theta, row, result)),
        keys,
        theta,
        result,
        context,
      );
      out.set(result);
    },

    add(states, context) {
      const rows = checkTheta(who, states, size, "states");
      for (let row = 0; row < rows; row++) {
        remember(keyOf(context, rows, row), Float64Array.from(states.subarray(row * size, (row + 1) * size)));
      }
    },

    solutions(context) {
      const states = Array.from(met.get(keyOf(context, 1, 0))?.values() ?? []);
      const out = new Float64Array(states.length * size);
      states.forEach(({ state }, s) => {
        out.set(state, s * size);
      });
      return out;
    },

    report: () => ({ ...structure.report?.(), ...counts, poolStates: entries.size }),
  };
}
