import type { Run } from "../../../lab/experiment.ts";
import { type Result, result } from "../../../lab/run/summary.ts";
import { type GradientQuality, gradientQuality } from "../../../src/index.ts";
import type { GradientQualityConfig } from "../config.ts";
import { cleaned } from "../quality.ts";
import { claims, judge } from "./claims.ts";
import { applicable, type Method } from "./methods.ts";
import { instanceOf, type Problem, problems } from "./problems.ts";

interface Pair {
  readonly problem: Problem;
  readonly method: Method;
}

/** What the SIMPLE part compares. */
export function simplePairs(config: GradientQualityConfig): Pair[] {
  return problems
    .filter(({ name }) => config.problems.includes(name))
    .flatMap((problem) => applicable(problem, config).map((method) => ({ problem, method })));
}

export async function runSimple(run: Run<GradientQualityConfig>): Promise<Result[]> {
  const results: Result[] = [];
  /** Of each problem, by instance and method. */
  const found: Record<string, Record<string, GradientQuality>[]> = {};
  for (const { problem, method } of simplePairs(run.config)) {
    const qualities = await qualitiesOf(run, problem, method);
    const instances = found[problem.name] ?? qualities.map(() => ({}));
    found[problem.name] = instances.map((of, i) => ({ ...of, [method.name]: qualities[i]! }));
    if (problem.source === undefined) continue;
    for (const metric of ["bias", "variance", "error"] as const) {
      const values = qualities.map((quality) => quality[metric]);
      results.push(
        result(method.name, problem === problems[0] ? metric : `${metric}, ${problem.label}`, values),
      );
    }
  }
  for (const claim of claims) {
    const judged = judge(claim, found[claim.problem] ?? []);
    if (judged.length > 0) results.push(result("the paper", claim.text, judged.map(Number)));
  }
  return results;
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
