import type { Preset } from "../../lab/experiment.ts";
import { checkDevice } from "../../lab/nn/device.ts";
import {
  expectBatch,
  expectCounts,
  expectMethods,
  expectOneOf,
  expectPositive,
} from "../../lab/run/check-settings.ts";

export const METHODS = [
  "imle",
  "imle-adaptive",
  "simple",
  "ste",
  "l2x",
  "soft-sub",
  "sst-euclidean",
  "sst-categorical",
  "sst-binary",
  "sst-exponential",
  "sst-correlated",
] as const;
/** Choices that nobody learns: what a method must beat, and, last, what nothing can be expected to beat. */
export const FLOORS = ["random", "univariate", "all"] as const;
export type MethodName = (typeof METHODS)[number] | (typeof FLOORS)[number];

export const TASKS = ["reviews", "sentences", "digits"] as const;
export type TaskName = (typeof TASKS)[number];

export const NETWORKS = ["simple", "complex", "selector"] as const;
export type NetworkName = (typeof NETWORKS)[number];

export const ASPECTS = ["appearance", "aroma", "palate", "taste"] as const;

export type L2xConfig = {
  /** Where the networks compute: "wasm", or "webgpu", a GPU through the package of that name. */
  readonly device: string;
  /**
   * "reviews": a rating, by words; "sentences": praise or blame, by words; "digits": 3 or 8, by patches of 4 × 4 pixels.
   */
  readonly task: string;
  /** In the order of the tables; see methods.ts. */
  readonly methods: readonly string[];
  /** Which of the four ratings a review's words explain: 0 appearance, 1 aroma, 2 palate, 3 taste. */
  readonly aspect: number;
  /** "simple": one convolution; "complex": three (SST); "selector": four and a dense layer (I-MLE, L2X). */
  readonly network: string;
  /** How many are chosen; 0: the usual number of the task (`usualK`). */
  readonly k: number;
  /** Trainings of each method, each with its own validation/test split, first weights, order and noise. */
  readonly runs: number;
  readonly epochs: number;
  readonly batch: number;
  /** Adam's. */
  readonly rate: number;
  /** Of all convolutions. */
  readonly filters: number;
  /** Width of dense layers. */
  readonly hidden: number;
  /** Share of embeddings' entries that the selector does not see in training. */
  readonly dropout: number;
  /** Length of made word vectors; those of a data folder have their own. */
  readonly embedding: number;
  /** I-MLE's step against the gradient of the batch's mean loss: for one text it is λ / batch. */
  readonly lambda: number;
  /** τ of Sum-of-Gamma noise. */
  readonly temperature: number;
  /** Wanted number of non-zero entries of a text's gradient, for adaptive λ. */
  readonly nonZeros: number;
  /** How far its β moves after each update, from 1 on: there must be time to arrive. */
  readonly betaStep: number;
  /** t of L2X, of SoftSub, and of the stochastic softmax tricks. */
  readonly l2xTemperature: number;
  readonly softSubTemperature: number;
  readonly sstTemperature: number;
  /** Longer texts are cut. */
  readonly length: number;
  /** Texts to make, or to take at most from the data set; those held out are halved into validation and test. */
  readonly trainExamples: number;
  readonly heldOutExamples: number;
  /** Texts with annotated words, for precision. */
  readonly annotatedExamples: number;
  /** Of made ratings: how alike those of two aspects of a beer are. */
  readonly correlation: number;
};

const paper: L2xConfig = {
  device: "wasm",
  task: "reviews",
  methods: [...METHODS, ...FLOORS],
  aspect: 1,
  network: "simple",
  k: 0,
  runs: 10,
  epochs: 20,
  batch: 40,
  rate: 1e-3,
  filters: 100,
  hidden: 100,
  dropout: 0.2,
  embedding: 200,
  lambda: 1000,
  temperature: 30,
  nonZeros: 1,
  betaStep: 1e-3,
  l2xTemperature: 0.1,
  softSubTemperature: 0.5,
  sstTemperature: 0.5,
  length: 350,
  trainExamples: 70_000,
  heldOutExamples: 10_000,
  annotatedExamples: 993,
  correlation: 0.5,
};

export const presets: Readonly<Record<Preset, L2xConfig>> = {
  quick: {
    ...paper,
    runs: 1,
    epochs: 4,
    rate: 5e-3,
    filters: 32,
    hidden: 32,
    dropout: 0,
    embedding: 32,
    lambda: 500,
    temperature: 1,
    nonZeros: 2,
    betaStep: 0.02,
    length: 60,
    trainExamples: 6000,
    heldOutExamples: 800,
    annotatedExamples: 400,
  },
  paper,
};

/** How many are chosen where `k` is 0. */
const USUAL: Readonly<Record<TaskName, number>> = { reviews: 5, sentences: 5, digits: 4 };

export function chosenK({ k, task }: Pick<L2xConfig, "k" | "task">): number {
  return k === 0 ? USUAL[task as TaskName] : k;
}

/** Fewest words of a made review. */
export const SHORTEST = 20;

/** @throws RangeError where values do not fit together. */
export function checkConfig(config: L2xConfig): void {
  checkDevice(config.device);
  expectOneOf("task", config.task, TASKS);
  expectOneOf("network", config.network, NETWORKS);
  expectCounts(config, [
    "runs",
    "epochs",
    "batch",
    "filters",
    "hidden",
    "embedding",
    "length",
    "trainExamples",
    "annotatedExamples",
  ]);
  expectPositive(config, [
    "rate",
    "lambda",
    "temperature",
    "nonZeros",
    "betaStep",
    "l2xTemperature",
    "softSubTemperature",
    "sstTemperature",
  ]);
  if (!(Number.isInteger(config.aspect) && config.aspect >= 0 && config.aspect < ASPECTS.length)) {
    throw new RangeError(`aspect expected an integer in [0, ${ASPECTS.length - 1}], got ${config.aspect}`);
  }
  if (config.length < SHORTEST) {
    throw new RangeError(`length expected an integer >= ${SHORTEST}, got ${config.length}`);
  }
  if (!(Number.isInteger(config.k) && config.k >= 0 && config.k < SHORTEST)) {
    throw new RangeError(`k expected an integer in [0, ${SHORTEST - 1}], got ${config.k}`);
  }
  if (!(config.dropout >= 0 && config.dropout < 1)) {
    throw new RangeError(`dropout expected a number in [0, 1), got ${config.dropout}`);
  }
  if (!(config.correlation >= 0 && config.correlation <= 1)) {
    throw new RangeError(`correlation expected a number in [0, 1], got ${config.correlation}`);
  }
  if (!(Number.isInteger(config.heldOutExamples) && config.heldOutExamples >= 2)) {
    throw new RangeError(`heldOutExamples expected an integer >= 2, got ${config.heldOutExamples}`);
  }
  expectBatch(config, ["trainExamples"]);
  expectMethods(config.methods, [...METHODS, ...FLOORS]);
}
