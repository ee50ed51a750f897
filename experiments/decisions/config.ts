import type { Preset } from "../../lab/experiment.ts";
import { expectCounts, expectThreads } from "../../lab/run/check-settings.ts";
import { chosen, methods } from "./methods.ts";
import { problems } from "./problems.ts";

export type DecisionsConfig = {
  /** Threads that the solver's rows are spread over. */
  readonly threads: number;
  /** Name from problems.ts. */
  readonly problem: string;
  /** Of the polynomial that makes worth of features: 1 is a linear truth. */
  readonly degrees: readonly number[];
  /** ε̄: worths are multiplied by U[1 − ε̄, 1 + ε̄]. */
  readonly noises: readonly number[];
  /** Rows of training sets. */
  readonly sizes: readonly number[];
  /** Names from methods.ts; "-pool" after one answers most of its solver calls from memory. */
  readonly methods: readonly string[];
  readonly instances: number;
  readonly testRows: number;
  readonly features: number;
  /** Updates by Adam, whatever the size, and rows of each. */
  readonly steps: number;
  readonly batch: number;
  /** Share of the rows that a pool solves. */
  readonly share: number;
};

const paper: DecisionsConfig = {
  threads: 1,
  problem: "path",
  degrees: [1, 2, 4, 6],
  noises: [0, 0.5],
  sizes: [100, 1000, 5000],
  methods: methods.map(({ name }) => name),
  instances: 10,
  testRows: 1000,
  features: 5,
  steps: 640,
  batch: 32,
  share: 0.05,
};

export const presets: Readonly<Record<Preset, DecisionsConfig>> = {
  quick: { ...paper, noises: [0.5], sizes: [1000], instances: 3 },
  paper,
};

/** @throws RangeError where values do not fit together. */
export function checkConfig(config: DecisionsConfig): void {
  if (!problems.some(({ name }) => name === config.problem)) {
    const names = problems.map(({ name }) => name).join(", ");
    throw new RangeError(`problem expected one of ${names}, got "${config.problem}"`);
  }
  const unknown = config.methods.find((name) => chosen(name) === undefined);
  if (unknown !== undefined) {
    const names = methods.map(({ name }) => name).join(", ");
    throw new RangeError(
      `methods expected some of ${names}, all but two-stage also with -pool, got "${unknown}"`,
    );
  }
  for (const key of ["degrees", "noises", "sizes", "methods"] as const) {
    const list: readonly unknown[] = config[key];
    if (list.length === 0) throw new RangeError(`${key} expected at least one, got none`);
    if (new Set(list).size < list.length)
      throw new RangeError(`${key} expected each once, got ${list.join()}`);
  }
  for (const noise of config.noises) {
    if (!(noise >= 0 && noise <= 1)) throw new RangeError(`noises expected numbers in [0, 1], got ${noise}`);
  }
  const counts = { degrees: config.degrees, sizes: config.sizes };
  for (const [key, list] of Object.entries(counts)) {
    const bad = list.find((count) => !(Number.isInteger(count) && count >= 1));
    if (bad !== undefined) throw new RangeError(`${key} expected integers ≥ 1, got ${bad}`);
  }
  expectCounts(config, ["instances", "testRows", "features", "steps", "batch"]);
  expectThreads(config.threads);
  if (config.sizes.some((size) => size <= config.features)) {
    throw new RangeError(`sizes expected more rows than features, ${config.features}, got ${config.sizes}`);
  }
  if (!(config.share >= 0 && config.share <= 1)) {
    throw new RangeError(`share expected a number in [0, 1], got ${config.share}`);
  }
}
