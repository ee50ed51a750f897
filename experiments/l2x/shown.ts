/** A text as reports show it. */
export type Shown = {
  readonly words: readonly string[];
  /** 1 for words that an annotator marked. */
  readonly marked: readonly number[];
  readonly target: number;
};
