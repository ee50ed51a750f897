import type { FinishedRun } from "../../../lab/experiment.ts";
import { type Result, result } from "../../../lab/run/summary.ts";
import type { DvaeConfig, MethodName } from "../config.ts";
import { isForOne } from "../methods.ts";
import type { EpochMetric } from "../train.ts";

export type Finished = FinishedRun<DvaeConfig>;

export const NAMES: Readonly<Record<MethodName, string>> = {
  "imle-sog": "I-MLE, SoG",
  "imle-gumbel": "I-MLE, Gumbel",
  simple: "SIMPLE",
  ste: "straight-through",
  sst: "stochastic softmax",
  "gumbel-softmax": "Gumbel-softmax",
  "gumbel-softmax-st": "ST Gumbel-softmax",
  "simple-k1": "SIMPLE, k = 1",
};

export function methodsOf({ config }: Finished): readonly MethodName[] {
  return config.methods as readonly MethodName[];
}

/** Methods for subsets, and those for one. */
export function split(run: Finished): [MethodName[], MethodName[]] {
  const names = methodsOf(run);
  return [names.filter((name) => !isForOne(name)), names.filter(isForOne)];
}

/** The lines of one training, an epoch each. */
export function linesOf({ metrics }: Pick<Finished, "metrics">, name: string, r: number): EpochMetric[] {
  return metrics.filter((line) => line.cell === `${name}/${r}`) as unknown as EpochMetric[];
}

/** Over the runs, after an epoch. */
export function after(
  run: Finished,
  name: string,
  epoch: number,
  key: Exclude<keyof EpochMetric, "epoch" | "seconds">,
): Result {
  const values = Array.from({ length: run.config.runs }, (_, r) => linesOf(run, name, r)[epoch - 1]![key]);
  return result(name, key, values);
}

/** What summary.json says. */
export function final(run: Finished, method: string, metric: "test-loss" | "bound"): Result {
  return run.summary.results.find((r) => r.method === method && r.metric === metric)!;
}

export function percent(share: number): string {
  return Number.isFinite(share) ? `${Math.round(100 * share)} %` : "–";
}
