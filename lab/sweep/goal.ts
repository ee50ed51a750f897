/** What "best" means in a sweep. */
import type { Result } from "../run/summary.ts";

export interface Goal {
  readonly metric: string;
  /** Undefined: neither told nor to be guessed from the name; then nothing is called best. */
  readonly best: "min" | "max" | undefined;
  /** The metric on which the choice is judged: `test-loss` for `validation-loss`. */
  readonly judged: string | undefined;
}

const SMALLER = /loss|error|gap|regret|mse|rmse|nll|perplexity|distance|seconds|bias|variance|deviation/i;
const LARGER = /accuracy|precision|recall|elbo|f1|auc|optimal|score|share|likelihood|return/i;

/** By default the first metric for validation, else the first of all. */
export function chooseGoal(
  results: readonly Result[],
  metric: string | undefined,
  best: "min" | "max" | undefined,
): Goal | undefined {
  const metrics = [...new Set(results.map((result) => result.metric))];
  const chosen = metric ?? metrics.find((name) => name.startsWith("validation-")) ?? metrics[0];
  if (chosen === undefined) return undefined;
  const test = chosen.replace(/^validation-/, "test-");
  const small = SMALLER.test(chosen);
  const guess = small === LARGER.test(chosen) ? undefined : small ? "min" : "max";
  return {
    metric: chosen,
    best: best ?? guess,
    judged: test !== chosen && metrics.includes(test) ? test : undefined,
  };
}
