import type { Experiment, Outcome, Run } from "../../lab/experiment.ts";
import { settings } from "./comparison/methods.ts";
import { comparisonTriples, runComparison, samplesOf } from "./comparison/run.ts";
import { checkConfig, type GradientQualityConfig, presets } from "./config.ts";
import { report } from "./report.ts";
import { runSimple, simplePairs } from "./simple/run.ts";

export const gradientQualityExperiment: Experiment<GradientQualityConfig> = {
  name: "gradient-quality",
  description: "Bias, variance and error of gradient estimators against the exact gradient by enumeration.",
  presets,
  // The SIMPLE paper has pictures without numbers; the report holds its statements against ours one by one.
  published: [],
  check: checkConfig,
  run,
  report,
};

async function run(run: Run<GradientQualityConfig>): Promise<Outcome> {
  const { parts, instances, count, gradients, draws, rows } = run.config;
  const [compared, simple] = [parts.includes("comparison"), parts.includes("simple")];
  run.plan(
    (compared
      ? comparisonTriples(run.config).reduce(
          (sum, { method }) => sum + settings(method).length * samplesOf(method),
          0,
        )
      : 0) + (simple ? simplePairs(run.config).length : 0),
  );
  const results = [...(simple ? await runSimple(run) : []), ...(compared ? await runComparison(run) : [])];
  const data = [
    ...(compared ? [`comparison: ${draws} instances a structure and loss, ${rows} gradients each`] : []),
    ...(simple
      ? [
          instances === "published"
            ? `SIMPLE: the ${count} instances of the paper's notebook, ${gradients} gradients each`
            : `SIMPLE: ${count} instances drawn by the experiment, ${gradients} gradients each`,
        ]
      : []),
  ];
  return { data: data.join("; "), results };
}
