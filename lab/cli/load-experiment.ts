import type { Registered } from "../../experiments/experiments.ts";
import type { Experiment } from "../experiment.ts";
import { UsageError } from "../run/errors.ts";

/** @throws UsageError that lists the names. */
export async function loadExperiment(name: string, experiments: readonly Registered[]): Promise<Experiment> {
  const registered = experiments.find((e) => e.name === name);
  if (registered === undefined) {
    const names = experiments.map((e) => e.name).join(", ");
    throw new UsageError(`no experiment is named "${name}", expected one of ${names}`);
  }
  return registered.load();
}
