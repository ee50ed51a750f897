import type { Preset } from "../experiment.ts";
import { methods } from "./methods.ts";
import { problems } from "./problems.ts";
import { publishedInstances } from "./published-instances.ts";

export type GradientQualityConfig = {
  /** "published": θ and b of the paper's notebook; "drawn": from the run's seed. */
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

const paper: GradientQualityConfig = {
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
  quick: { ...paper, gradients: 2000 },
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
  for (const key of ["lambda", "temperature"] as const) {
    if (!(config[key] > 0)) throw new RangeError(`${key} expected a number > 0, got ${config[key]}`);
  }
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
