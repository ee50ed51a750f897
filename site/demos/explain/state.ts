/** What the page, its worker and its code agree on. */
export interface ExplainState {
  readonly task: string;
  readonly estimator: string;
  /** k of each task. */
  readonly patches: number;
  readonly words: number;
  /** τ. */
  readonly tau: number;
  readonly rate: number;
  readonly seed: number;
  /** The visitor's drawing, 0 to 9 a pixel, and sentence. */
  readonly drawing: readonly number[];
  readonly sentence: string;
}

export const STEPS = 160;
/** Steps between two looks at instances that were never shown. */
export const EVERY = 5;
export const TRAIN = 400;
export const TESTS = 200;
export const BATCH = 32;
export const MOMENTUM = 0.9;
export const LAMBDA = 10;

export const kOf = ({ task, patches, words }: ExplainState): number => (task === "digits" ? patches : words);

export interface Progress {
  readonly kind: "progress";
  /** Every `EVERY` steps: the share of new instances told rightly from k parts alone. */
  readonly accuracies: readonly number[];
}

export interface Explanation {
  readonly kind: "explanation";
  /** Probability of an 8, or of praise. */
  readonly probability: number;
  /** The parts that were seen, in order. */
  readonly parts: readonly number[];
}
