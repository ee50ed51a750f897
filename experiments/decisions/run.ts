import type { Cell, Experiment, Outcome, Run } from "../../lab/experiment.ts";
import { type Result, result } from "../../lab/run/summary.ts";
import { TYPESCRIPT_THREADS } from "../../lab/run/typescript-threads.ts";
import type { Structure } from "../../src/index.ts";
import { type Disposing, threaded } from "../../src/threads/threaded.ts";
import { checkConfig, type DecisionsConfig, presets } from "./config.ts";
import { drawInstance, type Instance } from "./data.ts";
import { chosen } from "./methods.ts";
import { problems } from "./problems.ts";
import { report } from "./report.ts";
import makeSolver, { type Solver } from "./solver.ts";
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
            (cell) => scores(cell, run, { degree, noise, size, method }, drawn.instance),
            { units: weights[m]! },
          );
          results.push({
            ...result(`${method}/${problem}/${degree}`, metricOf(run.config, size, noise), regret),
            seconds: seconds.reduce((a, b) => a + b, 0) / instances,
          });
        }
      }
      await drawn.dispose();
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
interface Drawn {
  instance(i: number): Promise<Instance>;
  /** Ends their threads. */
  dispose(): Promise<void>;
}

function instancesOf({ config, rng }: Run<DecisionsConfig>, degree: number, noise: number): Drawn {
  const { testRows, features, sizes, problem, threads } = config;
  const kind = problems.find(({ name }) => name === problem)!;
  const shape = { features, noise, testRows, trainRows: Math.max(...sizes) };
  const solvers: Partial<Disposing>[] = [];
  async function draw(i: number): Promise<Instance> {
    const own = rng("instance", problem, i);
    const drawn = kind.draw(own.split(0), features, degree);
    const structure = await solverOf(drawn.solver, threads);
    solvers.push(structure);
    return drawInstance(drawn, structure, shape, own);
  }
  const made = new Map<number, Promise<Instance>>();
  return {
    instance(i) {
      const instance = made.get(i) ?? draw(i);
      made.set(i, instance);
      return instance;
    },
    async dispose() {
      await Promise.all(made.values());
      for (const solver of solvers) solver.dispose?.();
    },
  };
}

async function solverOf(solver: Solver, threads: number): Promise<Structure<undefined> & Partial<Disposing>> {
  if (threads === 1) return makeSolver(solver);
  const url = new URL("./solver.ts", import.meta.url);
  return threaded<typeof makeSolver>(url, { threads, data: solver, execArgv: TYPESCRIPT_THREADS });
}

async function scores(
  cell: Cell,
  { config }: Run<DecisionsConfig>,
  { degree, noise, size, method }: { degree: number; noise: number; size: number; method: string },
  drawn: Drawn["instance"],
): Promise<Scores> {
  const { instances, steps, batch, share } = config;
  const { method: of, throughPool } = chosen(method)!;
  const before = cell.restored?.json as Scores | undefined;
  const regret = [...(before?.regret ?? [])];
  const seconds = [...(before?.seconds ?? [])];
  for (let i = regret.length; i < instances; i++) {
    const instance = await drawn(i);
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
