import { formatNumber } from "../../lab/report/format.ts";
import type { Report } from "../../lab/report/report.ts";
import type { Result } from "../../lab/run/summary.ts";
import { learningRates } from "./figures/learning-rates.ts";
import { type Finished, NAMES } from "./figures/lines.ts";
import { optimization } from "./figures/optimization.ts";
import { otherEstimators } from "./figures/other-estimators.ts";
import { sensitivity } from "./figures/sensitivity.ts";
import { sumsOfNoise } from "./figures/sums-of-noise.ts";
import { times } from "./figures/times.ts";
import type { Method } from "./model.ts";

export function report(run: Finished): Report {
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
