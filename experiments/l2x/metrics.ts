import type { L2xConfig } from "./config.ts";
import type { Score } from "./train-method.ts";

/** A number that a task is judged by. */
export interface Metric {
  readonly metric: "mse" | "accuracy" | "precision" | "run-length";
  readonly title: string;
  readonly scale: number;
  readonly places: number;
  of(score: Score): number;
}

const MSE: Metric = { metric: "mse", title: "MSE × 100", scale: 100, places: 2, of: ({ mse }) => mse };
const ACCURACY: Metric = {
  ...{ metric: "accuracy", title: "accuracy, %", scale: 100, places: 1 },
  of: ({ accuracy }) => accuracy,
};
const PRECISION: Metric = {
  ...{ metric: "precision", title: "precision, %", scale: 100, places: 1 },
  of: ({ precision }) => precision,
};
const RUN_LENGTH: Metric = {
  ...{ metric: "run-length", title: "words in a row", scale: 1, places: 2 },
  of: ({ runLength }) => runLength,
};

/** In the order of the tables. */
export function metricsOf({ task }: Pick<L2xConfig, "task">, marked: boolean): readonly Metric[] {
  return [
    task === "reviews" ? MSE : ACCURACY,
    ...(marked ? [PRECISION] : []),
    ...(task === "digits" ? [] : [RUN_LENGTH]),
  ];
}
