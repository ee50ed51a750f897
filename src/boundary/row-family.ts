/**
 * An exponential family from a kernel that solves one row: the public boundary of the structures along a line. It
 * checks, copies each row into the kernel's doubles, and writes results only where no row can fail any more.
 */
import type { NativeRow, RowKernel, Solving } from "../algorithms/row-kernel.ts";
import type { ExponentialFamily, FloatArray, Rng, With } from "../contracts.ts";
import {
  allFinite,
  checkFinite,
  checkLength,
  checkRows,
  checkTheta,
  INFERENCE_RANGE,
  MAP_RANGE,
} from "../core/check.ts";
import { checkContextKeys, checkMask } from "../core/check-context.ts";
import { targetOf } from "../core/overlap.ts";
import { rng as makeRng } from "../core/rng.ts";
import { excluding } from "./excluding.ts";

export interface RowContext {
  /** rows × m; an element with mask 0 is in no state. */
  readonly mask?: ArrayLike<number>;
}

export interface RowFamily<C extends RowContext> {
  readonly name: string;
  readonly kernel: RowKernel;
  /** What a row without states lacks, for the message. */
  readonly states: string;
  /** Names of what a context may hold. */
  readonly contextKeys: readonly string[];
  /** Checks a context for this many rows, `mask` apart. */
  checkContext(context: C, rows: number): void;
  /** Prepares the kernel for a row: with θ in it, or before that where it has `native`. */
  setRow(context: C | undefined, row: number): void;
  /** Whether every finite θ is exact but in log Z, as it is where no two entries are added. */
  readonly anySize?: boolean;
  /** Whether a context does no more than exclude elements, by `lengths` and `mask`, so that batches with one have kernels too. */
  readonly excludes?: boolean;
}

/** Writes all rows of θ by kernels but those that it leaves to `alone`; false where none can. */
type Batched = (given: FloatArray, target: FloatArray, alone: (r: number) => void) => boolean | undefined;

interface Batch {
  readonly rows: number;
  /** Whether a row may have no state: only excluded elements and a context can bring that about. */
  readonly mayFail: boolean;
}

/** What a row has, of its second input where it needs one; undefined where it has no state. */
type Solve = (on: NativeRow, r: number, second: FloatArray) => ArrayLike<number> | undefined;

/** Numbers a row from which copying it as a block pays. */
const BLOCK = 128;

