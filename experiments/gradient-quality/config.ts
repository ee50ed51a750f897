import type { Preset } from "../../lab/experiment.ts";
import { losses } from "./comparison/losses.ts";
import { structures } from "./comparison/structures.ts";
import { methods } from "./simple/methods.ts";
import { problems } from "./simple/problems.ts";
import { publishedInstances } from "./simple/published-instances.ts";

export type GradientQualityConfig = {
  /** "comparison": every estimator on every structure. "simple": Figures 1 and 3 of SIMPLE. */
  readonly parts: readonly string[];
  /** Of the comparison: names from its structures.ts and losses.ts; the first loss is the one that tables are about. */
  readonly structures: readonly string[];
  readonly losses: readonly string[];
  /** Instances for each structure and loss, and gradients for each of them, method and setting. */
  readonly draws: number;
  readonly rows: number;
  /** Of the SIMPLE part, from here on. "published": θ and b of the paper's notebook; "drawn": from the run's seed. */
  readonly instances: string;
  /** How many of them. */
  readonly count: number;
  /** Gradients for each method and instance. */
  readonly gradients: number;
  /** λ of I-MLE and of the published finite differences. */
  readonly lambda: number;
  /** Temperature of straight-through Gumbel-softmax. */
  readonly temperature: number;
  /** States from which SIMPLE-F estimates the Jacobian. */
  readonly backwardSamples: number;
  /** Names from problems.ts and methods.ts. */
  readonly problems: readonly string[];
  readonly methods: readonly string[];
};

const PARTS = [{ name: "comparison" }, { name: "simple" }];

const paper: GradientQualityConfig = {
  parts: PARTS.map(({ name }) => name),
  structures: structures.map(({ name }) => name),
  losses: losses.map(({ name }) => name),
  draws: 10,
  rows: 1000,
  instances: "published",
  count: 10,
  gradients: 10_000,
  lambda: 2.5,
  temperature: 1,
  backwardSamples: 10,
  problems: problems.map(({ name }) => name),
  methods: methods.map(({ name }) => name),
};

export const presets: Readonly<Record<Preset, GradientQualityConfig>> = {
  quick: { ...paper, draws: 3, rows: 300, gradients: 2000 },
  paper,
};

/** @throws RangeError where values do not fit together. */
export function checkConfig(config: GradientQualityConfig): void {
  const { instances, count, gradients } = config;
  if (instances !== "published" && instances !== "drawn") {
    throw new RangeError(`instances expected one of published, drawn, got "${instances}"`);
  }
  const most = instances === "published" ? publishedInstances.length : 1000;
  if (!(Number.isInteger(count) && count >= 1 && count <= most)) {
    throw new RangeError(`count expected an integer in [1, ${most}], got ${count}`);
  }
  if (!(Number.isInteger(gradients) && gradients >= 2)) {
    throw new RangeError(`gradients expected an integer ≥ 2, got ${gradients}`);
  }
  if (!(Number.isInteger(config.backwardSamples) && config.backwardSamples >= 2)) {
    throw new RangeError(`backwardSamples expected an integer ≥ 2, got ${config.backwardSamples}`);
  }
  if (!(Number.isInteger(config.draws) && config.draws >= 1)) {
    throw new RangeError(`draws expected an integer ≥ 1, got ${config.draws}`);
  }
  if (!(Number.isInteger(config.rows) && config.rows >= 2)) {
    throw new RangeError(`rows expected an integer ≥ 2, got ${config.rows}`);
  }
  for (const key of ["lambda", "temperature"] as const) {
    if (!(config[key] > 0)) throw new RangeError(`${key} expected a number > 0, got ${config[key]}`);
  }
  known("parts", config.parts, PARTS);
  known("structures", config.structures, structures);
  known("losses", config.losses, losses);
  known("problems", config.problems, problems);
  known("methods", config.methods, methods);
}

function known(key: string, names: readonly string[], all: readonly { readonly name: string }[]): void {
  const unknown = names.find((name) => !all.some((item) => item.name === name));
  if (unknown !== undefined || names.length === 0) {
    throw new RangeError(
      `${key} expected some of ${all.map((a) => a.name).join(", ")}, got "${unknown ?? ""}"`,
    );
  }
}
