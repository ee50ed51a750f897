import type { Preset } from "../../lab/experiment.ts";
import { checkDevice } from "../../lab/nn/device.ts";
import { expectBatch, expectCounts, expectMethods, expectPositive } from "../../lab/run/check-settings.ts";

export const METHODS = [
  "lstm",
  "indep-undirected",
  "spanning-tree",
  "indep-directed",
  "arborescence-gumbel",
  "arborescence-gaussian",
  "arborescence-neg-exp",
  "simple-arborescence",
  "ground-truth",
] as const;
export type MethodName = (typeof METHODS)[number];

export type ListopsConfig = {
  /** Where the networks compute: "wasm", or "webgpu", a GPU through the package of that name. */
  readonly device: string;
  /** In the order of the tables; see methods.ts. */
  readonly methods: readonly string[];
  /** Lists within lists, at most: also the rounds of messages. */
  readonly depth: number;
  /** Words of an expression, at most. */
  readonly length: number;
  readonly trainExpressions: number;
  readonly validationExpressions: number;
  readonly testExpressions: number;
  /** Trainings of each method, each with its own first weights, order and noise. */
  readonly runs: number;
  readonly epochs: number;
  readonly batch: number;
  /** Adam's. */
  readonly rate: number;
  /** Width of each direction of the LSTM, and of what it reads. */
  readonly memory: number;
  /** Width of a word's state in the message passing. */
  readonly hidden: number;
  /** t of the stochastic softmax tricks. */
  readonly temperature: number;
};

const paper: ListopsConfig = {
  device: "wasm",
  methods: METHODS,
  depth: 5,
  length: 50,
  trainExpressions: 100_000,
  validationExpressions: 10_000,
  testExpressions: 10_000,
  runs: 3,
  epochs: 50,
  batch: 100,
  rate: 1e-3,
  memory: 60,
  hidden: 60,
  temperature: 1,
};

export const presets: Readonly<Record<Preset, ListopsConfig>> = {
  quick: {
    ...paper,
    depth: 2,
    length: 12,
    trainExpressions: 4000,
    validationExpressions: 500,
    testExpressions: 1000,
    runs: 1,
    epochs: 5,
    batch: 50,
    rate: 5e-3,
    memory: 24,
    hidden: 48,
  },
  paper,
};

/** Words that expressions nested n deep need, at least 3 n + 1, and room to find them by chance. */
const WORDS_A_LEVEL = 4;

/** @throws RangeError where values do not fit together. */
export function checkConfig(config: ListopsConfig): void {
  checkDevice(config.device);
  expectCounts(config, [
    "depth",
    "length",
    "trainExpressions",
    "validationExpressions",
    "testExpressions",
    "runs",
    "epochs",
    "batch",
    "memory",
    "hidden",
  ]);
  expectPositive(config, ["rate", "temperature"]);
  const least = WORDS_A_LEVEL * config.depth;
  if (config.length < least) {
    throw new RangeError(`length expected at least 4 · depth = ${least} words, got ${config.length}`);
  }
  expectBatch(config, ["trainExpressions"]);
  expectMethods(config.methods, METHODS);
}
