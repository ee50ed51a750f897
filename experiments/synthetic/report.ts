import { formatNumber, formatSpread } from "../../lab/report/format.ts";
import type { Report } from "../../lab/report/report.ts";
import type { Result } from "../../lab/run/summary.ts";
import { isWhole } from "./config.ts";
import { learningRates } from "./figures/learning-rates.ts";
import { type Finished, NAMES } from "./figures/lines.ts";
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
    .map((method) => ({ method, mean: gap(method).mean }))
    .sort((a, b) => a.mean - b.mean);
  const [first, ...others] = ranking;
  const { steps, sfeSteps } = run.config;
  const rest = others.map(({ method, mean }) => `${NAMES[method]} at ${formatNumber(mean, 2)}`).join(" and ");
  return {
    lead: `**${NAMES[first!.method]}** comes closest to the best distribution: its expected loss ends ${formatNumber(first!.mean, 2)} above the optimum, ${rest}. All use one sample a gradient; SFE takes ${sfeSteps} steps, the others ${steps}.`,
    sections: [
      optimization(run, gap),
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
  const gaps = summary.results.filter(({ metric }) => metric === "gap");
  return {
    lead: "Final gaps to the optimal expected loss of some methods; the figures need a run of all.",
    sections: [
      {
        title: "How close do they come?",
        tables: [
          {
            columns: [
              { title: "method" },
              { title: "final gap", align: "right" },
              { title: "runs", align: "right" },
            ],
            rows: gaps.map(({ method, mean, std, runs }) => [method, formatSpread(mean, std), String(runs)]),
          },
        ],
        notes: [
          `I-MLE: λ ${config.lambda}, learning rate ${config.imleLearningRate}; STE: ${config.steLearningRate}; SFE: ${config.sfeLearningRate}.`,
        ],
      },
    ],
  };
}
