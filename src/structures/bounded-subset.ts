import { bitBudget } from "../algorithms/subsets/bit-budget.ts";
import { selector } from "../algorithms/subsets/select.ts";
import { type RowContext, rowFamily } from "../boundary/row-family.ts";
import type { ExponentialFamily, With } from "../contracts.ts";
import { checkInteger, checkOptions } from "../core/check.ts";
import { checkRowIntegers } from "../core/check-context.ts";

export interface BoundedSubsetOptions {
  /** The fewest elements, in [0, atMost]; 0 by default. */
  readonly atLeast?: number;
  /** The most elements, in [atLeast, n]; n by default. */
  readonly atMost?: number;
}

/** What may differ from row to row. */
export interface BoundedSubsetContext extends RowContext {
  /** The fewest and the most elements of each row, in [0, n]; the structure's by default. */
  readonly atLeast?: ArrayLike<number>;
  readonly atMost?: ArrayLike<number>;
  /** Exactly so many elements in each row, in [0, n], in place of both bounds. */
  readonly k?: ArrayLike<number>;
  /** Row r uses its first `lengths[r]` elements; the others are 0 in every state. */
  readonly lengths?: ArrayLike<number>;
}

/**
 * Subsets of between so many and so many of n elements: z ∈ {0,1}^n with atLeast ≤ Σz ≤ atMost.
 *
 * MAP takes what is positive, but no fewer than the `atLeast` largest and no more than the `atMost` largest, in O(n); an
 * element of 0 only where it is needed, the lowest index on ties. Exact inference for p(z) ∝ exp⟨z, θ⟩ sums over
 * (element, elements left), O(n · atMost) time and memory a row, good to some units in the last place for logits of ±1e4
 * and beyond.
 *
 * @param n number of elements.
 * @param options see {@link BoundedSubsetOptions}; without, all subsets.
 * @returns the structure; θ and z have shape [n]. Its `cardinality` is known where both bounds are equal.
 * @throws RangeError where a bound is out of range or a row has fewer than `atLeast` elements that are not excluded (by
 *   −Infinity, mask or length), TypeError for an unknown option or arrays of the wrong kind.
 * @example
 * import { boundedSubset } from "hardgrad";
 * const some = boundedSubset(3, { atLeast: 1, atMost: 2 });
 * const z = new Float64Array(6);
 * some.map(Float64Array.of(3, 2, 1, -1, -2, -3), z);
 * z; // Float64Array [1, 1, 0, 1, 0, 0]
 * const logZ = new Float64Array(1);
 * some.logPartition(new Float64Array(3), logZ);
 * Math.round(Math.exp(logZ[0])); // 6: three of one element, three of two
 * @see Ahmed et al.: SIMPLE (2022), for exactly k; Bellman: Dynamic programming (1957).
 */
export function boundedSubset(
  n: number,
  options: BoundedSubsetOptions = {},
): With<ExponentialFamily<BoundedSubsetContext>, "states"> {
  const name = "boundedSubset";
  checkInteger(name, "n", n, 0);
  checkOptions(name, options, ["atLeast", "atMost"]);
  const { atLeast = 0, atMost = n } = options;
  checkInteger(name, "atMost", atMost, 0, n);
  checkInteger(name, "atLeast", atLeast, 0, atMost);
  const kernel = bitBudget(n, { products: false, exact: false });
  const { theta, result } = kernel;
  const select = selector(n);
  const values = new Float64Array(n);
  const items = new Int32Array(n);
  let least = atLeast;
  let most = atMost;
  let length = n;

  const family = rowFamily<BoundedSubsetContext>({
    name,
    kernel: { ...kernel, map, native: (what) => (what === "map" ? undefined : kernel.native?.(what)) },
    states: "subset within its bounds",
    contextKeys: ["atLeast", "atMost", "k", "lengths", "mask"],

    checkContext({ atLeast: from, atMost: to, k, lengths }, rows) {
      if (k !== undefined && (from !== undefined || to !== undefined)) {
        throw new RangeError(`${name}: context expected either k, or atLeast or atMost or both`);
      }
      if (k !== undefined) checkRowIntegers(name, "k", k, rows, 0, n);
      if (lengths !== undefined) checkRowIntegers(name, "lengths", lengths, rows, 0, n);
      if (to !== undefined) checkRowIntegers(name, "atMost", to, rows, 0, n);
      if (from !== undefined) checkRowIntegers(name, "atLeast", from, rows, 0, n);
      for (let row = 0; (from || to) && row < rows; row++) {
        checkInteger(name, `context.atLeast of row ${row}`, from?.[row] ?? atLeast, 0, to?.[row] ?? atMost);
      }
    },

    setRow(context, row) {
      least = context?.k?.[row] ?? context?.atLeast?.[row] ?? atLeast;
      most = context?.k?.[row] ?? context?.atMost?.[row] ?? atMost;
      length = context?.lengths?.[row] ?? n;
      kernel.setRow(length, most, least);
    },
  });

  /** The largest elements: as many as are positive, within the bounds. */
  function map(): boolean {
    let there = 0;
    let positive = 0;
    for (let i = 0; i < length; i++) {
      items[there] = i;
      values[there] = theta[i]!;
      there += +(theta[i]! > -Infinity);
      positive += +(theta[i]! > 0);
    }
    if (there < least) return false;
    const ones = Math.max(least, Math.min(positive, most));
    let threshold = 0;
    if (ones !== positive) threshold = ones === 0 ? Infinity : select.threshold(values, there, ones);
    result.fill(0);
    let left = ones;
    for (let j = 0; j < there; j++) {
      const above = +(values[j]! > threshold);
      result[items[j]!] = above;
      left -= above;
    }
    for (let j = 0; left > 0; j++) {
      if (values[j] !== threshold) continue;
      result[items[j]!] = 1;
      left--;
    }
    return true;
  }

  return { ...family, ...(atLeast === atMost && { cardinality: atLeast }) };
}
