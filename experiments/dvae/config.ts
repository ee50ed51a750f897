import type { Preset } from "../../lab/experiment.ts";
import { checkDevice } from "../../lab/nn/device.ts";
import { expectBatch, expectCounts, expectMethods, expectOneOf } from "../../lab/run/check-settings.ts";

export const METHODS = [
  "imle-sog",
  "imle-gumbel",
  "simple",
  "ste",
  "sst",
  "gumbel-softmax",
  "gumbel-softmax-st",
  "simple-k1",
] as const;
export type MethodName = (typeof METHODS)[number];

export const KLS = ["k-subset", "softmax"] as const;
export type KlName = (typeof KLS)[number];

export type DvaeConfig = {
  /** Where the networks compute: "wasm", or "webgpu", a GPU through the package of that name. */
  readonly device: string;
  /** In the order of the tables; see methods.ts. */
  readonly methods: readonly string[];
  /**
   * The KL term. "k-subset": exact, of the law that is sampled (SIMPLE). "softmax": of each variable's softmax, whatever
   * k (I-MLE's code). They are the same for k = 1.
   */
  readonly kl: string;
  /** Trainings of each method, each with its own first weights, order and noise. */
  readonly runs: number;
  readonly epochs: number;
  readonly batch: number;
  /** Adam's. */
  readonly rate: number;
  /** Widths of the encoder's hidden layers; the decoder has them in reverse. */
  readonly hidden: readonly number[];
  readonly variables: number;
  readonly categories: number;
  /** Subset size of the methods that are not for one category. */
  readonly k: number;
  /** I-MLE's step against the gradient of the batch's mean loss: for one image it is λ / batch. */
  readonly lambda: number;
  /**
   * τ of Sum-of-Gamma noise. The paper says 10, but its code draws gammas whose scale is the inverse, with deviation 0.62
   * instead of 3.94: that is τ = 1.6.
   */
  readonly temperature: number;
  /** t of the stochastic softmax. */
  readonly sstTemperature: number;
  /** Images to draw, or to take at most from the data set. */
  readonly trainImages: number;
  readonly testImages: number;
};

const paper: DvaeConfig = {
  device: "wasm",
  methods: METHODS,
  kl: "k-subset",
  runs: 1,
  epochs: 100,
  batch: 100,
  rate: 1e-3,
  hidden: [512, 256],
  variables: 20,
  categories: 20,
  k: 10,
  lambda: 10,
  temperature: 1.6,
  sstTemperature: 0.5,
  trainImages: 60_000,
  testImages: 10_000,
};

export const presets: Readonly<Record<Preset, DvaeConfig>> = {
  quick: { ...paper, epochs: 6, hidden: [256, 128], trainImages: 5000, testImages: 1000 },
  paper,
};

/** @throws RangeError where values do not fit together. */
export function checkConfig(config: DvaeConfig): void {
  checkDevice(config.device);
  expectCounts(config, [
    "runs",
    "epochs",
    "batch",
    "variables",
    "categories",
    "k",
    "trainImages",
    "testImages",
  ]);
  for (const key of ["rate", "lambda", "temperature", "sstTemperature"] as const) {
    if (!(config[key] > 0)) throw new RangeError(`${key} expected a number > 0, got ${config[key]}`);
  }
  if (config.k >= config.categories) {
    throw new RangeError(`k expected an integer in [1, ${config.categories - 1}], got ${config.k}`);
  }
  expectBatch(config, ["trainImages", "testImages"]);
  const wrong = config.hidden.find((width) => !(Number.isInteger(width) && width > 0));
  if (wrong !== undefined) throw new RangeError(`hidden expected integers > 0, got ${wrong}`);
  expectMethods(config.methods, METHODS);
  expectOneOf("kl", config.kl, KLS);
}
