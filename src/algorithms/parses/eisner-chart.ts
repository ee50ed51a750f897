/**
 * Eisner's algorithm for n words as a list of items and the ways to build them: every item is the best, or a mixture,
 * of its splits, and a split joins two items and adds an arc or none. Items come after those that they are built of;
 * the last is the whole sentence. Item 0 is the empty span of a single word, of score 0.
 *
 * Spans are complete (the head and all its words on one side) or incomplete (an arc between the ends was just added).
 * About 2n² items and 2n³/3 splits of three integers each.
 */
export interface EisnerChart {
  /** Splits of item i are those from starts[i] to starts[i + 1]; item 0 has none. */
  readonly starts: Int32Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** Index of the arc, head · stride + modifier, or stride² where there is none. */
  readonly arc: Int32Array;
  readonly items: number;
}

/** @param single whether exactly one word hangs on the root, node 0. @param stride numbers in a row of arc scores. */
export function eisnerChart(words: number, single: boolean, stride: number): EisnerChart {
  const starts: number[] = [0, 0];
  const left: number[] = [];
  const right: number[] = [];
  const arc: number[] = [];
  const none = stride * stride;
  /** Items by [from][to]; 0 for a single word and −1 for what no tree has. */
  const table = (): number[][] =>
    Array.from({ length: words + 1 }, (_, i) =>
      Array.from({ length: words + 1 }, (_, j) => (i === j ? 0 : -1)),
    );
  const completeRight = table();
  const completeLeft = table();
  const arcRight = table();
  const arcLeft = table();

  const split = (a: number, b: number, edge: number): void => {
    if (a < 0 || b < 0) return;
    left.push(a);
    right.push(b);
    arc.push(edge);
  };
  const close = (): number => starts.push(left.length) - 2;

  const first = single ? 1 : 0;
  for (let width = 1; width <= words - first; width++) {
    for (let i = first; i + width <= words; i++) {
      const j = i + width;
      for (let k = i; k < j; k++) split(completeRight[i]![k]!, completeLeft[k + 1]![j]!, i * stride + j);
      arcRight[i]![j] = close();
      if (i > 0) {
        for (let k = i; k < j; k++) split(completeRight[i]![k]!, completeLeft[k + 1]![j]!, j * stride + i);
        arcLeft[i]![j] = close();
        for (let k = i; k < j; k++) split(completeLeft[i]![k]!, arcLeft[k]![j]!, none);
        completeLeft[i]![j] = close();
      }
      for (let k = i + 1; k <= j; k++) split(arcRight[i]![k]!, completeRight[k]![j]!, none);
      completeRight[i]![j] = close();
    }
  }
  if (single && words > 0) {
    for (let r = 1; r <= words; r++) split(completeLeft[1]![r]!, completeRight[r]![words]!, r);
    close();
  }
  return {
    starts: Int32Array.from(starts),
    left: Int32Array.from(left),
    right: Int32Array.from(right),
    arc: Int32Array.from(arc),
    items: starts.length - 1,
  };
}
