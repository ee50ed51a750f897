/**
 * The spans that projective dependency trees are built from (Eisner 1996). With node 0 the artificial root:
 *
 *     OPEN        [s, t]  right [s, u] and left [u + 1, t], any split u
 *     OPEN_RIGHT  [s, t]  OPEN and the arc s → t
 *     OPEN_LEFT   [s, t]  OPEN and the arc t → s
 *     RIGHT       [s, t]  s and its words up to t: OPEN_RIGHT [s, u] and RIGHT [u, t]
 *     LEFT        [s, t]  t and its words from s: LEFT [s, u] and OPEN_LEFT [u, t]
 *     CHILD       [0, c]  where the root has one child only: LEFT [1, c] and the arc 0 → c; the tree is CHILD and RIGHT [c, n]
 *
 * Each tree has one derivation, so that maxima and sums run over the same spans. Every choice is among the terms of
 * one table's row added to another's column: a `Split`.
 */
export const OPEN = 0;
export const OPEN_RIGHT = 1;
export const OPEN_LEFT = 2;
export const RIGHT = 3;
export const LEFT = 4;
export const CHILD = 5;

/** A number for each span of each kind: tables[kind][s · (words + 1) + t]. */
export type SpanTables = readonly Float64Array[];

export function spanTables(words: number): SpanTables {
  return Array.from({ length: 6 }, () => new Float64Array((words + 1) ** 2));
}

/** A function of the terms tables[row][at + j] + tables[column][from + j · (words + 1)], j in [0, count). */
export type Split = (row: number, at: number, column: number, from: number, count: number) => number;

/** Fills tables for the first n ≥ 1 words, where `combine` is the best or the sum of terms. Returns the whole tree's. */
export function fillSpans(
  tables: SpanTables,
  stride: number,
  theta: Float64Array,
  n: number,
  single: boolean,
  combine: Split,
): number {
  const [open, openRight, openLeft, right, left, child] = tables as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let s = 0; s <= n; s++) {
    right[s * stride + s] = 0;
    left[s * stride + s] = 0;
  }
  for (let length = 1; length <= n; length++) {
    for (let s = single ? 1 : 0; s + length <= n; s++) {
      const t = s + length;
      const row = s * stride;
      const score = combine(RIGHT, row + s, LEFT, row + stride + t, length);
      open[row + t] = score;
      openRight[row + t] = theta[row + t]! + score;
      right[row + t] = combine(OPEN_RIGHT, row + s + 1, RIGHT, row + stride + t, length);
      if (s === 0) continue;
      openLeft[row + t] = theta[t * stride + s]! + score;
      left[row + t] = combine(LEFT, row + s, OPEN_LEFT, row + t, length);
    }
  }
  if (!single) return right[n]!;
  for (let c = 1; c <= n; c++) child[c] = theta[c]! + left[stride + c]!;
  return combine(CHILD, 1, RIGHT, stride + n, n);
}

/** Writes a tree from the top down: `pick` chooses one of each split's terms. */
export function spanDerivation(
  words: number,
  single: boolean,
  pick: Split,
): (n: number, result: Float64Array) => void {
  const stride = words + 1;
  const stack = new Int32Array(12 * stride);
  let top = 0;
  const push = (kind: number, s: number, t: number): void => {
    if (s === t) return;
    stack[top++] = kind;
    stack[top++] = s;
    stack[top++] = t;
  };
  return (n, result) => {
    result.fill(0);
    if (single) {
      const c = 1 + pick(CHILD, 1, RIGHT, stride + n, n);
      result[c] = 1;
      push(LEFT, 1, c);
      push(RIGHT, c, n);
    } else {
      push(RIGHT, 0, n);
    }
    while (top > 0) {
      const t = stack[--top]!;
      const s = stack[--top]!;
      const kind = stack[--top]!;
      const row = s * stride;
      if (kind === RIGHT) {
        const u = s + 1 + pick(OPEN_RIGHT, row + s + 1, RIGHT, row + stride + t, t - s);
        push(OPEN_RIGHT, s, u);
        push(RIGHT, u, t);
      } else if (kind === LEFT) {
        const u = s + pick(LEFT, row + s, OPEN_LEFT, row + t, t - s);
        push(LEFT, s, u);
        push(OPEN_LEFT, u, t);
      } else {
        result[kind === OPEN_RIGHT ? row + t : t * stride + s] = 1;
        const u = s + pick(RIGHT, row + s, LEFT, row + stride + t, t - s);
        push(RIGHT, s, u);
        push(LEFT, u + 1, t);
      }
    }
  };
}
