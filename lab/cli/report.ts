import { dirname, join } from "node:path";
import type { Registered } from "../../experiments/experiments.ts";
import type { Experiment, FinishedRun } from "../experiment.ts";
import type { Section } from "../report/report.ts";
import { writeAtomic } from "../run/atomic-write.ts";
import { DamagedRunError, ExperimentError, UsageError } from "../run/errors.ts";
import { makeFolder } from "../run/make-folder.ts";
import { readConfig, readRun, runFiles } from "../run/run-directory.ts";
import { loadExperiment } from "./load-experiment.ts";
import { link, writeReport } from "./run.ts";

export interface ReportOptions {
  readonly out?: string | undefined;
  readonly figures?: string | undefined;
}

/** `report <run…>`: renders one run's page anew, or one page over several. */
export async function report(
  folders: readonly string[],
  options: ReportOptions,
  experiments: readonly Registered[],
): Promise<void> {
  if (folders.length === 0) throw new UsageError("report expected one run folder or more");
  const loaded = new Map<string, Experiment>();
  const runs: { experiment: Experiment; run: FinishedRun }[] = [];
  for (const folder of folders) {
    const { experiment: name } = readConfig(runFiles(folder).config);
    const experiment = loaded.get(name) ?? careful(await loadExperiment(name, experiments));
    loaded.set(name, experiment);
    runs.push({ experiment, run: readRun(folder, experiment) });
  }
  if (options.figures !== undefined) {
    for (const { experiment, run } of runs) {
      await saveFigures(experiment.name, experiment.report(run).sections, options.figures);
    }
  }
  if (folders.length === 1 && options.out === undefined) {
    await writeReport(runs[0]!.experiment, folders[0]!);
    console.log(`Report: ${link(runFiles(folders[0]!).report)}`);
    return;
  }
  const { renderComparison } = await import("../report/comparison.ts");
  const out = options.out ?? join("runs", "report.html");
  const page = await renderComparison(runs);
  makeFolder(dirname(out));
  writeAtomic(out, page);
  console.log(`Report: ${link(out)}`);
}

/** Files that are whole one by one may still lack what a report looks for: an error of theirs, not a bug's stack. */
function careful(experiment: Experiment): Experiment {
  return {
    ...experiment,
    report(run) {
      try {
        return experiment.report(run);
      } catch (error) {
        if (error instanceof ExperimentError) throw error;
        throw new DamagedRunError(
          `${run.folder} holds no whole run of ${experiment.name}, or one of another version of it: its report stops with "${error instanceof Error ? error.message : error}". To compute the run anew, give another --out or delete its folder.`,
        );
      }
    },
  };
}

/** Each figure as an SVG file of its own, for documents. */
export async function saveFigures(name: string, sections: readonly Section[], folder: string): Promise<void> {
  const { renderFigure } = await import("../report/figure.ts");
  makeFolder(folder);
  for (const figure of sections.flatMap((section) => section.figures ?? [])) {
    const path = join(folder, `${name}-${figure.name}.svg`);
    writeAtomic(path, `${await renderFigure(figure.spec)}\n`);
    console.log(path);
  }
}
