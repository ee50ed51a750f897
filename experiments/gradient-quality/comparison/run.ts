import type { Run } from "../../../lab/experiment.ts";
import { type Result, result } from "../../../lab/run/summary.ts";
import { gradientQuality, type Rng } from "../../../src/index.ts";
import type { GradientQualityConfig } from "../config.ts";
import type { Instance } from "../estimator.ts";
import { exactGradient } from "../exact-gradient.ts";
import { cleaned } from "../quality.ts";
import { type ComparedLoss, losses } from "./losses.ts";
import {
  applicable,
  type ComparedMethod,
  LEAVE_ONE_OUT_SAMPLES,
  methods,
  PERTURBED_SAMPLES,
  settings,
} from "./methods.ts";
import { type Compared, structures } from "./structures.ts";

interface Triple {
  readonly structure: Compared;
  readonly loss: ComparedLoss;
  readonly method: ComparedMethod;
}

/** How many single gradients are averaged for the errors of means. */
export const AVERAGED: readonly number[] = [1, 4, 16, 64];
/** Averages are judged from this many of them, or not at all. */
const FEWEST = 8;

export function comparisonTriples({ structures: names, losses: chosen }: GradientQualityConfig): Triple[] {
  return structures
    .filter(({ name }) => names.includes(name))
    .flatMap((structure) =>
      losses
        .filter(({ name }) => chosen.includes(name))
        .flatMap((loss) => applicable(structure).map((method) => ({ structure, loss, method }))),
    );
}

export async function runComparison(run: Run<GradientQualityConfig>): Promise<Result[]> {
  const results: Result[] = [];
  const least: { method: string; loss: string; error: number }[] = [];
  for (const triple of comparisonTriples(run.config)) {
    const { structure, loss, method } = triple;
    const errors = await errorsOf(run, triple);
    const best = errors.reduce((a, b) => (mean(b) < mean(a) ? b : a));
    least.push({ method: method.name, loss: loss.name, error: mean(best) });
    // Single structures under the tables' loss alone: all of them are in metrics.jsonl.
    if (loss.name !== run.config.losses[0]) continue;
    results.push(result(method.name, `error, ${structure.name}, ${loss.name}`, best));
  }
  // Over the structures, of methods that are made for all of them.
  for (const loss of run.config.losses) {
    for (const { name } of methods) {
      const errors = least.filter((of) => of.method === name && of.loss === loss).map(({ error }) => error);
      if (errors.length === run.config.structures.length)
        results.push(result(name, `error, ${loss}`, errors));
    }
  }
  return results;
}

/** θ and a loss: the same for every method. */
export function instanceOf({ family }: Compared, loss: ComparedLoss, rng: Rng): Instance {
  const m = family.shape.reduce((a, b) => a * b, 1);
  const theta = Float64Array.from({ length: m }, () => loss.spread * rng.normal());
  const lossOf = loss.draw(m, family.cardinality ?? m / 2, rng.split(0));
  return { theta, loss: lossOf, exact: exactGradient(family, theta, (z) => lossOf(z).value[0]!) };
}

/** The errors of each setting, one an instance. */
function errorsOf(run: Run<GradientQualityConfig>, { structure, loss, method }: Triple): Promise<number[][]> {
  const { draws, rows } = run.config;
  const dials = settings(method);
  return run.cell(
    `comparison/${structure.name}/${loss.name}/${method.name}`,
    async (cell) => {
      const estimators = dials.map((dial) => method.make(structure, dial));
      const errors =
        (cell.restored?.json as number[][] | undefined)?.map((list) => [...list]) ?? dials.map(() => []);
      for (let i = (cell.restored?.step ?? -1) + 1; i < draws; i++) {
        // Two writings of one loss draw the same b.
        const instance = instanceOf(structure, loss, run.rng("comparison", structure.name, i));
        for (const [d, estimate] of estimators.entries()) {
          const start = performance.now();
          const gradients = estimate(instance, rows, cell.rng(i));
          const seconds = (performance.now() - start) / 1000 / rows;
          const quality = cleaned(gradientQuality(gradients, instance.exact));
          cell.metric({
            structure: structure.name,
            loss: loss.name,
            method: method.name,
            dial: dials[d]!,
            draw: i,
            ...quality,
            errorOfMeans: AVERAGED.map((count) => errorOfMeans(gradients, instance.exact, count)),
            seconds,
          });
          errors[d]!.push(quality.error);
        }
        await cell.safePoint(i, (i + 1) / draws, () => ({ json: errors }));
      }
      return errors;
    },
    { units: dials.length * samplesOf(method) },
  );
}

/** The error of the mean of `count` gradients; null where there are too few. */
function errorOfMeans(gradients: Float64Array, exact: Float64Array, count: number): number | null {
  const m = exact.length;
  const blocks = Math.floor(gradients.length / m / count);
  if (blocks < FEWEST) return null;
  const means = new Float64Array(blocks * m);
  for (let block = 0; block < blocks; block++) {
    for (let j = 0; j < count * m; j++)
      means[block * m + (j % m)]! += gradients[block * count * m + j]! / count;
  }
  return cleaned(gradientQuality(means, exact)).error;
}

/** For the ETA. */
export function samplesOf({ name }: ComparedMethod): number {
  if (name === "sparse-map") return 20;
  if (name.startsWith("perturbed")) return PERTURBED_SAMPLES;
  return name === "sfe-loo" ? LEAVE_ONE_OUT_SAMPLES : 1;
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
