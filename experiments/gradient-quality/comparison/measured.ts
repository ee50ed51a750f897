/** What the comparison's lines of metrics.jsonl hold, by structure, loss and method. */
import type { FinishedRun } from "../../../lab/experiment.ts";
import type { JsonObject } from "../../../lab/run/json.ts";
import type { GradientQualityConfig } from "../config.ts";
import { type ComparedLoss, losses } from "./losses.ts";
import { applicable, type ComparedMethod, methods, settings } from "./methods.ts";
import { AVERAGED } from "./run.ts";
import { type Compared, structures } from "./structures.ts";

/** Means over instances at one value of the dial. */
export interface Measured {
  readonly dial: number;
  /** Less what an unbiased estimator would show by chance; not below 0. */
  readonly bias: number;
  readonly variance: number;
  readonly error: number;
  readonly zeroShare: number;
  /** The error of means of 1, 4, 16, … gradients; NaN where there were too few. */
  readonly errorOfMeans: readonly number[];
  /** Of one gradient: the shortest of all instances. */
  readonly seconds: number;
}

export interface Comparison {
  readonly structures: readonly Compared[];
  readonly losses: readonly ComparedLoss[];
  readonly methods: readonly ComparedMethod[];
  /** At every value of the dial; nothing where the method does not apply. */
  at(structure: Compared, loss: ComparedLoss, method: ComparedMethod): readonly Measured[];
  /** At the value of the dial with the least error. */
  best(structure: Compared, loss: ComparedLoss, method: ComparedMethod): Measured | undefined;
  /** Its least error, mean over structures; undefined where it does not apply to one of them. */
  overall(loss: ComparedLoss, method: ComparedMethod): number | undefined;
}

export function comparisonOf(run: FinishedRun<GradientQualityConfig>): Comparison {
  const lines = new Map<string, JsonObject[]>();
  const keyOf = (...parts: readonly unknown[]): string => parts.join("/");
  for (const line of run.metrics) {
    if (line.structure === undefined) continue;
    const key = keyOf(line.structure, line.loss, line.method, line.dial);
    const list = lines.get(key) ?? [];
    list.push(line);
    lines.set(key, list);
  }
  const shown = structures.filter(({ name }) => run.config.structures.includes(name));

  function at(structure: Compared, loss: ComparedLoss, method: ComparedMethod): Measured[] {
    if (!applicable(structure).includes(method)) return [];
    return settings(method).map((dial) => {
      const found = lines.get(keyOf(structure.name, loss.name, method.name, dial))!;
      const numbers = (read: (line: JsonObject) => unknown): number[] =>
        found.map(read).map((value) => (typeof value === "number" ? value : Number.NaN));
      return {
        dial,
        bias: mean(numbers((line) => Math.max(0, Number(line.bias) - Number(line.biasFloor)))),
        variance: mean(numbers((line) => line.variance)),
        error: mean(numbers((line) => line.error)),
        zeroShare: mean(numbers((line) => line.zeroShare)),
        errorOfMeans: AVERAGED.map((_, i) => mean(numbers((line) => (line.errorOfMeans as unknown[])[i]))),
        seconds: Math.min(...numbers((line) => line.seconds)),
      };
    });
  }

  function best(structure: Compared, loss: ComparedLoss, method: ComparedMethod): Measured | undefined {
    const all = at(structure, loss, method);
    return all.length === 0 ? undefined : all.reduce((a, b) => (b.error < a.error ? b : a));
  }

  return {
    structures: shown,
    losses: losses.filter(({ name }) => run.config.losses.includes(name)),
    methods: methods.filter((method) => shown.some((structure) => applicable(structure).includes(method))),
    at,
    best,
    overall(loss, method) {
      const errors = shown.map((structure) => best(structure, loss, method)?.error);
      return errors.every((error) => error !== undefined) ? mean(errors) : undefined;
    },
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
