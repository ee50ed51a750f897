import type { Cell, Experiment, Outcome, Run } from "../../lab/experiment.ts";
import { type Result, result } from "../../lab/run/summary.ts";
import { checkConfig, type DecisionsConfig, presets } from "./config.ts";
import { drawInstance, type Instance } from "./data.ts";
import { chosen } from "./methods.ts";
import { problems } from "./problems.ts";
import { report } from "./report.ts";
import { normalisedRegret, train } from "./train.ts";

export const decisions: Experiment<DecisionsConfig> = {
  name: "decisions",
  description: "Predict, then optimise: regret of paths, knapsacks and tours chosen by predicted costs.",
  presets,
  // For one size and one noise alone: the report has them beside ours.
  published: [],
  check: checkConfig,
  run,
  report,
};

/** What a method did on each instance. */
type Scores = { readonly regret: readonly number[]; readonly seconds: readonly number[] };

async function run(run: Run<DecisionsConfig>): Promise<Outcome> {
  const { problem, degrees, noises, sizes, methods, instances, testRows } = run.config;
  const weights = methods.map((name) => 0.2 + chosen(name)!.method.weight);
  const settings = degrees.length * noises.length * sizes.length;
  run.plan(settings * weights.reduce((a, b) => a + b, 0));
  const results: Result[] = [];
  for (const degree of degrees) {
    for (const noise of noises) {
      const drawn = instancesOf(run, degree, noise);
      for (const size of sizes) {
        for (const [m, method] of methods.entries()) {
          const { regret, seconds } = await run.cell<Scores>(
            [problem, degree, noise, size, method].join("/"),
            (cell) => scores(cell, run, { degree, noise, size, method }, drawn),
            { units: weights[m]! },
          );
          results.push({
            ...result(`${method}/${problem}/${degree}`, metricOf(run.config, size, noise), regret),
            seconds: seconds.reduce((a, b) => a + b, 0) / instances,
          });
        }
      }
    }
  }
  return {
    data: `${problem}: ${instances} instances made by the experiment, ${testRows} test rows each`,
    results,
  };
}

/** `regret`, and which of them where a run has several sizes or noises. */
export function metricOf({ sizes, noises }: DecisionsConfig, size: number, noise: number): string {
  return [
    "regret",
    ...(sizes.length > 1 ? [`${size} rows`] : []),
    ...(noises.length > 1 ? [`noise ${noise}`] : []),
  ].join(", ");
}

/** Instances by their number, with the largest training set; made when they are first asked for. */
type Drawn = (instance: number) => Instance;

function instancesOf({ config, rng }: Run<DecisionsConfig>, degree: number, noise: number): Drawn {
  const { testRows, features, sizes, problem } = config;
  const kind = problems.find(({ name }) => name === problem)!;
  const made = new Map<number, Instance>();
  return (i) => {
    const shape = { features, degree, noise, testRows, trainRows: Math.max(...sizes) };
    const instance = made.get(i) ?? drawInstance(kind, shape, rng("instance", problem, i));
    made.set(i, instance);
    return instance;
  };
}

async function scores(
  cell: Cell,
  { config }: Run<DecisionsConfig>,
  { degree, noise, size, method }: { degree: number; noise: number; size: number; method: string },
  drawn: Drawn,
): Promise<Scores> {
  const { instances, steps, batch, share } = config;
  const { method: of, throughPool } = chosen(method)!;
  const before = cell.restored?.json as Scores | undefined;
  const regret = [...(before?.regret ?? [])];
  const seconds = [...(before?.seconds ?? [])];
  for (let i = regret.length; i < instances; i++) {
    const instance = drawn(i);
    const start = performance.now();
    const predictor = await train(
      instance,
      of,
      { rows: size, steps, batch, share, throughPool },
      cell.rng(i),
      (step) =>
        // Nothing is captured within a training: it is short, and begins again.
        cell.safePoint(step, (i + step / steps) / instances),
    );
    seconds.push((performance.now() - start) / 1000);
    regret.push(normalisedRegret(instance, predictor));
    cell.metric({ method, degree, noise, size, instance: i, regret: regret[i]!, seconds: seconds[i]! });
    await cell.safePoint(i, (i + 1) / instances, () => ({ json: { regret, seconds } }));
  }
  return { regret, seconds };
}
