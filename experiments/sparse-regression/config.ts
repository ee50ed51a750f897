import type { Preset } from "../../lab/experiment.ts";
import { expectCounts, expectMethods } from "../../lab/run/check-settings.ts";
import type { Scheme } from "./derivatives.ts";
import { termNames } from "./library.ts";

export type SparseRegressionConfig = {
  /** Runs of each stochastic method, batched as rows of one θ. */
  readonly seeds: number;
  readonly iterations: number;
  /** k, the number of terms to select. */
  readonly terms: number;
  /** Methods in the order of the tables; see model.ts. */
  readonly methods: readonly string[];
  /** Learning rate of all stochastic methods, and λ of I-MLE and of the notebook's SIMPLE. */
  readonly rate: number;
  readonly lambda: number;
  /** Penalty of the notebook's ridge regression, for columns of unit norm. */
  readonly ridge: number;
  /** Sequentially thresholded least squares drops coefficients below this. */
  readonly threshold: number;
  /** How u is differentiated in x: "finite-difference" as PySINDy does, or "spectral". */
  readonly derivatives: string;
  /** Order of accuracy of the time derivative, even. */
  readonly timeAccuracy: number;
  /** Whether the library has the constant 1 as a fifteenth term. */
  readonly constant: boolean;
  /** Of the simulated data: grid points (a power of two; 32 hold no wave that is damped) and time steps between two kept times. */
  readonly points: number;
  readonly steps: number;
};

const published: SparseRegressionConfig = {
  seeds: 100,
  iterations: 1000,
  terms: 3,
  methods: ["simple", "imle", "simple-notebook", "imle-notebook", "stlsq"],
  rate: 10,
  lambda: 10,
  ridge: 0.05,
  threshold: 0.1,
  derivatives: "finite-difference",
  timeAccuracy: 2,
  constant: false,
  points: 1024,
  steps: 8,
};

export const presets: Readonly<Record<Preset, SparseRegressionConfig>> = {
  quick: { ...published, seeds: 10 },
  paper: published,
};

/** @throws RangeError where values do not fit together. */
export function checkConfig(config: SparseRegressionConfig): void {
  const size = termNames(config.constant).length;
  expectCounts(config, ["seeds", "iterations", "steps", "timeAccuracy"]);
  if (config.timeAccuracy % 2 !== 0) throw new RangeError("timeAccuracy expected an even number");
  if (!(Number.isInteger(config.terms) && config.terms > 0 && config.terms < size)) {
    throw new RangeError(`terms expected an integer in [1, ${size - 1}], got ${config.terms}`);
  }
  if (!(config.points >= 64 && Number.isInteger(Math.log2(config.points)))) {
    throw new RangeError(`points expected a power of two ≥ 64, got ${config.points}`);
  }
  for (const key of ["rate", "lambda", "ridge", "threshold"] as const) {
    if (!(config[key] > 0)) throw new RangeError(`${key} expected a number > 0, got ${config[key]}`);
  }
  expectMethods(config.methods, published.methods);
  const schemes: readonly string[] = ["finite-difference", "spectral"] satisfies Scheme[];
  if (!schemes.includes(config.derivatives)) {
    throw new RangeError(`derivatives expected one of ${schemes.join(", ")}, got "${config.derivatives}"`);
  }
}
