import { depthFirst, type Walk } from "../algorithms/depth-first.ts";
import { type Counted, conditionalBernoulli } from "../algorithms/subsets/conditional-bernoulli.ts";
import { rowMarker } from "../algorithms/subsets/mark-rows.ts";
import { selector } from "../algorithms/subsets/select.ts";
import { countRows, sumRows } from "../algorithms/subsets/sum-rows.ts";
import type { ExponentialFamily, FloatArray, With } from "../contracts.ts";
import {
  allFinite,
  checkFinite,
  checkInteger,
  checkLength,
  checkRows,
  checkTheta,
  INFERENCE_RANGE,
  MAP_RANGE,
} from "../core/check.ts";
import { checkContextKeys, checkMask, checkRowIntegers } from "../core/check-context.ts";
import { targetOf } from "../core/overlap.ts";
import { withPerturbedMap } from "../core/perturbed-map.ts";
import { rng as makeRng } from "../core/rng.ts";
import { checkRoom } from "../core/room.ts";

/** What may differ from row to row. */
export interface KSubsetContext {
  /** Size of the subset of each row, in [0, n]; the structure's k by default. */
  readonly k?: ArrayLike<number>;
  /** Row r uses its first `lengths[r]` elements; the others are 0 in every state. */
  readonly lengths?: ArrayLike<number>;
  /** rows × n; an element with mask 0 is in no state. */
  readonly mask?: ArrayLike<number>;
}

export interface KSubset extends With<ExponentialFamily<KSubsetContext>, "states"> {
  /** k */
  readonly cardinality: number;
  /** KL(p_θ ‖ uniform over the subsets of size k) = log C(n, k) − H, one number a row (SIMPLE Prop. 4). */
  klToUniform(theta: FloatArray, out: FloatArray, context?: KSubsetContext): void;
  /** KL(p_θ ‖ p_other), one number a row. Its gradient in θ is `marginalsJvp(theta, theta − other)`. */
  klDivergence(theta: FloatArray, other: FloatArray, out: FloatArray, context?: KSubsetContext): void;
}

/**
 * Subsets of exactly k of n elements: z ∈ {0,1}^n with Σz = k.
 *
 * MAP takes the k largest, the lowest index on ties, in O(n). Exact inference for p(z) ∝ exp⟨z, θ⟩ counts ones by a
 * tilted recursion over elementary symmetric polynomials, O(n min(k, n − k)) a row. θ may be any finite number for `map`, in
 * ±1e300 for marginals, their products and samples, and in ±1e10 for what sums it up.
 *
 * @param n number of elements, up to about 100,000 for `map` and 10,000 for inference.
 * @param k size of the subset, in [0, n].
 * @returns the structure; θ and z have shape [n].
 * @throws RangeError where k is out of range or a row has fewer than k elements that are not excluded (by −Infinity,
 *   mask or length), TypeError for arrays of the wrong kind.
 * @example
 * import { kSubset } from "hardgrad";
 * const subset = kSubset(4, 2);
 * const z = new Float64Array(4);
 * subset.map(Float64Array.of(0.5, 2, -1, 1), z);
 * z; // Float64Array [0, 1, 0, 1]
 * @see Ahmed, Zeng, Niepert, Van den Broeck: SIMPLE (2022), Algorithms 1–4; the entropy runs from the first element
 *   (the paper's Algorithm 4 leaves out the first k − 1).
 */
