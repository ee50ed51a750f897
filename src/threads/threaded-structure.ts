/** A structure whose calls are shared by a team: rows are cut, everything else is the structure's own. */
import type { FloatArray, Rng, Structure } from "../contracts.ts";
import { isPlain } from "../core/check.ts";
import { isFamily } from "../core/composed.ts";
import { type Disposing, disposing } from "../core/disposing.ts";
import { rngKey } from "../core/rng.ts";
import { sizeOf } from "../core/shape.ts";
import { type Call, type Family, invoke, type Method, type Placed, placed, type Rest } from "./call.ts";
import type { Costs, Team } from "./team.ts";

/** Shares a thread, so that a slow one holds nobody up. */
const SHARES = 8;
/** Milliseconds that a share takes at least, as far as known. */
const SHARE_TIME = 0.02;
/** Bytes of shared memory that are kept for the next call. */
const KEPT = 2 ** 26;
/** How much the last call counts in what is known of a row's time. */
const WEIGHT = 0.25;

/** What a method is asked: a `second` array or an `rng` where it takes one, and `width` numbers a row of `out`. */
interface Asked {
  readonly method: Method;
  readonly theta: FloatArray;
  readonly second?: FloatArray;
  readonly rng?: Rng;
  readonly out: FloatArray;
  readonly width: number;
  readonly context: unknown;
}

/** @param team the threads beside this one, if there are any. */
export function threadedStructure(
  structure: Structure<never>,
  team: Team | undefined,
  costs: Costs | undefined = team?.costs,
): Structure<never> & Disposing {
  const family = structure as Family;
  const { inputShape } = structure as { readonly inputShape?: readonly number[] };
  const size = sizeOf(structure.shape);
  const inputSize = sizeOf(inputShape ?? structure.shape);
  const perRow = new Map<Method, number>();
  let memory: SharedArrayBuffer | undefined;
  let busy = false;
  let disposed = false;

  /** Milliseconds a row; nothing is known before the first call, so that it is shared. */
  const known = (method: Method): number => perRow.get(method) ?? Infinity;

  function learn(method: Method, took: number): void {
    const before = perRow.get(method) ?? took;
    perRow.set(method, before + WEIGHT * (took - before));
  }

  function run(asked: Asked): void {
    if (disposed) throw new Error("threaded: it has been disposed");
    team?.check();
    const rows = rowsOf(asked);
    // A solver of the caller's own share may call the structure again.
    if (team && rows > 1 && !busy) {
      busy = true;
      try {
        if (shared(team, asked, rows)) return;
      } finally {
        busy = false;
      }
    }
    const start = performance.now();
    invoke(family, asked.method, asked.theta, restOf(asked));
    if (rows > 0) learn(asked.method, (performance.now() - start) / rows);
  }

  /** Rows of arguments as they should be; 0 for others, of which the structure says what is wrong. */
  function rowsOf({ theta, second, out, width }: Asked): number {
    if (![theta, second ?? theta, out].every(isFloats)) return 0;
    const rows = theta.length / inputSize;
    const fits = (second?.length ?? rows * size) === rows * size && out.length === rows * width;
    return Number.isInteger(rows) && fits ? rows : 0;
  }

  /** Solves the call together with the team and writes `out`; false where the caller is to solve it alone. */
  function shared(team: Team, asked: Asked, rows: number): boolean {
    const { method, theta, second, out, width, context } = asked;
    const numbers = theta.length + (second?.length ?? 0) + out.length;
    const gain = rows * known(method) * (1 - 1 / team.threads);
    if (gain < costs!.handover + numbers * costs!.copy || !clones(context)) return false;
    const rng = asked.rng && rngKey(asked.rng);
    if ("rng" in asked && rng === undefined) return false;
    const own = memoryFor(8 * numbers);
    if (own === undefined) return false;

    let offset = 0;
    const place = (values: FloatArray, perRow: number): Placed => {
      const at = { single: values instanceof Float32Array, offset, width: perRow };
      offset += 8 * values.length;
      return at;
    };
    const call: Call = {
      method,
      rows,
      share: Math.min(rows, Math.ceil(Math.max(rows / (SHARES * team.threads), SHARE_TIME / known(method)))),
      memory: own,
      theta: place(theta, inputSize),
      second: second && place(second, size),
      rng,
      out: place(out, width),
      context,
    };
    placed(call, call.theta).set(theta);
    if (second) placed(call, call.second!).set(second);
    const took = team.solve(family, call);
    if (took === undefined) return false;
    learn(method, took);
    out.set(placed(call, call.out));
    return true;
  }

  /** Memory of the last call where it is large enough; undefined where there is none as large. */
  function memoryFor(bytes: number): SharedArrayBuffer | undefined {
    if (memory && memory.byteLength >= bytes) return memory;
    try {
      const own = new SharedArrayBuffer(bytes);
      if (bytes <= KEPT) memory = own;
      return own;
    } catch {
      return undefined;
    }
  }

  function report(): Record<string, number> {
    const total = { ...structure.report!() };
    Object.keys(total).forEach((key, i) => {
      for (const numbers of team?.reports ?? []) {
        total[key] = /\blargest/.test(key) ? Math.max(total[key]!, numbers[i]!) : total[key]! + numbers[i]!;
      }
    });
    return total;
  }

  const base: Structure<never> = {
    name: structure.name,
    shape: structure.shape,
    ...(inputShape && { inputShape }),
    ...(structure.cardinality !== undefined && { cardinality: structure.cardinality }),
    ...(structure.parts && { parts: structure.parts }),
    ...(structure.inexact !== undefined && { inexact: structure.inexact }),
    ...(structure.states && { states: (context?: never) => structure.states!(context) }),
    ...(structure.contextRows && {
      contextRows: (context: never, rows: number, from: number, to: number) =>
        structure.contextRows!(context, rows, from, to),
    }),
    ...(structure.report && { report }),
    map: (theta, out, context) => run({ method: "map", theta, out, width: size, context }),
  };
  const inference: Omit<Family, keyof Structure> = {
    marginals: (theta, mu, context) => run({ method: "marginals", theta, out: mu, width: size, context }),
    marginalsJvp: (theta, direction, out, context) =>
      run({ method: "marginalsJvp", theta, second: direction, out, width: size, context }),
    logPartition: (theta, out, context) => run({ method: "logPartition", theta, out, width: 1, context }),
    sample: (theta, rng, out, context) => run({ method: "sample", theta, rng, out, width: size, context }),
    entropy: (theta, out, context) => run({ method: "entropy", theta, out, width: 1, context }),
    logProbability: (theta, z, out, context) =>
      run({ method: "logProbability", theta, second: z, out, width: 1, context }),
  };
  return disposing(isFamily(structure) ? { ...base, ...inference } : base, () => {
    if (disposed) return;
    disposed = true;
    team?.end();
    (structure as Partial<Disposing>).dispose?.();
  });
}

