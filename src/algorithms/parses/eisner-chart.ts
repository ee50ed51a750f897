/**
 * Eisner's algorithm for n words as a list of items and the ways to build them: every item is the best, or a mixture,
 * of its splits, and a split joins two items. Items come after those that they are built of; the last is the whole
 * sentence. Item 0 is the empty span of a single word, of score 0.
 *
 * Spans are complete (the head and all its words on one side), incomplete (an arc between the ends was just added) or
 * about to be: both arcs between two ends join the same two spans. About 5n²/2 items and n³/2 splits.
 */
export interface EisnerChart {
  /** Splits of item i are those from starts[i] to starts[i + 1]; item 0 has none. */
  readonly starts: Int32Array;
  /** Two integers a split: the items left and right. */
  readonly splits: Int32Array;
  /** Items that add an arc to their only split, and which: head · stride + modifier. */
  readonly adding: Int32Array;
  readonly arcs: Int32Array;
  readonly items: number;
}

/** @param single whether exactly one word hangs on the root, node 0. @param stride numbers in a row of arc scores. */
export function eisnerChart(words: number, single: boolean, stride: number): EisnerChart {
  const starts: number[] = [0, 0];
  const splits: number[] = [];
  const adding: number[] = [];
  const arcs: number[] = [];
  /** Items by [from][to]; 0 for a single word. */
  const table = (): number[][] => Array.from({ length: words + 1 }, () => new Array(words + 1).fill(0));
  const completeRight = table();
  const completeLeft = table();
  const arcRight = table();
  const arcLeft = table();

  const split = (a: number, b: number): number => splits.push(a, b);
  const close = (): number => starts.push(splits.length / 2) - 2;
  const add = (arc: number, a: number, b: number): number => {
    split(a, b);
    adding.push(close());
    arcs.push(arc);
    return adding.at(-1)!;
  };

  const first = single ? 1 : 0;
  for (let width = 1; width <= words - first; width++) {
    for (let i = first; i + width <= words; i++) {
      const j = i + width;
      for (let k = i; k < j; k++) split(completeRight[i]![k]!, completeLeft[k + 1]![j]!);
      const both = close();
      arcRight[i]![j] = add(i * stride + j, both, 0);
      if (i > 0) {
        arcLeft[i]![j] = add(j * stride + i, both, 0);
        for (let k = i; k < j; k++) split(completeLeft[i]![k]!, arcLeft[k]![j]!);
        completeLeft[i]![j] = close();
      }
      for (let k = i + 1; k <= j; k++) split(arcRight[i]![k]!, completeRight[k]![j]!);
      completeRight[i]![j] = close();
    }
  }
  if (single && words > 0) {
    const roots = Array.from({ length: words }, (_, r) =>
      add(r + 1, completeLeft[1]![r + 1]!, completeRight[r + 1]![words]!),
    );
    for (const item of roots) split(item, 0);
    close();
  }
  return {
    starts: Int32Array.from(starts),
    splits: Int32Array.from(splits),
    adding: Int32Array.from(adding),
    arcs: Int32Array.from(arcs),
    items: starts.length - 1,
  };
}
