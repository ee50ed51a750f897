import type { Setting } from "../experiment.ts";
import { type Result, result } from "../run/summary.ts";
import type { Goal } from "./goal.ts";
import type { SweepRun } from "./record.ts";

/** A combination of settings and a method, over the seeds. */
export interface Group {
  readonly settings: Readonly<Record<string, Setting>>;
  readonly method: string;
  readonly chosen: Result;
  readonly judged: Result | undefined;
}

/** Best first where the goal says what that is, else in the order of the sweep. */
export function groupRuns(runs: readonly SweepRun[], goal: Goal): Group[] {
  const groups = [...bySettings(runs).values()].flatMap((same) => {
    const results = same.flatMap((run) => run.results);
    const over = (method: string, metric: string): Result =>
      result(
        method,
        metric,
        results.filter((r) => r.method === method && r.metric === metric).map((r) => r.mean),
      );
    const methods = [...new Set(results.filter((r) => r.metric === goal.metric).map((r) => r.method))];
    return methods.map((method) => ({
      settings: same[0]!.settings,
      method,
      chosen: over(method, goal.metric),
      judged: goal.judged === undefined ? undefined : over(method, goal.judged),
    }));
  });
  if (goal.best === undefined) return groups;
  const sign = goal.best === "min" ? 1 : -1;
  // A mean that is no number is never the best.
  const rank = ({ chosen }: Group): number => (Number.isFinite(chosen.mean) ? sign * chosen.mean : Infinity);
  return groups.sort((a, b) => (rank(a) === rank(b) ? 0 : rank(a) - rank(b)));
}

function bySettings(runs: readonly SweepRun[]): Map<string, SweepRun[]> {
  const groups = new Map<string, SweepRun[]>();
  for (const run of runs) {
    const key = JSON.stringify(run.settings);
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  return groups;
}
