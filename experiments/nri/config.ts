import type { Preset } from "../../lab/experiment.ts";
import { checkDevice } from "../../lab/nn/device.ts";
import { expectBatch, expectCounts, expectMethods, expectPositive } from "../../lab/run/check-settings.ts";

export const METHODS = [
  "indep-binary",
  "top-k",
  "spanning-tree",
  "simple-spanning-tree",
  "imle-spanning-tree",
] as const;
export type MethodName = (typeof METHODS)[number];

export type NriConfig = {
  /** Where the networks compute: "wasm", or "webgpu", a GPU through the package of that name. */
  readonly device: string;
  /** In the order of the tables; see methods.ts. */
  readonly methods: readonly string[];
  readonly vertices: number;
  /** Positions of each point that are seen, T. */
  readonly timesteps: number;
  readonly trainSeries: number;
  readonly validationSeries: number;
  readonly testSeries: number;
  /** Trainings of each method, each with its own first weights, order and noise. */
  readonly runs: number;
  /** Updates of a training. */
  readonly iterations: number;
  /** Updates between two evaluations on the validation series. */
  readonly evaluateEvery: number;
  readonly batch: number;
  /** Adam's. */
  readonly rate: number;
  /** Share of the updates after which the rate is divided by ten. 1: never. */
  readonly drop: number;
  /** Width of all hidden layers. */
  readonly hidden: number;
  /** Of the Gaussian around each predicted coordinate. */
  readonly variance: number;
  /** Positions predicted one from another before the true ones are seen again. */
  readonly predictionSteps: number;
  /** t of the stochastic softmax tricks. */
  readonly temperature: number;
  /** Logits further below a row's largest count as that far below it. */
  readonly range: number;
  /** Counts the KL of an undirected edge for both of its directions, as the published code does. */
  readonly doubleKl: boolean;
  /** I-MLE's step against the gradient of one series' loss. */
  readonly lambda: number;
};

const paper: NriConfig = {
  device: "wasm",
  methods: METHODS,
  vertices: 10,
  timesteps: 10,
  trainSeries: 50_000,
  validationSeries: 10_000,
  testSeries: 10_000,
  runs: 3,
  iterations: 50_000,
  evaluateEvery: 1000,
  batch: 128,
  rate: 1e-4,
  drop: 1,
  hidden: 256,
  variance: 5e-5,
  predictionSteps: 9,
  temperature: 0.1,
  range: 15,
  doubleKl: false,
  lambda: 0.01,
};

export const presets: Readonly<Record<Preset, NriConfig>> = {
  quick: {
    ...paper,
    trainSeries: 5000,
    validationSeries: 320,
    testSeries: 640,
    runs: 1,
    iterations: 350,
    evaluateEvery: 50,
    batch: 32,
    rate: 3e-3,
    drop: 0.7,
    hidden: 32,
    predictionSteps: 1,
    temperature: 0.5,
  },
  paper,
};

/** @throws RangeError where values do not fit together. */
export function checkConfig(config: NriConfig): void {
  checkDevice(config.device);
  expectCounts(config, [
    "trainSeries",
    "validationSeries",
    "testSeries",
    "runs",
    "iterations",
    "evaluateEvery",
    "batch",
    "hidden",
    "predictionSteps",
  ]);
  for (const [key, least] of [
    ["vertices", 3],
    ["timesteps", 2],
  ] as const) {
    if (!(Number.isInteger(config[key]) && config[key] >= least)) {
      throw new RangeError(`${key} expected an integer >= ${least}, got ${config[key]}`);
    }
  }
  expectPositive(config, ["rate", "variance", "temperature", "range", "lambda"]);
  if (!(config.drop >= 0 && config.drop <= 1)) {
    throw new RangeError(`drop expected a number in [0, 1], got ${config.drop}`);
  }
  if (config.predictionSteps >= config.timesteps) {
    throw new RangeError(
      `predictionSteps expected at most timesteps − 1 = ${config.timesteps - 1}, got ${config.predictionSteps}`,
    );
  }
  expectBatch(config, ["trainSeries", "validationSeries", "testSeries"]);
  expectMethods(config.methods, METHODS);
}