export function rowFamily<C extends RowContext>(options: RowFamily<C>): With<ExponentialFamily<C>, "states"> {
  const { name: who, kernel } = options;
  const { theta: row, vector, result } = kernel;
  const size = row.length;
  const stream = makeRng(0);

  const mapRange = options.anySize ? Number.MAX_VALUE : MAP_RANGE;
  const inferenceRange = options.anySize ? Number.MAX_VALUE : INFERENCE_RANGE;

  /** Counts rows; those of nothing by `perRow`, the array with one number each. */
  function check(
    theta: FloatArray,
    context: C | undefined,
    perRow?: FloatArray,
    range: number = inferenceRange,
  ): Batch {
    if (perRow) checkRows(who, perRow, 1, "out");
    let rows = checkRows(who, theta, size);
    const mayFail = !allFinite(theta, range) || context !== undefined;
    if (mayFail) checkTheta(who, theta, size, "theta", range);
    if (size === 0 && perRow) rows = perRow.length;
    checkContext(context, rows);
    return { rows, mayFail };
  }

  function checkContext(context: C | undefined, rows: number): void {
    if (context === undefined) return;
    checkContextKeys(who, context, options.contextKeys);
    if (context.mask !== undefined) checkMask(who, context.mask, rows * size);
    options.checkContext(context, rows);
  }

  function load(theta: FloatArray, r: number, context: C | undefined, into: Float64Array): void {
    copyRow(theta, r, into);
    const start = r * size;
    const mask = context?.mask;
    if (mask) for (let i = 0; i < size; i++) if (mask[start + i] === 0) into[i] = -Infinity;
  }

  function copyRow(from: FloatArray, r: number, into: Float64Array): void {
    const start = r * size;
    // Long rows as a block: the view costs less than it saves, up to 10 times.
    if (size >= BLOCK) into.set(from.subarray(start, start + size));
    else for (let i = 0; i < size; i++) into[i] = from[start + i]!;
  }

  function write(
    r: number,
    theta: FloatArray,
    context: C | undefined,
    what: Solving | Rng,
    solve: Solve,
    second: FloatArray,
    target: FloatArray,
    width: number,
  ): void {
    if (kernel.native) options.setRow(context, r);
    const on = kernel.native?.(typeof what === "string" ? what : "sums") ?? written;
    if (typeof what !== "string") on.draw(stream.restart(what, r));
    load(theta, r, context, on.theta);
    if (!kernel.native) options.setRow(context, r);
    const solved = solve(on, r, second);
    if (solved === undefined) {
      throw new RangeError(`${who}: row ${r} has no ${options.states} without an excluded element`);
    }
    target.set(solved, r * width);
  }

  /**
   * Runs `solve` for every row, but for those that `batch` has written, and stores `width` numbers of it. Where a row may
   * have no state all rows are solved before the first is written. So they are where `out` overlaps an input.
   */
  function each(
    theta: FloatArray,
    out: FloatArray,
    width: number,
    { rows, mayFail }: Batch,
    context: C | undefined,
    what: Solving | Rng,
    solve: Solve,
    second: FloatArray = theta,
    batch?: Batched,
  ): void {
    checkLength(who, "out", out, rows * width);
    const target = mayFail ? new Float64Array(rows * width) : targetOf(out, undefined, theta, second);
    const alone = (r: number): void => write(r, theta, context, what, solve, second, target, width);
    let given: FloatArray | undefined = theta;
    if (context !== undefined)
      given = batch && options.excludes ? excluding(theta, size, context) : undefined;
    if (!given || !batch?.(given, target, alone)) for (let r = 0; r < rows; r++) alone(r);
    if (target !== out) out.set(target);
  }

  const number = new Float64Array(1);
  const scalar = (value: number | undefined): Float64Array | undefined => {
    if (value === undefined) return undefined;
    number[0] = value;
    return number;
  };

  /** The kernel's TypeScript, as SIMD kernels are asked. */
  const written: NativeRow = {
    theta: row,
    vector,
    map: () => (kernel.map() ? result : undefined),
    logPartition: () => kernel.sums(),
    marginals() {
      if (kernel.sums() === -Infinity) return undefined;
      kernel.marginals();
      // What cancels may round to just outside.
      for (let i = 0; i < size; i++) result[i] = Math.min(Math.max(result[i]!, 0), 1);
      return result;
    },
    product() {
      if (kernel.product) return kernel.product() ? result : undefined;
      if (kernel.sums() === -Infinity) return undefined;
      kernel.jvp();
      return result;
    },
    entropy: () => (kernel.sums() === -Infinity ? undefined : kernel.entropy()),
    // Of a stream that stays as it is.
    draw() {},
    sample() {
      if (!(kernel.feasible ? kernel.feasible() : kernel.sums() > -Infinity)) return undefined;
      kernel.sample(stream);
      return result;
    },
  };

  // Made once: where a build keeps functions' names, as tsx's does, naming one takes as long as solving a small row.
  const map: Solve = (on) => on.map();
  const marginals: Solve = (on) => on.marginals();
  const product: Solve = (on, r, direction) => {
    copyRow(direction, r, on.vector);
    return on.product();
  };
  const logPartition: Solve = (on) => {
    const logZ = on.logPartition();
    return logZ === -Infinity ? undefined : scalar(logZ);
  };
  const sample: Solve = (on) => on.sample();
  const entropy: Solve = (on) => scalar(on.entropy());
  /** ⟨z, θ⟩ of row r of z, for θ from `start` on; −Infinity where that is no state. */
  const score = (z: FloatArray, r: number, theta: FloatArray, start: number): number => {
    copyRow(z, r, vector);
    if (!kernel.isState()) return -Infinity;
    let sum = 0;
    for (let i = 0; i < size; i++) if (vector[i] !== 0) sum += theta[start + i]!;
    return sum;
  };
  const logProbability: Solve = (on, r, z) => {
    const own = score(z, r, on.theta, 0);
    const logZ = on.logPartition();
    return logZ === -Infinity ? undefined : scalar(Math.min(own - logZ, 0));
  };

  const ofRows =
    (direction: FloatArray | undefined): Batched =>
    (given, target, alone) =>
      kernel.batch!(given, direction, target, alone);
  const numbers =
    (ofEntropy: boolean): Batched =>
    (given, target, alone) =>
      kernel.batchNumbers!(ofEntropy, given, target, alone);

  return {
    name: who,
    shape: [size],

    map(theta, out, context) {
      const batch = check(theta, context, undefined, mapRange);
      each(theta, out, size, batch, context, "map", map, theta, kernel.mapRows);
    },

    marginals(theta, mu, context) {
      const batch = check(theta, context);
      each(theta, mu, size, batch, context, "sums", marginals, theta, kernel.batch && ofRows(undefined));
    },

    marginalsJvp(theta, direction, out, context) {
      const batch = check(theta, context);
      checkFinite(who, "direction", direction, batch.rows * size);
      each(
        theta,
        out,
        size,
        batch,
        context,
        "product",
        product,
        direction,
        kernel.batch && ofRows(direction),
      );
    },

    logPartition(theta, out, context) {
      const batch = check(theta, context, out, INFERENCE_RANGE);
      each(theta, out, 1, batch, context, "sums", logPartition, theta, kernel.batchNumbers && numbers(false));
    },

    sample(theta, rng, out, context) {
      const batch = check(theta, context);
      each(theta, out, size, batch, context, rng, sample, theta, (given, target, alone) =>
        kernel.sampleRows?.(given, rng, target, alone),
      );
    },

    entropy(theta, out, context) {
      const batch = check(theta, context, out);
      each(theta, out, 1, batch, context, "sums", entropy, theta, kernel.batchNumbers && numbers(true));
    },

    logProbability(theta, z, out, context) {
      const batch = check(theta, context, out, INFERENCE_RANGE);
      checkFinite(who, "z", z, batch.rows * size);
      each(theta, out, 1, batch, context, "sums", logProbability, z, (_given, target, alone) => {
        const logZ = new Float64Array(batch.rows).fill(Number.NaN);
        if (!kernel.batchNumbers?.(false, theta, logZ, alone)) return false;
        options.setRow(undefined, 0);
        for (let r = 0; r < batch.rows; r++) {
          if (!Number.isNaN(logZ[r])) target[r] = Math.min(score(z, r, theta, r * size) - logZ[r]!, 0);
        }
        return true;
      });
    },

    *states(context) {
      checkContext(context, 1);
      options.setRow(context, 0);
      for (const z of kernel.enumerate()) {
        if (!context?.mask || z.every((x, i) => x === 0 || context.mask![i] !== 0)) yield z.slice();
      }
    },
  };
}
