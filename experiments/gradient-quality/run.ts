import { type GradientQuality, gradientQuality } from "../../src/index.ts";
import type { Experiment, Outcome, Run } from "../experiment.ts";
import { type Result, result } from "../run/summary.ts";
import { checkConfig, type GradientQualityConfig, presets } from "./config.ts";
import { applicable, type Method } from "./methods.ts";
import { instanceOf, type Problem, problems } from "./problems.ts";
import { report } from "./report.ts";

export const gradientQualityExperiment: Experiment<GradientQualityConfig> = {
  name: "gradient-quality",
  description: "Bias, variance and error of gradient estimators against the exact gradient by enumeration.",
  presets,
  // The paper has pictures without numbers; the report holds its statements against ours one by one.
  published: [],
  check: checkConfig,
  run,
  report,
};

async function run(run: Run<GradientQualityConfig>): Promise<Outcome> {
  const { config } = run;
  const chosen = problems.filter(({ name }) => config.problems.includes(name));
  const pairs = chosen.flatMap((problem) =>
    applicable(problem, config).map((method) => ({ problem, method })),
  );
  run.plan(pairs.length);
  const results: Result[] = [];
  for (const { problem, method } of pairs) {
    const qualities = await qualitiesOf(run, problem, method);
    if (problem.source === undefined) continue;
    for (const metric of ["bias", "variance", "error"] as const) {
      const values = qualities.map((quality) => quality[metric]);
      results.push(
        result(method.name, problem === problems[0] ? metric : `${metric}, ${problem.label}`, values),
      );
    }
  }
  const data =
    config.instances === "published"
      ? `the ${config.count} instances of the paper's notebook`
      : `${config.count} instances drawn by the experiment`;
  return { data: `${data}, ${config.gradients} gradients each`, results };
}

/** One quality an instance. */
function qualitiesOf(
  run: Run<GradientQualityConfig>,
  problem: Problem,
  method: Method,
): Promise<Record<keyof GradientQuality, number>[]> {
  const { instances, count, gradients } = run.config;
  return run.cell(`${problem.name}/${method.name}`, async (cell) => {
    const estimate = method.make(problem, run.config);
    const qualities = (cell.restored?.json as Record<keyof GradientQuality, number>[] | undefined) ?? [];
    for (let i = (cell.restored?.step ?? -1) + 1; i < count; i++) {
      // The same instance for every method.
      const instance = instanceOf(problem, instances, i, run.rng("instance", problem.name, i));
      const quality = cleaned(gradientQuality(estimate(instance, gradients, cell.rng(i)), instance.exact));
      cell.metric({ problem: problem.name, method: method.name, instance: i, ...quality });
      qualities.push(quality);
      await cell.safePoint(i, (i + 1) / count, () => ({ json: qualities }));
    }
    return qualities;
  });
}

/** Rounding noise is written as 0. */
function cleaned(quality: GradientQuality): Record<keyof GradientQuality, number> {
  const entries = Object.entries(quality).map(([key, value]) => [key, Math.abs(value) < 1e-12 ? 0 : value]);
  return Object.fromEntries(entries);
}
