import type { Preset } from "../../lab/experiment.ts";
import { checkDevice } from "../../lab/nn/device.ts";
import {
  expectBatch,
  expectCounts,
  expectMethods,
  expectOneOf,
  expectThreads,
} from "../../lab/run/check-settings.ts";

export const METHODS = [
  "imle-mu",
  "imle-map",
  "black-box",
  "fenchel-young",
  "adaptive-imle",
  "direct",
] as const;
export type MethodName = (typeof METHODS)[number];

export const MODELS = ["patch", "resnet18"] as const;
export type ModelName = (typeof MODELS)[number];

export type WarcraftConfig = {
  /** Where the networks compute: "wasm", or "webgpu", a GPU through the package of that name. */
  readonly device: string;
  /** Threads that the solver's maps are spread over. */
  readonly threads: number;
  /** In the order of the tables; see methods.ts. */
  readonly methods: readonly string[];
  /** "patch": dense layers, the same for each cell. "resnet18": the paper's network, more than a hundred times slower. */
  readonly model: string;
  /** Cells a side, K. The published maps have 12, 18, 24 and 30. */
  readonly side: number;
  readonly trainMaps: number;
  readonly testMaps: number;
  /** Trainings of each method, each with its own first weights, order and noise. */
  readonly runs: number;
  readonly epochs: number;
  readonly batch: number;
  /** Adam's. */
  readonly rate: number;
  /** Epochs after which the rate is divided by ten. */
  readonly drops: readonly number[];
  /** Widths of the patch model's hidden layers. */
  readonly hidden: readonly number[];
  /** Black-box's λ, a step against the gradient of the batch's mean loss: for one map it is λ / batch. */
  readonly lambda: number;
  /** τ of Sum-of-Gamma noise. */
  readonly temperature: number;
  /** Whether that noise has its mean taken off, which otherwise favours paths of few or of many cells. */
  readonly centered: boolean;
  /** Scale of the Gaussian noise of the perturbed Fenchel–Young loss. */
  readonly sigma: number;
  /** Adaptive I-MLE: first β, the wanted number of non-zero entries in a map's gradient, and β's step towards it. */
  readonly beta: number;
  readonly targetNonZeros: number;
  readonly betaStep: number;
};

/** The paper's schedule, but not its network: that is `model: "resnet18"`. */
/** Cells in a batch that resnet18 has memory for. Measured: 14,904 take 3.5 GB, 10,080 take 2.5 GB. */
const RESNET_CELLS = 15_000;

const paper: WarcraftConfig = {
  device: "wasm",
  threads: 1,
  methods: METHODS,
  model: "patch",
  side: 12,
  trainMaps: 10_000,
  testMaps: 1000,
  runs: 5,
  epochs: 50,
  batch: 70,
  rate: 5e-4,
  drops: [30, 40],
  hidden: [32, 32],
  lambda: 20,
  temperature: 1,
  centered: true,
  sigma: 0.01,
  beta: 1,
  targetNonZeros: 5,
  betaStep: 1e-3,
};

export const presets: Readonly<Record<Preset, WarcraftConfig>> = {
  quick: { ...paper, trainMaps: 1400, testMaps: 500, runs: 1, epochs: 8, rate: 2e-3, drops: [6] },
  paper,
};

/** @throws RangeError where values do not fit together. */
export function checkConfig(config: WarcraftConfig): void {
  checkDevice(config.device);
  expectCounts(config, ["trainMaps", "testMaps", "runs", "epochs", "batch"]);
  expectThreads(config.threads);
  if (!(Number.isInteger(config.side) && config.side >= 2)) {
    throw new RangeError(`side expected an integer >= 2, got ${config.side}`);
  }
  const positive = ["rate", "lambda", "sigma", "targetNonZeros", "betaStep"] as const;
  for (const key of positive) {
    if (!(config[key] > 0)) throw new RangeError(`${key} expected a number > 0, got ${config[key]}`);
  }
  for (const key of ["temperature", "beta"] as const) {
    if (!(config[key] >= 0)) throw new RangeError(`${key} expected a number >= 0, got ${config[key]}`);
  }
  const fitting = Math.floor(RESNET_CELLS / config.side ** 2);
  if (config.model === "resnet18" && config.device === "wasm" && config.batch > fitting) {
    throw new RangeError(
      `batch expected at most ${fitting} maps of ${config.side} × ${config.side} for resnet18, which has to fit into the 4 GiB of wasm, got ${config.batch}`,
    );
  }
  expectBatch(config, ["trainMaps"]);
  const width = config.hidden.find((n) => !(Number.isInteger(n) && n > 0));
  if (width !== undefined) throw new RangeError(`hidden expected integers > 0, got ${width}`);
  const drop = config.drops.find((epoch) => !(Number.isInteger(epoch) && epoch > 0));
  if (drop !== undefined) throw new RangeError(`drops expected epochs > 0, got ${drop}`);
  expectOneOf("model", config.model, MODELS);
  expectMethods(config.methods, METHODS);
}
