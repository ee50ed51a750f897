import type { Preset } from "./settings.ts";

/** One number of a table of ours. */
export interface Result {
  readonly method: string;
  readonly metric: string;
  readonly mean: number;
  /** Of the sample (n − 1); 0 for one run. */
  readonly std: number;
  readonly runs: number;
  /** Of one run, on average. */
  readonly seconds?: number;
}

/** One number of a table of a paper's. */
export interface Published {
  readonly method: string;
  readonly metric: string;
  readonly value: number;
  readonly source: string;
}

/** summary.json. */
export interface Summary {
  readonly experiment: string;
  readonly preset: Preset;
  readonly seed: number;
  readonly data: string;
  readonly seconds: number;
  readonly results: readonly Result[];
  readonly published: readonly Published[];
}

/** Mean and standard deviation of a method's runs. */
export function result(method: string, metric: string, values: ArrayLike<number>): Result {
  const list = Array.from(values);
  const runs = list.length;
  // Around the first value: equal runs have exactly their value as the mean and no spread.
  const first = list[0] ?? Number.NaN;
  const mean = first + list.reduce((sum, x) => sum + (x - first), 0) / runs;
  const square = list.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  return { method, metric, mean, std: runs > 1 ? Math.sqrt(square / (runs - 1)) : 0, runs };
}
