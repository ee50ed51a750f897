export type SyntheticConfig = {
  /** "all": everything that the figures need. Names of methods: only their final gaps, for sweeps. */
  methods: readonly string[];
  /** "seed": the authors' instance for seed 0, else one drawn with the seed. "authors": theirs, whatever the seed. */
  instance: string;
  /** Instances on which every method descends: this run's own, then those of the seeds after it. */
  instances: number;
  /** The first of these on which learning rates and λ are swept as well. */
  sweepInstances: number;
  /** Runs of each curve (I-MLE and STE), and of each cell of the heat maps. */
  runs: number;
  sweepRuns: number;
  steps: number;
  momentum: number;
  imleLearningRate: number;
  lambda: number;
  steLearningRate: number;
  /** The score function needs ten times the steps. */
  sfeLearningRate: number;
  sfeSteps: number;
  sfeRuns: number;
  sfeSweepRuns: number;
  /** Sums of k noise variables for the histograms. */
  sums: number;
  /** Largest size m for which times are measured, and evaluations a time. */
  largestSize: number;
  evaluations: number;
};

const paper: SyntheticConfig = {
  methods: ["all"],
  instance: "seed",
  instances: 10,
  sweepInstances: 10,
  runs: 100,
  sweepRuns: 100,
  steps: 50,
  momentum: 0.9,
  imleLearningRate: 0.75,
  lambda: 2,
  steLearningRate: 0.019,
  sfeLearningRate: 0.0046,
  sfeSteps: 500,
  sfeRuns: 50,
  sfeSweepRuns: 20,
  sums: 10_000,
  largestSize: 24,
  evaluations: 10,
};

export const presets: { readonly quick: SyntheticConfig; readonly paper: SyntheticConfig } = {
  quick: { ...paper, sweepInstances: 1, sweepRuns: 50, sfeSweepRuns: 10, largestSize: 18 },
  paper,
};

/** The metric of a method's mean gaps on all instances: their mean, and the deviation from instance to instance. */
export const ACROSS = "gap-over-instances";

export function isWhole({ methods }: SyntheticConfig): boolean {
  return methods.length === 1 && methods[0] === "all";
}

/** The grids of Figures 3 and 5 to 8. */
export const learningRates: readonly number[] = [0.5, 0.625, 0.75, 0.875, 1];
export const lambdas: readonly number[] = [0.5, 1, 1.5, 2, 2.5, 3];
export const steLearningRates: readonly number[] = logarithmic(0.001, 0.2, 10);
export const sfeLearningRates: readonly number[] = logarithmic(0.0001, 0.1, 10);
/** For the methods of others.ts. */
export const otherLearningRates: readonly number[] = [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];

function logarithmic(from: number, to: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from * (to / from) ** (i / (count - 1)));
}
