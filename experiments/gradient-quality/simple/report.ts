import type { FinishedRun } from "../../../lab/experiment.ts";
import { dotPlot } from "../../../lab/report/charts/dot-plot.ts";
import { formatNumber, formatSpread } from "../../../lab/report/format.ts";
import type { Report, Section } from "../../../lab/report/report.ts";
import { result } from "../../../lab/run/summary.ts";
import type { GradientQuality } from "../../../src/index.ts";
import type { GradientQualityConfig } from "../config.ts";
import { claims, judge, type Qualities } from "./claims.ts";
import { applicable, type Method } from "./methods.ts";
import { type Problem, problems } from "./problems.ts";

type Finished = FinishedRun<GradientQualityConfig>;
type Metric = "bias" | "variance" | "error";

/** The paper's Figures 1 and 3. */
export function simpleReport(run: Finished): Report {
  const chosen = problems.filter(({ name }) => run.config.problems.includes(name));
  const sections = chosen.map((problem) => problemSection(run, problem));
  const judged = claimsSection(run);
  return { lead: lead(run), sections: judged ? [judged, ...sections] : sections };
}

function lead(run: Finished): string {
  const problem = problems.find(({ name }) => run.config.problems.includes(name))!;
  const ranked = applicable(problem, run.config)
    .filter(({ name }) => name !== "exact")
    .map((method) => ({ label: method.label, error: meanOf(run, problem, method, "error").mean }))
    .sort((a, b) => a.error - b.error)
    .map(({ label, error }) => `${label} (${formatNumber(error, 2)})`);
  return `Single gradients against the exact one, ${problem.label}, mean cosine distance, closest first: ${ranked.join(", ")}. 0 is the right direction, 1 is at right angles to it.`;
}

function claimsSection(run: Finished): Section | undefined {
  const rows = claims.flatMap((claim) => {
    const judged = judge(claim, byInstance(run, claim.problem));
    if (judged.length === 0) return [];
    const held = judged.filter((holds) => holds).length;
    const verdict = held === judged.length ? "yes" : held === 0 ? "no" : "not always";
    return [[claim.text, verdict, `${held} of ${judged.length}`]];
  });
  if (rows.length === 0) return undefined;
  const not = rows.filter(([, verdict]) => verdict !== "yes").map(([text]) => text);
  return {
    title: "What the paper says, and what we find",
    source: "SIMPLE, Sec. 5.1",
    conclusion:
      not.length === 0
        ? "Every statement holds on every instance."
        : `Of ${rows.length} statements, ${rows.length - not.length} hold on every instance. Not so: ${not.join("; ")}.`,
    tables: [
      {
        columns: [{ title: "statement" }, { title: "holds" }, { title: "instances", align: "right" }],
        rows,
      },
    ],
    notes: [
      "Among the estimators of the paper's figure, SoftSub aside, with SIMPLE-F and SIMPLE-B as its code computes them.",
    ],
  };
}

function problemSection(run: Finished, problem: Problem): Section {
  const shown = applicable(problem, run.config);
  const plot = (metric: Metric, title: string, x: string) => ({
    name: `${problem.name}-${metric}`,
    spec: dotPlot({
      title,
      x,
      domain: [0, highest(run, problem, shown, metric)],
      dots: shown.map((method) => {
        const { mean, std } = meanOf(run, problem, method, metric);
        const floor = metric === "bias" ? meanOf(run, problem, method, "biasFloor").mean : undefined;
        return {
          name: method.label,
          value: mean,
          spread: std,
          color: method.name.startsWith("simple") ? 1 : method.name === "exact" ? 6 : 0,
          // Where chance alone gives a visible bias.
          ...(floor !== undefined && floor > 0.002 ? { floor } : {}),
        };
      }),
    }),
    alt: `${title} of each estimator, mean and standard deviation over instances.`,
  });
  const columns = ["bias", "bias by chance", "variance", "error", "all-zero gradients"];
  const metrics = ["bias", "biasFloor", "variance", "error", "zeroShare"] as const;
  return {
    title: problem.label,
    ...(problem.source === undefined ? {} : { source: problem.source }),
    conclusion: `${ranking(run, problem)}${problem.name === "5-of-10-linear" ? ` ${LINEAR}` : ""}`,
    figures: [
      plot("bias", "Bias", "1 − cos(mean gradient, exact gradient)"),
      plot("variance", "Variance", "variance of 1 − cos(gradient, mean gradient)"),
      plot("error", "Error", "mean of 1 − cos(gradient, exact gradient)"),
    ],
    tables: [
      {
        columns: [{ title: "estimator" }, ...columns.map((title) => ({ title, align: "right" as const }))],
        rows: shown.map((method) => [
          method.label,
          ...metrics.map((metric) => {
            const { mean, std } = meanOf(run, problem, method, metric);
            return formatSpread(mean, std);
          }),
        ]),
      },
    ],
    ...(problem.name === "5-of-10" ? { notes: NOTES } : {}),
  };
}

function ranking(run: Finished, problem: Problem): string {
  const estimators = applicable(problem, run.config).filter(({ name }) => name !== "exact");
  const best = (metric: Metric): string => {
    const ranked = estimators
      .map((method) => ({ label: method.label, mean: meanOf(run, problem, method, metric).mean }))
      .sort((a, b) => a.mean - b.mean);
    return ranked
      .slice(0, 2)
      .map(({ label, mean }) => `${label} (${formatNumber(mean, 2)})`)
      .join(", then ");
  };
  return `Lowest bias: ${best("bias")}. Lowest variance: ${best("variance")}. Single gradients closest to the exact one: ${best("error")}.`;
}

const LINEAR =
  "On states, ‖z − b‖² = Σ z (1 − 2b) + b², so this is the same problem with the same exact gradient. Written like this, the loss is linear, and **SIMPLE is exact**: no bias, no variance, whatever state was drawn. All of SIMPLE's error above comes from how the loss is continued between the states, not from the sampling. The score function sees only values and does not notice.";

const NOTES: readonly string[] = [
  "Dots are means over instances, lines standard deviations. A small upright mark shows the bias that an unbiased estimator of this spread would show by chance.",
  "SIMPLE-F: exact sample, Jacobian estimated as the covariance of 10 further samples. SIMPLE-B: perturb-and-MAP state, exact Jacobian. **Published code**: both take a finite step λ instead, z − z′ with independent z ~ p(θ), z′ ~ p(θ − λ∇L), and μ(θ) − μ(θ − λ∇L). The step makes them biased.",
  "I-MLE and SIMPLE-B perturb with Sum-of-Gamma noise, κ = number of ones, s = 10. All-zero gradients have no direction and count as distance 1.",
];

/** Every instance's qualities by method. */
function byInstance(run: Finished, problem: string): Qualities[] {
  const instances: Record<string, GradientQuality>[] = [];
  for (const line of run.metrics) {
    if (line.problem !== problem) continue;
    const at = line.instance as number;
    instances[at] ??= {};
    instances[at]![line.method as string] = line as unknown as GradientQuality;
  }
  return instances;
}

function meanOf(run: Finished, problem: Problem, method: Method, metric: keyof GradientQuality) {
  const values = byInstance(run, problem.name).map((of) => of[method.name]![metric]);
  return result(method.name, metric, values);
}

function highest(run: Finished, problem: Problem, shown: readonly Method[], metric: Metric): number {
  return Math.max(
    0.01,
    ...shown.map((method) => {
      const { mean, std } = meanOf(run, problem, method, metric);
      return 1.03 * (mean + std);
    }),
  );
}
