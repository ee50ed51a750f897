import type { Cell, Experiment } from "../../lab/experiment.ts";
import { result } from "../../lab/run/summary.ts";
import { gumbel, sumOfGamma } from "../../src/index.ts";
import {
  ACROSS,
  isWhole,
  lambdas,
  learningRates,
  otherLearningRates,
  presets,
  type SyntheticConfig,
  sfeLearningRates,
  steLearningRates,
} from "./config.ts";
import { AUTHORS_DATA, cellOn, type Instance, instanceOfSeed } from "./data.ts";
import { descend } from "./descent.ts";
import { type GradientEstimator, gradientEstimator, ITERATIONS, type Method, methods } from "./model.ts";
import { others } from "./others.ts";
import { report } from "./report.ts";
import { histogramOfSums } from "./sums.ts";
import { binomial, timings } from "./timing.ts";

const SOURCE = "authors' code, seed 0, 100 runs";

export const synthetic: Experiment<SyntheticConfig> = {
  name: "synthetic",
  description:
    "I-MLE's toy problem: which estimator finds the best 5-subset distribution (Figures 2, 3, 5–8).",
  presets,
  published: [
    { method: "imle-sog", metric: "gap", value: 0.18, source: SOURCE },
    { method: "imle-gumbel", metric: "gap", value: 0.3, source: SOURCE },
    { method: "ste-gumbel", metric: "gap", value: 0.75, source: SOURCE },
  ],
  check(config) {
    const { instance, methods: chosen, ...numbers } = config;
    if (instance !== "seed" && instance !== "authors") {
      throw new RangeError(`synthetic: instance expected seed or authors, got "${instance}"`);
    }
    const names = [...methods, ...others.map(({ name }) => name)];
    const unknown = isWhole(config) ? undefined : chosen.find((name) => !(names as string[]).includes(name));
    if (unknown !== undefined || chosen.length === 0 || new Set(chosen).size < chosen.length) {
      throw new RangeError(
        `synthetic: methods expected all, or some of ${names.join(", ")}, got "${chosen.join(",")}"`,
      );
    }
    for (const [key, value] of Object.entries(numbers)) {
      if (!(value > 0)) throw new RangeError(`synthetic: ${key} expected a number > 0, got ${value}`);
    }
    for (const key of [
      "instances",
      "sweepInstances",
      "runs",
      "sweepRuns",
      "steps",
      "sfeRuns",
      "sfeSteps",
      "sfeSweepRuns",
      "sums",
      "evaluations",
    ] as const) {
      if (!Number.isInteger(config[key])) {
        throw new RangeError(`synthetic: ${key} expected an integer, got ${config[key]}`);
      }
    }
    if (config.sweepInstances > config.instances) {
      throw new RangeError(
        `synthetic: sweepInstances expected at most the ${config.instances} instances, got ${config.sweepInstances}`,
      );
    }
    if (config.largestSize % 2 !== 0 || config.largestSize < 8 || config.largestSize > 28) {
      throw new RangeError(
        `synthetic: largestSize expected an even number in [8, 28], got ${config.largestSize}`,
      );
    }
  },
  async run(run) {
    const { config } = run;
    const whole = isWhole(config);
    const wanted = (method: string): boolean => whole || config.methods.includes(method);
    const first = config.instance === "authors" ? 0 : run.seed;
    const pieces: Piece[] = [];
    for (let i = 0; i < config.instances; i++) {
      const on = { instance: instanceOfSeed(first + i), index: i };
      pieces.push(...[...curves(config, on), ...otherCurves(config, on)].filter((p) => wanted(p.ends!)));
      if (whole && i < config.sweepInstances) pieces.push(...sweeps(config, on), ...otherSweeps(config, on));
    }
    if (whole) pieces.push(...sums(config), ...times(config));
    run.plan(pieces.reduce((total, piece) => total + piece.units, 0));
    const gaps = new Map<string, number[][]>();
    for (const { name, units, body, ends } of pieces) {
      const found = await run.cell(name, body, { units });
      if (ends !== undefined) gaps.set(ends, [...(gaps.get(ends) ?? []), found ?? []]);
    }
    const results = [...gaps].flatMap(([method, [own = [], ...others]]) => {
      const gap = result(method, "gap", own);
      const means = [own, ...others].map((list) => result(method, "gap", list).mean);
      return [
        gap,
        result(method, ACROSS, means),
        // Figure 6 is a map of it.
        ...(whole ? [] : [result(method, "gap-deviation", [gap.std])]),
      ];
    });
    return { data: dataOf(first, config.instances), results };
  },
  report,
};

function dataOf(first: number, instances: number): string {
  const own = first === 0 ? AUTHORS_DATA : `an instance drawn with seed ${first}`;
  return instances === 1 ? own : `${own}, and ${instances - 1} others of its law`;
}

/** One of the run's instances. */
interface OnInstance {
  readonly instance: Instance;
  readonly index: number;
}

/** A cell to be run: its result is the list of final gaps, where it has one. */
interface Piece {
  readonly name: string;
  /** About its milliseconds. */
  readonly units: number;
  /** The method whose final gaps are the result. */
  readonly ends?: string;
  body(cell: Cell): Promise<number[] | null>;
}

