/** What the page, its worker and its code agree on. */
import type { Dials } from "./methods.ts";

export interface PathsState extends Dials {
  readonly methods: readonly string[];
  /** How many maps are shown with their paths. */
  readonly shown: number;
  readonly rate: number;
  readonly device: string;
  readonly seed: number;
  /** The kind of each cell of the visitor's map. */
  readonly map: readonly number[];
}

export const STEPS = 120;
/** Steps between two looks at maps that were never shown. */
export const EVERY = 5;
export const TESTS = 50;
export const BATCH = 10;
export const HIDDEN = 16;
export const MOMENTUM = 0.9;

export interface Progress {
  readonly kind: "progress";
  readonly device: string;
  /** By method, every `EVERY` steps: the share of new maps whose predicted path is a shortest one. */
  readonly accuracies: Readonly<Record<string, readonly number[]>>;
}

export interface Prediction {
  readonly kind: "prediction";
  readonly method: string;
  /** Costs as the network sees the visitor's map, and the way through it. */
  readonly costs: Float32Array;
  readonly path: Float32Array;
  /** What the way really costs. */
  readonly length: number;
}
