import type { Experiment } from "../lab/experiment.ts";

/** A name on the command line and the module behind it, loaded when it is asked for. */
export interface Registered {
  readonly name: string;
  load(): Promise<Experiment>;
}

/** All experiments; `npm start` alone runs the first. */
export const experiments: readonly Registered[] = [
  { name: "synthetic", load: async () => (await import("./synthetic/run.ts")).synthetic },
  {
    name: "gradient-quality",
    load: async () => (await import("./gradient-quality/run.ts")).gradientQualityExperiment,
  },
  {
    name: "sparse-regression",
    load: async () => (await import("./sparse-regression/run.ts")).sparseRegression,
  },
  { name: "dvae", load: async () => (await import("./dvae/run.ts")).dvae },
  { name: "warcraft", load: async () => (await import("./warcraft/run.ts")).warcraft },
  {
    name: "decisions",
    load: async () => (await import("./decisions/run.ts")).decisions,
  },
  { name: "nri", load: async () => (await import("./nri/run.ts")).nri },
  { name: "listops", load: async () => (await import("./listops/run.ts")).listops },
  { name: "l2x", load: async () => (await import("./l2x/run.ts")).l2x },
];
