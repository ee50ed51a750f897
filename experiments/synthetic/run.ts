import type { Cell, Experiment, Run } from "../../lab/experiment.ts";
import { type Result, result } from "../../lab/run/summary.ts";
import { gumbel, sumOfGamma } from "../../src/index.ts";
import {
  isWhole,
  lambdas,
  learningRates,
  otherLearningRates,
  presets,
  type SyntheticConfig,
  sfeLearningRates,
  steLearningRates,
} from "./config.ts";
import { AUTHORS_DATA, authorsInstance, drawInstance, type Instance } from "./data.ts";
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
    if (config.largestSize % 2 !== 0 || config.largestSize < 8 || config.largestSize > 28) {
      throw new RangeError(
        `synthetic: largestSize expected an even number in [8, 28], got ${config.largestSize}`,
      );
    }
  },
  async run(run) {
    const authors = run.seed === 0 || run.config.instance === "authors";
    const instance = authors ? authorsInstance : drawInstance(run.rng("instance"));
    const whole = isWhole(run.config);
    const descents = [...curves(run, instance), ...otherCurves(run, instance)];
    const pieces = whole
      ? [...descents, ...sweeps(run, instance), ...otherSweeps(run, instance), ...sums(run), ...times(run)]
      : descents.filter(({ name }) => run.config.methods.includes(name.slice("curve/".length)));
    run.plan(pieces.reduce((total, piece) => total + piece.units, 0));
    const results: Result[] = [];
    for (const { name, units, body } of pieces) {
      const gaps = await run.cell(name, body, { units });
      if (!name.startsWith("curve/")) continue;
      const gap = result(name.slice("curve/".length), "gap", gaps ?? []);
      results.push(gap);
      // Figure 6 is a map of it.
      if (!whole) results.push(result(gap.method, "gap-deviation", [gap.std]));
    }
    return {
      data: authors ? AUTHORS_DATA : `an instance drawn with seed ${run.seed}`,
      results,
    };
  },
  report,
};

/** A cell to be run: its result is the list of final gaps, where it has one. */
interface Piece {
  readonly name: string;
  /** About its milliseconds. */
  readonly units: number;
  body(cell: Cell): Promise<number[] | null>;
}

/** Figure 3, top. */
function curves({ config }: Run<SyntheticConfig>, instance: Instance): Piece[] {
  return methods.map((method) => {
    const gradient = gradientEstimator(instance, method, config.lambda);
    const units = method === "sfe" ? 200 : 400;
    return curve(config, instance, method, gradient, settingsOf(config, method), units);
  });
}

/** The same of the estimators that the paper does not have. */
function otherCurves({ config }: Run<SyntheticConfig>, instance: Instance): Piece[] {
  const { runs, steps } = config;
  return others.map(({ name, learningRate, make }) =>
    curve(config, instance, name, make(instance), { runs, steps, learningRate }, 100),
  );
}

function curve(
  { momentum }: SyntheticConfig,
  instance: Instance,
  method: string,
  gradient: GradientEstimator,
  { runs, steps, learningRate }: DescentSettings,
  stepsAMillisecond: number,
): Piece {
  return {
    name: `curve/${method}`,
    units: (runs * steps) / stepsAMillisecond,
    async body(cell) {
      const gaps = await descend(cell, instance, gradient, {
        runs,
        steps,
        learningRate,
        momentum,
        record(step, current) {
          const { mean, std } = result(method, "gap", current);
          cell.metric({ method, step, mean, std, median: median(current), runs });
        },
      });
      return [...gaps];
    },
  };
}

/** Figures 3 (bottom), 5, 6 and 8: the final gap against learning rate and λ. */
function sweeps({ config }: Run<SyntheticConfig>, instance: Instance): Piece[] {
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
      name: `sweep/${method}/${Object.values(at).join("/")}`,
      units: (runs * steps) / (method === "sfe" ? 200 : 800),
      async body(cell) {
        const gradient = gradientEstimator(instance, method, lambda ?? config.lambda);
        const { momentum } = config;
        const gaps = await descend(cell, instance, gradient, { runs, steps, learningRate, momentum });
        const { mean, std } = result(method, "gap", gaps);
        cell.metric({ method, ...at, mean, std, runs });
        return null;
      },
    };
  });
}

/** The final gap of the others against the learning rate. */
function otherSweeps({ config }: Run<SyntheticConfig>, instance: Instance): Piece[] {
  const { steps, momentum, sweepRuns: runs } = config;
  return others.flatMap(({ name, make }) =>
    otherLearningRates.map((learningRate) => ({
      name: `sweep/${name}/${learningRate}`,
      units: (runs * steps) / 200,
      async body(cell) {
        const gaps = await descend(cell, instance, make(instance), { runs, steps, learningRate, momentum });
        const { mean, std } = result(name, "gap", gaps);
        cell.metric({ method: name, learningRate, mean, std, runs });
        return null;
      },
    })),
  );
}

/** Figure 2. */
function sums({ config }: Run<SyntheticConfig>): Piece[] {
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
function times({ config }: Run<SyntheticConfig>): Piece[] {
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
