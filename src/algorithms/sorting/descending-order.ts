import type { FloatArray } from "../../contracts.ts";

/** The order of a row's numbers, largest first and the lower index first on ties; excluded ones are left out. */
export interface DescendingOrder {
  /** After `load`: the indices in the row, the first `count` of them. */
  readonly index: Int32Array;
  /** Sorts the first `length` numbers of a row that begins at `start`; returns how many are not −Infinity. */
  load(values: FloatArray, start: number, length: number): number;
}

export function descendingOrder(capacity: number): DescendingOrder {
  const index = new Int32Array(capacity);
  const own = new Float64Array(capacity);
  const descending = (a: number, b: number): number => own[b]! - own[a]! || a - b;
  return {
    index,
    load(values, start, length) {
      let count = 0;
      for (let i = 0; i < length; i++) {
        own[i] = values[start + i]!;
        if (own[i]! > -Infinity) index[count++] = i;
      }
      index.subarray(0, count).sort(descending);
      return count;
    },
  };
}
