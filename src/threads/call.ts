/** One call of a structure's method, cut into shares of rows: what the caller and every thread of its team do. */
import type { ExponentialFamily, FloatArray } from "../contracts.ts";
import { contextRows } from "../core/context-rows.ts";
import { floatsLike } from "../core/floats-like.ts";
import { type RngKey, rngOf } from "../core/rng.ts";
import { type Control, fail, failed, nextShare } from "./control.ts";

export type Method = keyof ExponentialFamily &
  ("map" | "marginals" | "marginalsJvp" | "logPartition" | "sample" | "entropy" | "logProbability");

export type Family = ExponentialFamily<never>;

/** Where an array of rows lies in the shared memory. */
export interface Placed {
  readonly single: boolean;
  /** In bytes. */
  readonly offset: number;
  /** Numbers a row. */
  readonly width: number;
}

export interface Call {
  readonly method: Method;
  readonly rows: number;
  /** Rows of a share. */
  readonly share: number;
  readonly memory: SharedArrayBuffer;
  readonly theta: Placed;
  /** What else is read row by row: a direction, or states. */
  readonly second: Placed | undefined;
  readonly rng: RngKey | undefined;
  readonly out: Placed;
  readonly context: unknown;
}

/** A method's arguments behind θ: an array or a generator where it takes one, what is written, and the context. */
export type Rest = readonly unknown[];

/** All rows of an array. */
export function placed(call: Call, { single, offset, width }: Placed): FloatArray {
  const kind = single ? Float32Array : Float64Array;
  return new kind(call.memory as unknown as ArrayBuffer, offset, call.rows * width);
}

/**
 * Takes shares until none is left, `first` before others where it is given. Returns the milliseconds that a row took.
 * A share that fails is not an error yet: the caller solves the batch again, alone, and throws what that throws.
 */
export function takeShares(family: Family, call: Call, control: Control, first?: number): number {
  const theta = placed(call, call.theta);
  const second = call.second && placed(call, call.second);
  const out = placed(call, call.out);
  const rng = call.rng && rngOf(call.rng);
  const shares = Math.ceil(call.rows / call.share);
  const start = performance.now();
  let rows = 0;
  for (let share = first ?? nextShare(control); share < shares; share = nextShare(control)) {
    if (failed(control)) break;
    const from = share * call.share;
    const to = Math.min(from + call.share, call.rows);
    const part = (values: FloatArray, { width }: Placed): FloatArray =>
      values.slice(from * width, to * width);
    try {
      // Arrays of its own: structures take up to twice as long on shared memory.
      const solved = floatsLike(out, (to - from) * call.out.width);
      const rest: Rest = [
        ...(second ? [part(second, call.second!)] : []),
        ...(rng ? [rng.fromRow(from)] : []),
        solved,
      ];
      const context =
        call.context === undefined
          ? undefined
          : contextRows("threaded", family, call.context, call.rows, from, to);
      invoke(family, call.method, part(theta, call.theta), [...rest, context]);
      out.set(solved, from * call.out.width);
    } catch {
      fail(control);
    }
    rows += to - from;
  }
  return (performance.now() - start) / rows;
}

export function invoke(family: Family, method: Method, theta: FloatArray, rest: Rest): void {
  (family[method] as (theta: FloatArray, ...rest: Rest) => void)(theta, ...rest);
}