/** What stands behind θ among a method's arguments. */
function restOf(asked: Asked): Rest {
  const { out, context } = asked;
  if ("second" in asked) return [asked.second, out, context];
  return "rng" in asked ? [asked.rng, out, context] : [out, context];
}

function isFloats(values: unknown): values is FloatArray {
  return values instanceof Float64Array || values instanceof Float32Array;
}

/** Whether a copy says what the value says: a clone loses prototypes, symbols and what is not enumerable. */
function clones(value: unknown, within: readonly unknown[] = []): boolean {
  if (typeof value !== "object" || value === null) return typeof value !== "function";
  if (ArrayBuffer.isView(value)) return Object.getPrototypeOf(Object.getPrototypeOf(value)) === TYPED;
  // A circle: whoever looks into it stays here.
  if (within.includes(value)) return false;
  const inside = [...within, value];
  if (Array.isArray(value)) {
    return Object.getPrototypeOf(value) === Array.prototype && value.every((entry) => clones(entry, inside));
  }
  const keys = Object.keys(value);
  if (!isPlain(value) || Reflect.ownKeys(value).length > keys.length) return false;
  return keys.every((key) => clones(value[key as keyof typeof value], inside));
}

/** What the prototypes of all typed arrays inherit from, and those of a caller's own classes only by way of these. */
const TYPED: unknown = Object.getPrototypeOf(Float64Array.prototype);
