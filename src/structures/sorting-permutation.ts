import { depthFirst, type Walk } from "../algorithms/depth-first.ts";
import type { Structure, With } from "../contracts.ts";
import { checkFinite, checkInteger, checkLength, checkRows } from "../core/check.ts";
import { checkContextKeys, checkRowIntegers } from "../core/check-context.ts";
import { targetOf } from "../core/overlap.ts";
import { checkRoom } from "../core/room.ts";

/** What may differ from row to row. */
export interface SortingContext {
  /** Row r has its first `lengths[r]` scores; rows and columns of z beyond them are 0. */
  readonly lengths?: ArrayLike<number>;
}

/** A structure whose θ has another shape than its z. */
export interface SortingPermutation extends With<Structure<SortingContext>, "states"> {
  /** n */
  readonly cardinality: number;
  readonly inputShape: readonly [number];
}

/** Checks a context for this many rows of n scores. */
export function checkSortingContext(
  who: string,
  context: SortingContext | undefined,
  rows: number,
  n: number,
): void {
  checkContextKeys(who, context, ["lengths"]);
  if (context?.lengths !== undefined) checkRowIntegers(who, "lengths", context.lengths, rows, 0, n);
}

/**
 * The permutation that sorts n scores, largest first: z[i][j] = 1 where score j is the i-th largest.
 *
 * θ holds n scores, z n × n numbers: z maximises ⟨z, ρ θᵀ⟩ over permutation matrices, with ρ = (n, n − 1, …, 1). Ties go
 * to the lower index.
 *
 * @param n number of scores.
 * @returns the structure; z has shape [n, n], θ `inputShape` [n]; O(n²) a row, which writing z costs.
 * @throws RangeError for n out of range and for scores that are not finite.
 * @example
 * import { sortingPermutation } from "hardgrad";
 * const z = new Float64Array(4);
 * sortingPermutation(2).map(Float64Array.of(1, 5), z);
 * z; // Float64Array [0, 1, 1, 0]
 */
export function sortingPermutation(n: number): SortingPermutation {
  const who = "sortingPermutation";
  checkInteger(who, "n", n, 0);
  checkRoom(who, `a permutation of ${n}`, n * n);
  const order = new Uint32Array(n);
  const scores = new Float64Array(n);
  /** What comes after the scores of a shorter row stays there. */
  const descending = (a: number, b: number): number => scores[b]! - scores[a]! || a - b;

  return {
    name: who,
    shape: [n, n],
    inputShape: [n],
    cardinality: n,
    map(theta, out, context): void {
      const rows = checkRows(who, theta, n);
      checkFinite(who, "theta", theta, rows * n);
      checkLength(who, "out", out, rows * n * n);
      checkSortingContext(who, context, rows, n);
      const target = targetOf(out, context, theta);
      for (let row = 0; row < rows; row++) {
        const length = context?.lengths?.[row] ?? n;
        for (let j = 0; j < n; j++) {
          scores[j] = j < length ? theta[row * n + j]! : -Infinity;
          order[j] = j;
        }
        order.sort(descending);
        target.fill(0, row * n * n, (row + 1) * n * n);
        for (let i = 0; i < length; i++) target[(row * n + i) * n + order[i]!] = 1;
      }
      if (target !== out) out.set(target);
    },
    *states(context): Generator<Float64Array> {
      checkSortingContext(who, context, 1, n);
      yield* depthFirst(permutations(n, context?.lengths?.[0] ?? n, 0, new Float64Array(n * n)));
    },
  };
}

/** Fills rows from `row` on with every choice of unused columns, both below `length`. */
function* permutations(n: number, length: number, row: number, z: Float64Array): Walk {
  if (row === length) {
    yield z.slice();
    return;
  }
  for (let j = 0; j < length; j++) {
    let used = false;
    for (let i = 0; i < row; i++) used ||= z[i * n + j] === 1;
    if (used) continue;
    z[row * n + j] = 1;
    yield permutations(n, length, row + 1, z);
    z[row * n + j] = 0;
  }
}
