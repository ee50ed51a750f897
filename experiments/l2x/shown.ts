/** An example as reports show it: a text, or a picture, patch after patch. */
export type Shown = {
  readonly words?: readonly string[];
  readonly picture?: readonly number[];
  /** 1 for words that an annotator marked. */
  readonly marked: readonly number[];
  readonly target: number;
};