/** Figure 3, top. */
function curves(config: SyntheticConfig, on: OnInstance): Piece[] {
  return methods.map((method) => {
    const gradient = gradientEstimator(on.instance, method, config.lambda);
    const units = method === "sfe" ? 200 : 400;
    return curve(config, on, method, gradient, settingsOf(config, method), units);
  });
}

/** The same of the estimators that the paper does not have. */
function otherCurves(config: SyntheticConfig, on: OnInstance): Piece[] {
  const { runs, steps } = config;
  return others.map(({ name, learningRate, make }) =>
    curve(config, on, name, make(on.instance), { runs, steps, learningRate }, 100),
  );
}

/** Every step of the run's own instance is recorded, the end alone of the others. */
function curve(
  { momentum }: SyntheticConfig,
  { instance, index }: OnInstance,
  method: string,
  gradient: GradientEstimator,
  { runs, steps, learningRate }: DescentSettings,
  stepsAMillisecond: number,
): Piece {
  return {
    name: cellOn(index, `curve/${method}`),
    units: (runs * steps) / stepsAMillisecond,
    ends: method,
    async body(cell) {
      const record = (step: number, current: Float64Array): void => {
        const { mean, std } = result(method, "gap", current);
        cell.metric({ method, instance: index, step, mean, std, median: median(current), runs });
      };
      const descent = { runs, steps, learningRate, momentum };
      if (index === 0) return [...(await descend(cell, instance, gradient, { ...descent, record }))];
      const gaps = await descend(cell, instance, gradient, descent);
      record(steps - 1, gaps);
      return [...gaps];
    },
  };
}

/** Figures 3 (bottom), 5, 6 and 8: the final gap against learning rate and λ. */
function sweeps(config: SyntheticConfig, { instance, index }: OnInstance): Piece[] {
  const grid: { method: Method; learningRate: number; lambda?: number }[] = [];
  for (const method of ["imle-sog", "imle-gumbel"] as const) {
    for (const learningRate of learningRates) {
      for (const lambda of lambdas) grid.push({ method, learningRate, lambda });
    }
  }
  for (const method of ["ste-sog", "ste-gumbel"] as const) {
    for (const learningRate of steLearningRates) grid.push({ method, learningRate });
  }
  for (const learningRate of sfeLearningRates) grid.push({ method: "sfe", learningRate });
  return grid.map(({ method, learningRate, lambda }) => {
    const { steps } = settingsOf(config, method);
    const runs = method === "sfe" ? config.sfeSweepRuns : config.sweepRuns;
    const at = {
      learningRate: Number(learningRate.toPrecision(4)),
      ...(lambda === undefined ? {} : { lambda }),
    };
    return {
      name: cellOn(index, `sweep/${method}/${Object.values(at).join("/")}`),
      units: (runs * steps) / (method === "sfe" ? 200 : 800),
      async body(cell) {
        const gradient = gradientEstimator(instance, method, lambda ?? config.lambda);
        const { momentum } = config;
        const gaps = await descend(cell, instance, gradient, { runs, steps, learningRate, momentum });
        const { mean, std } = result(method, "gap", gaps);
        cell.metric({ method, instance: index, ...at, mean, std, runs });
        return null;
      },
    };
  });
}

/** The final gap of the others against the learning rate. */
function otherSweeps(config: SyntheticConfig, { instance, index }: OnInstance): Piece[] {
  const { steps, momentum, sweepRuns: runs } = config;
  return others.flatMap(({ name, make }) =>
    otherLearningRates.map((learningRate) => ({
      name: cellOn(index, `sweep/${name}/${learningRate}`),
      units: (runs * steps) / 200,
      async body(cell: Cell) {
        const gaps = await descend(cell, instance, make(instance), { runs, steps, learningRate, momentum });
        const { mean, std } = result(name, "gap", gaps);
        cell.metric({ method: name, instance: index, learningRate, mean, std, runs });
        return null;
      },
    })),
  );
}

/** Figure 2. */
function sums(config: SyntheticConfig): Piece[] {
  const k = 5;
  const noises = { gumbel: gumbel(), sog: sumOfGamma({ k, iterations: ITERATIONS }) };
  return Object.entries(noises).map(([name, noise]) => ({
    name: `sums/${name}`,
    units: config.sums / 1000,
    async body(cell) {
      cell.metric({ noise: name, ...histogramOfSums(noise, k, config.sums, cell.rng()) });
      return null;
    },
  }));
}

/** Figure 7. */
function times(config: SyntheticConfig): Piece[] {
  const sizes: number[] = [];
  for (let size = 8; size <= config.largestSize; size += 2) sizes.push(size);
  return sizes.map((size) => ({
    name: `time/${size}`,
    units: config.evaluations * (2 + binomial(size, size / 2) / 1500),
    async body(cell) {
      await timings(cell, size, config.evaluations);
      return null;
    },
  }));
}

interface DescentSettings {
  readonly runs: number;
  readonly steps: number;
  readonly learningRate: number;
}

function settingsOf(config: SyntheticConfig, method: Method): DescentSettings {
  const { runs, steps } = config;
  if (method === "sfe") {
    return { runs: config.sfeRuns, steps: config.sfeSteps, learningRate: config.sfeLearningRate };
  }
  const learningRate = method.startsWith("imle") ? config.imleLearningRate : config.steLearningRate;
  return { runs, steps, learningRate };
}

function median(values: Float64Array): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}
