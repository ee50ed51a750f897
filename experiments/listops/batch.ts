import type { ListopsConfig } from "./config.ts";
import type { Expressions } from "./data.ts";
import { CLOSE, DIGITS, PADDING } from "./words.ts";

export interface Batch {
  /** rows × length. */
  readonly words: Int32Array<ArrayBuffer>;
  /** rows × length, 1 for words and 0 for padding. */
  readonly mask: Float32Array<ArrayBuffer>;
  readonly lengths: Int32Array<ArrayBuffer>;
  /** rows × 10, one-hot. */
  readonly answers: Float32Array<ArrayBuffer>;
  /** rows × length × length: 1 from each operator to its operands and to its `]`. */
  readonly heads: Float32Array<ArrayBuffer>;
  /** rows × length × length: 0 for pairs with a `]` or padding, which do not count. */
  readonly counted: Float32Array<ArrayBuffer>;
}

/**
 * Copies expressions `indices[from]` … into arrays that it reuses: a batch holds until the next is made. Where there
 * are no more indices it repeats the last.
 */
export function batcher(
  expressions: Expressions,
  { batch: rows }: Pick<ListopsConfig, "batch">,
): (indices: ArrayLike<number>, from: number) => Batch {
  const { length: n } = expressions;
  const made: Batch = {
    words: new Int32Array(rows * n),
    mask: new Float32Array(rows * n),
    lengths: new Int32Array(rows),
    answers: new Float32Array(rows * DIGITS),
    heads: new Float32Array(rows * n * n),
    counted: new Float32Array(rows * n * n),
  };
  return (indices, from) => {
    for (const array of [made.answers, made.heads, made.counted]) array.fill(0);
    for (let row = 0; row < rows; row++) {
      const i = indices[Math.min(from + row, indices.length - 1)]!;
      made.lengths[row] = expressions.lengths[i]!;
      made.answers[row * DIGITS + expressions.answers[i]!] = 1;
      const [own, heads] = [expressions.words, expressions.heads].map((all) =>
        all.subarray(i * n, (i + 1) * n),
      ) as [Uint8Array, Int32Array];
      for (let a = 0; a < n; a++) {
        made.words[row * n + a] = own[a]!;
        made.mask[row * n + a] = +(own[a] !== PADDING);
        if (heads[a]! >= 0) made.heads[(row * n + heads[a]!) * n + a] = 1;
        if (own[a]! >= CLOSE) continue;
        for (let b = 0; b < n; b++) made.counted[(row * n + a) * n + b] = +(own[b]! < CLOSE);
      }
    }
    return made;
  };
}
