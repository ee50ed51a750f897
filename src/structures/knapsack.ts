import { bitBudget } from "../algorithms/subsets/bit-budget.ts";
import { type RowContext, rowFamily } from "../boundary/row-family.ts";
import type { ExponentialFamily, With } from "../contracts.ts";
import { checkInteger } from "../core/check.ts";
import { checkCount, checkRowIntegers } from "../core/check-context.ts";

/** Most entries of a table of states: 1 GiB of doubles. */
const TABLE_LIMIT = 2 ** 27;

/** What may differ from row to row. */
export interface KnapsackContext extends RowContext {
  /** rows × items weights, integers ≥ 0; the structure's weights by default. */
  readonly weights?: ArrayLike<number>;
  /** Capacity of each row, an integer ≥ 0; the structure's by default. */
  readonly capacity?: ArrayLike<number>;
  /** Row r has its first `lengths[r]` items; the others are never taken. */
  readonly lengths?: ArrayLike<number>;
  /** rows × items; an item with mask 0 is never taken. */
  readonly mask?: ArrayLike<number>;
}

/**
 * Sets of items whose weights sum to no more than a capacity: z ∈ {0,1}^n with ⟨w, z⟩ ≤ capacity.
 *
 * θ holds the items' values. MAP maximises their sum; an item of value 0 or less is left, though it is part of the law
 * p(z) ∝ exp⟨z, θ⟩. Both by dynamic programming over (item, capacity left), O(n min(capacity, Σw) / g) time and
 * memory a row, where g divides all weights of the row; exact for θ of ±1e4 and beyond.
 *
 * @param weights one integer ≥ 0 an item, in any unit.
 * @param capacity an integer ≥ 0, in the same unit.
 * @returns the structure; θ and z have shape [items].
 * @throws RangeError where a weight or a capacity is out of range, or where a table of the states of one row has more
 *   than 2²⁷ entries: then weights and capacity need a coarser unit.
 * @example
 * import { knapsack } from "hardgrad";
 * const sack = knapsack([5, 4, 3, 2], 7);
 * const z = new Float64Array(4);
 * sack.map(Float64Array.of(6, 5, 4, 3), z);
 * z; // Float64Array [1, 0, 0, 1]
 * @see Bellman: Dynamic programming (1957); Kellerer, Pferschy, Pisinger: Knapsack problems (2004), Section 2.3.
 */
export function knapsack(
  weights: ArrayLike<number>,
  capacity: number,
): With<ExponentialFamily<KnapsackContext>, "states"> {
  const name = "knapsack";
  if (typeof weights !== "object" || weights === null || !Number.isInteger(weights.length)) {
    throw new TypeError(`${name}: weights expected an array of integers, got ${typeof weights}`);
  }
  const n = weights.length;
  const kernel = bitBudget(n, { products: false, exact: false });
  checkInteger(name, "capacity", capacity, 0);
  checkRow(weights, 0, "the structure", n, capacity);
  const own = Float64Array.from(weights);

  /** Checks the weights of a row and the size of its table. */
  function checkRow(
    w: ArrayLike<number>,
    start: number,
    row: number | string,
    length: number,
    limit: number,
  ): void {
    let total = 0;
    for (let i = 0; i < n; i++) {
      const weight = w[start + i]!;
      if (!(Number.isSafeInteger(weight) && weight >= 0)) {
        checkInteger(name, `weight ${i} of ${nameOf(row)}`, weight, 0);
      }
      if (i < length && weight <= limit) total += weight;
    }
    const unit = unitOf(w, start, length);
    const entries = (n * Math.min(limit, total)) / unit;
    if (entries > TABLE_LIMIT) {
      throw new RangeError(
        `${name}: table of ${nameOf(row)} expected at most ${TABLE_LIMIT} states, got ${entries}: a coarser unit of weight makes it smaller`,
      );
    }
  }

  return rowFamily<KnapsackContext>({
    name,
    kernel,
    states: "set of items",
    contextKeys: ["weights", "capacity", "lengths", "mask"],

    checkContext({ weights: all, capacity: limits, lengths }, rows) {
      if (lengths !== undefined) checkRowIntegers(name, "lengths", lengths, rows, 0, n);
      if (limits !== undefined) checkRowIntegers(name, "capacity", limits, rows, 0);
      if (all !== undefined) checkCount(name, "weights", all, rows * n);
      if (!all && !limits) return;
      for (let row = 0; row < rows; row++) {
        checkRow(all ?? own, all ? row * n : 0, row, lengths?.[row] ?? n, limits?.[row] ?? capacity);
      }
    },

    setRow(context, row) {
      const length = context?.lengths?.[row] ?? n;
      const limit = context?.capacity?.[row] ?? capacity;
      const w = context?.weights ?? own;
      const start = context?.weights ? row * n : 0;
      const unit = unitOf(w, start, length);
      // Items that fit are far below 2³¹ by the limit on the table; one that does not stays heavier than the capacity.
      for (let i = 0; i < length; i++) kernel.weights[i] = Math.min(w[start + i]! / unit, 2 ** 31 - 1);
      kernel.setRow(length, Math.min(Math.floor(limit / unit), 2 ** 31 - 2));
    },
  });
}

const nameOf = (row: number | string): string => (typeof row === "number" ? `row ${row}` : row);

/** The greatest common divisor of a row's weights, 1 where all are 0. */
function unitOf(weights: ArrayLike<number>, start: number, length: number): number {
  let unit = 0;
  for (let i = 0; i < length && unit !== 1; i++) {
    for (let rest = weights[start + i]!; rest !== 0; ) {
      const next = unit % rest;
      unit = rest;
      rest = next;
    }
  }
  return unit || 1;
}
