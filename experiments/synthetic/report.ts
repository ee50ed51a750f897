import { formatSpread } from "../../lab/report/format.ts";
import { nameAndNumbers, type Report } from "../../lab/report/report.ts";
import type { Result } from "../../lab/run/summary.ts";
import { ACROSS, isWhole } from "./config.ts";
import { instances } from "./figures/instances.ts";
import { learningRates } from "./figures/learning-rates.ts";
import { across, type Finished, instancesInWords, NAMES } from "./figures/lines.ts";
import { optimization } from "./figures/optimization.ts";
import { otherEstimators } from "./figures/other-estimators.ts";
import { sensitivity } from "./figures/sensitivity.ts";
import { sumsOfNoise } from "./figures/sums-of-noise.ts";
import { times } from "./figures/times.ts";
import type { Method } from "./model.ts";

export function report(run: Finished): Report {
  if (!isWhole(run.config)) return partOf(run);
  const gap = (method: Method): Result => run.summary.results.find((r) => r.method === method)!;
  const ranking = (["imle-sog", "ste-gumbel", "sfe"] as const)
    .map((method) => across(run, method))
    .sort((a, b) => a.mean - b.mean);
  const { steps, sfeSteps, instances: count } = run.config;
  const [first, ...others] = ranking.map(
    ({ method, mean, std }) => [NAMES[method as Method], formatSpread(mean, std)] as const,
  );
  const rest = others.map(([name, gap]) => `${name} ${gap}`).join(" and ");
  return {
    lead: `Of the paper's three **${first![0]}** comes closest to the best distribution: over ${instancesInWords(count)} its expected loss ends ${first![1]} above the optimum, ${rest}. All use one sample a gradient; SFE takes ${sfeSteps} steps, the others ${steps}.`,
    sections: [
      optimization(run, gap),
      instances(run),
      otherEstimators(run),
      ...sensitivity(run),
      learningRates(run),
      times(run),
      sumsOfNoise(run),
    ],
  };
}

/** A run of some methods alone, as sweeps have them. */
function partOf({ config, summary }: Finished): Report {
  const result = (method: string, metric: string): string => {
    const { mean, std } = summary.results.find((r) => r.method === method && r.metric === metric)!;
    return formatSpread(mean, std);
  };
  return {
    lead: "Final gaps to the optimal expected loss of some methods; the figures need a run of all.",
    sections: [
      {
        title: "How close do they come?",
        tables: [
          {
            columns: nameAndNumbers(["method", "final gap", `over ${instancesInWords(config.instances)}`]),
            rows: config.methods.map((method) => [method, result(method, "gap"), result(method, ACROSS)]),
          },
        ],
        notes: [
          `I-MLE: λ ${config.lambda}, learning rate ${config.imleLearningRate}; STE: ${config.steLearningRate}; SFE: ${config.sfeLearningRate}.`,
        ],
      },
    ],
  };
}
