/** Texts, and other lists of items of which a few are chosen. */
export interface Examples {
  readonly count: number;
  /** Where each example's items begin in `items`, and the end: count + 1. */
  readonly starts: Int32Array;
  /** Rows of the table of vectors. */
  readonly items: Int32Array;
  /** What is to be explained: in [0, 1]. */
  readonly targets: Float32Array;
  /** Of each item whether an annotator marked it, where someone did. */
  readonly marked?: Uint8Array;
}

export interface Data {
  /** Items' vectors, a row each. */
  readonly vectors: Float32Array;
  /** Length of a vector. */
  readonly features: number;
  /** Of each row of `vectors` the word; of pictures none, whose rows are patches, an example's all in order. */
  readonly words: readonly string[] | undefined;
  readonly train: Examples;
  /** Halved into validation and test, differently in each run. */
  readonly heldOut: Examples;
  /** Where choices are looked at: texts with marks, or the held-out examples. */
  readonly annotated: Examples;
  /** Most items of an example. */
  readonly longest: number;
  readonly description: string;
}

/** Items of an example. */
export function itemsOf({ items, starts }: Examples, i: number): Int32Array {
  return items.subarray(starts[i]!, starts[i + 1]!);
}

/** One after another. */
export function gathered(
  lists: readonly {
    readonly items: ArrayLike<number>;
    readonly target: number;
    readonly marked?: ArrayLike<number>;
  }[],
): Examples {
  const starts = new Int32Array(lists.length + 1);
  for (const [i, { items }] of lists.entries()) starts[i + 1] = starts[i]! + items.length;
  const items = new Int32Array(starts[lists.length]!);
  const marked = lists.some((list) => list.marked) ? new Uint8Array(items.length) : undefined;
  for (const [i, list] of lists.entries()) {
    items.set(list.items, starts[i]!);
    if (list.marked) marked?.set(list.marked, starts[i]!);
  }
  const targets = Float32Array.from(lists, ({ target }) => target);
  return { count: lists.length, starts, items, targets, ...(marked && { marked }) };
}