export function kSubset(n: number, k: number): KSubset {
  const who = "kSubset";
  checkInteger(who, "n", n, 0);
  checkInteger(who, "k", k, 0, n);
  checkRoom(who, `n = ${n}`, 16 * n);
  const select = selector(n);
  const kernel = conditionalBernoulli(n);
  /** The elements of the current row that are not excluded, and their θ. */
  const items = new Int32Array(n);
  const own = kernel.theta;
  const scratch = new Float64Array(n);
  const mean = new Float64Array(n);
  const stream = makeRng(0);

  const lengthOf = (row: number, context: KSubsetContext | undefined): number =>
    context?.lengths === undefined ? n : context.lengths[row]!;

  /** Collects the elements of a row; returns how many. */
  function collect(theta: FloatArray, row: number, context: KSubsetContext | undefined): number {
    const length = lengthOf(row, context);
    const mask = context?.mask;
    const start = row * n;
    // What a closure holds is read anew in every round.
    const at = items;
    const of = own;
    let count = 0;
    for (let i = 0; i < length; i++) {
      const x = theta[start + i]!;
      at[count] = i;
      of[count] = x;
      // Without a branch: what a mask excludes, no processor guesses.
      count += +(x !== -Infinity) & +(mask === undefined || mask[start + i] !== 0);
    }
    return count;
  }

  /** Whether no row of the batch last checked excludes an element. */
  let whole = true;

  const sizeOf = (row: number, context: KSubsetContext | undefined): number =>
    context?.k === undefined ? k : context.k[row]!;

  /** Checks everything that can be wrong before anything is written. Returns the number of rows. */
  function check(
    theta: FloatArray,
    context: KSubsetContext | undefined,
    range: number,
    perRow?: FloatArray,
    what = "theta",
  ): number {
    let rows = checkRows(who, theta, n, what);
    const finite = allFinite(theta, range);
    if (!finite) checkTheta(who, theta, n, what, range);
    // Rows of nothing do not tell their number; what is asked for does.
    if (n === 0 && perRow) rows = checkRows(who, perRow, 1, "out");
    if (context !== undefined) checkContext(context, rows);
    whole = finite && context === undefined;
    if (whole) return rows;
    for (let row = 0; row < rows; row++) {
      const count = finite && !context?.mask ? lengthOf(row, context) : collect(theta, row, context);
      if (count < sizeOf(row, context)) {
        throw new RangeError(
          `${who}: row ${row} expected at least k = ${sizeOf(row, context)} elements that are not excluded, got ${count}`,
        );
      }
    }
    return rows;
  }

  function checkContext(context: KSubsetContext, rows: number): void {
    checkContextKeys(who, context, ["k", "lengths", "mask"]);
    const { k: ks, lengths, mask } = context;
    if (ks !== undefined) checkRowIntegers(who, "k", ks, rows, 0, n);
    if (lengths !== undefined) checkRowIntegers(who, "lengths", lengths, rows, 0, n);
    if (mask !== undefined) checkMask(who, mask, rows * n);
  }

  /** Loads a checked row into the kernel, with what was counted of it; returns the number of its items. */
  function load(
    theta: FloatArray,
    row: number,
    context: KSubsetContext | undefined,
    counted?: Counted,
  ): number {
    const count = collect(theta, row, context);
    const ones = sizeOf(row, context);
    const smaller = Math.min(ones, count - ones);
    checkRoom(who, `exact inference on ${ones} of ${count} elements`, 3 * count * smaller);
    kernel.load(count, ones, counted);
    return count;
  }

  /** Writes the kernel's result to a row of `out`, 0 where an element is excluded. */
  function store(out: FloatArray, row: number, count: number): void {
    if (count < n) out.fill(0, row * n, (row + 1) * n);
    for (let i = 0; i < count; i++) out[row * n + items[i]!] = kernel.result[i]!;
  }

  /** Marks the `ones` largest of `count` numbers of x, the lowest index on ties. */
  function mark(x: Float64Array, count: number, ones: number, out: FloatArray, start: number): void {
    if (ones > 0 && select.findFew(x, count, ones)) {
      out.fill(0, start, start + count);
      for (let j = 0; j < ones; j++) out[start + select.places[j]!] = 1;
      return;
    }
    const threshold = ones === 0 ? Infinity : select.threshold(x, count, ones);
    let left = ones;
    for (let i = 0; i < count; i++) {
      const above = +(x[i]! > threshold);
      out[start + i] = above;
      left -= above;
    }
    for (let i = 0; left > 0; i++) {
      if (x[i] === threshold) {
        out[start + i] = 1;
        left--;
      }
    }
  }

  const marker = rowMarker(n, k, mark);

  /**
   * Marks the few largest of long rows, each read once: neither whether all is finite nor where zeros go costs a pass of its
   * own. False, with nothing written, where that does not do, or something is wrong.
   */
  function markFew(theta: FloatArray, rows: number, out: FloatArray): boolean {
    if (n < LONG || k === 0) return false;
    const chosen = new Int32Array(rows * k);
    for (let row = 0; row < rows; row++) {
      const at = row * n;
      const x = theta.subarray(at, at + n);
      const direct = x instanceof Float64Array;
      if (!direct) own.set(x);
      if (!select.findFew(direct ? x : own, n, k)) return false;
      chosen.set(select.places.subarray(0, k), row * k);
    }
    for (let row = 0; row < rows; row++) {
      out.fill(0, row * n, (row + 1) * n);
      for (let j = row * k; j < (row + 1) * k; j++) out[row * n + chosen[j]!] = 1;
    }
    return true;
  }

  /** Marginals of all rows, or products with those of a direction. */
  function sum(
    theta: FloatArray,
    direction: FloatArray | undefined,
    out: FloatArray,
    context: KSubsetContext | undefined,
    what: string,
  ): void {
    const rows = checkRows(who, theta, n);
    if (direction) checkLength(who, "direction", direction, rows * n);
    checkLength(who, what, out, rows * n);
    const checkAll = (): void => {
      check(theta, context, MAP_RANGE);
      if (direction) checkFinite(who, "direction", direction, rows * n);
    };
    const target = targetOf(out, context, theta, direction);
    const alone = (row: number): void => {
      const count = load(theta, row, context);
      for (let i = 0; direction && i < count; i++) scratch[i] = direction[row * n + items[i]!]!;
      const written = (): void => (direction ? kernel.jvp(scratch) : kernel.marginals());
      // What a whole row has left over, no kernel can.
      const along = direction && scratch;
      if (whole || !sumRows(own, along, 1, count, sizeOf(row, context), kernel.result, written)) written();
      store(target, row, count);
    };
    if (context !== undefined || !sumRows(theta, direction, rows, n, k, target, alone, checkAll)) {
      checkAll();
      if (!whole || !sumRows(theta, direction, rows, n, k, target, alone)) {
        for (let row = 0; row < rows; row++) alone(row);
      }
    }
    if (target !== out) out.set(target);
  }

  /** Visits the rows, loaded, with the number of their items. */
  function visitRows(
    theta: FloatArray,
    rows: number,
    context: KSubsetContext | undefined,
    marginals: boolean,
    visit: (count: number, row: number) => void,
  ): void {
    const one = (row: number, counted?: Counted): void => visit(load(theta, row, context, counted), row);
    if (whole && countRows(theta, rows, n, k, marginals, one)) return;
    for (let row = 0; row < rows; row++) one(row);
  }

  /** Checks, and writes one number a row: `value` of a loaded row and the number of its items. */
  function each(
    theta: FloatArray,
    out: FloatArray,
    context: KSubsetContext | undefined,
    marginals: boolean,
    value: (count: number, row: number) => number,
    second?: FloatArray,
  ): void {
    const rows = check(theta, context, INFERENCE_RANGE, out);
    checkLength(who, "out", out, rows);
    const target = targetOf(out, context, theta, second);
    visitRows(theta, rows, context, marginals, (count, row) => {
      target[row] = value(count, row);
    });
    if (target !== out) out.set(target);
  }

  /** log p of a row of z, −Infinity where it is no state; the row is loaded. */
  function logProbabilityOf(z: FloatArray, row: number, count: number, ones: number): number {
    let sum = 0;
    for (let i = 0; i < n; i++) {
      const bit = z[row * n + i]!;
      if (bit !== 0 && bit !== 1) return -Infinity;
      sum += bit;
    }
    if (sum !== ones) return -Infinity;
    for (let i = 0; i < count; i++) sum -= scratch[i] = z[row * n + items[i]!]!;
    return sum === 0 ? kernel.logProbability(scratch) : -Infinity;
  }

  const structure: KSubset = {
    name: who,
    shape: [n],
    cardinality: k,

    map(theta, out, context) {
      const rows = checkRows(who, theta, n);
      checkLength(who, "out", out, rows * n);
      if (context === undefined && (markFew(theta, rows, out) || marker.map(theta, NO_NOISE, 0, out))) return;
      check(theta, context, Number.MAX_VALUE);
      const target = targetOf(out, context, theta);
      if (whole && marker.map(theta, NO_NOISE, 0, target, true)) {
        if (target !== out) out.set(target);
        return;
      }
      for (let row = 0; row < rows; row++) {
        const ones = sizeOf(row, context);
        const count = collect(theta, row, context);
        mark(own, count, ones, kernel.result, 0);
        store(target, row, count);
      }
      if (target !== out) out.set(target);
    },

    *states(context) {
      if (context !== undefined) checkContext(context, 1);
      const length = context?.lengths ? context.lengths[0]! : n;
      const candidates = Array.from({ length }, (_, i) => i).filter((i) => (context?.mask?.[i] ?? 1) !== 0);
      yield* depthFirst(subsets(candidates, sizeOf(0, context), new Float64Array(n), 0));
    },

    marginals(theta, mu, context) {
      sum(theta, undefined, mu, context, "mu");
    },

    marginalsJvp(theta, direction, out, context) {
      sum(theta, direction, out, context, "out");
    },

    logPartition(theta, out, context) {
      each(theta, out, context, false, kernel.logPartition);
    },

    sample(theta, rng, out, context) {
      const rows = check(theta, context, MAP_RANGE);
      checkLength(who, "out", out, rows * n);
      const target = targetOf(out, context, theta);
      visitRows(theta, rows, context, false, (count, row) => {
        kernel.sample(stream.restart(rng, row));
        store(target, row, count);
      });
      if (target !== out) out.set(target);
    },

    entropy(theta, out, context) {
      each(theta, out, context, true, kernel.entropy);
    },

    logProbability(theta, z, out, context) {
      checkRows(who, theta, n);
      checkFinite(who, "z", z, theta.length);
      each(
        theta,
        out,
        context,
        false,
        (count, row) => logProbabilityOf(z, row, count, sizeOf(row, context)),
        z,
      );
    },

    klToUniform(theta, out, context) {
      each(theta, out, context, true, (count, row) => {
        let difference = -kernel.entropy();
        const ones = sizeOf(row, context);
        for (let i = 1; i <= ones; i++) difference += Math.log((count - ones + i) / i);
        return Math.max(difference, 0);
      });
    },

    klDivergence(theta, other, out, context) {
      checkRows(who, theta, n);
      checkLength(who, "other", other, theta.length);
      check(other, context, INFERENCE_RANGE, out, "other");
      each(
        theta,
        out,
        context,
        true,
        (count, row) => {
          const entropy = kernel.entropy();
          store(mean, 0, count);
          const countOfOther = load(other, row, context);
          for (let i = 0; i < countOfOther; i++) {
            scratch[i] = mean[items[i]!]!;
            mean[items[i]!] = 0;
          }
          // log p′ is linear in z, so its mean is its value at the mean. What is left has mass that p′ excludes.
          const finite = mean.every((x) => x === 0);
          return finite ? Math.max(-kernel.logProbability(scratch) - entropy, 0) : Infinity;
        },
        other,
      );
    },
  };
  return withPerturbedMap(structure, {
    ...marker,
    check: (theta, context) => check(theta, context as KSubsetContext | undefined, Number.MAX_VALUE),
  });
}

/** From here on a row's k largest are collected from few numbers, where k is small. */
const LONG = 4096;

const NO_NOISE = new Float64Array(0);

/** Extends `chosen` by every subset of `left` of the candidates from index `from` on. */
function* subsets(candidates: readonly number[], left: number, chosen: Float64Array, from: number): Walk {
  if (left === 0) yield chosen.slice();
  else {
    for (let i = from; i + left <= candidates.length; i++) {
      chosen[candidates[i]!] = 1;
      yield subsets(candidates, left - 1, chosen, i + 1);
      chosen[candidates[i]!] = 0;
    }
  }
}
