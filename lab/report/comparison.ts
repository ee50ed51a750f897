import { basename, resolve } from "node:path";
import type { Experiment, FinishedRun } from "../experiment.ts";
import { escapeHtml, richText } from "./html.ts";
import { facts, settings } from "./page.ts";
import { renderDocument, renderSection, renderTable } from "./render.ts";
import { resultsTable } from "./results-table.ts";

/** One page over several runs: a table for each experiment, then every run's own report. */
export async function renderComparison(
  runs: readonly { readonly experiment: Experiment; readonly run: FinishedRun }[],
): Promise<string> {
  const experiments = [...new Set(runs.map(({ experiment }) => experiment))];
  const parts: string[] = [];
  for (const experiment of experiments) {
    const labelled = runs
      .filter((entry) => entry.experiment === experiment)
      .map(({ run }) => ({ label: label(run), summary: run.summary }));
    parts.push(`<section>
<h2>${escapeHtml(experiment.name)}<small>${richText(experiment.description)}</small></h2>
${renderTable(resultsTable(labelled, experiment.labels))}
</section>`);
  }
  for (const [i, { experiment, run }] of runs.entries()) {
    const report = experiment.report(run);
    const sections: string[] = [];
    for (const section of report.sections) sections.push(await renderSection(section, `run${i}-`));
    parts.push(`<details${runs.length === 1 ? " open" : ""}>
<summary>${escapeHtml(label(run))}</summary>
<p class="lead">${richText(report.lead)}</p>
${facts(run)}
${sections.join("\n")}
<p class="notes">Settings: ${richText(settings(run))}</p>
</details>`);
  }
  const names = experiments.map((experiment) => experiment.name).join(", ");
  return renderDocument(
    `${names} · hardgrad`,
    `<header>
<h1>${runs.length} ${runs.length === 1 ? "run" : "runs"}</h1>
<p class="description">${escapeHtml(names)}</p>
</header>
${parts.join("\n")}`,
  );
}

function label(run: FinishedRun): string {
  return basename(resolve(run.folder));
}
