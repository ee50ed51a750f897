import type { Experiment, FinishedRun } from "../experiment.ts";
import { duration } from "../run/progress.ts";
import { escapeHtml, richText } from "./html.ts";
import { renderDocument, renderSection, renderTable } from "./render.ts";
import { resultsTable } from "./results-table.ts";

/** report.html of one run. All results are folded at the end where sections say what is in them. */
export async function renderPage(experiment: Experiment, run: FinishedRun): Promise<string> {
  const { summary } = run;
  const report = experiment.report(run);
  const sections: string[] = [];
  for (const section of report.sections) sections.push(await renderSection(section, ""));
  const results = renderTable(resultsTable([{ label: "ours", summary }], experiment.labels));
  const folded = sections.length > 0;
  const body = `<header>
<h1>${escapeHtml(experiment.name)}</h1>
<p class="description">${richText(experiment.description)}</p>
<p class="lead">${richText(report.lead)}</p>
${facts(run)}
</header>
${folded ? "" : `<section>\n<h2>Results</h2>\n${results}\n</section>`}
${sections.join("\n")}
${folded ? `<details>\n<summary>All results</summary>\n${results}\n</details>` : ""}
<footer>${richText(`Settings: ${settings(run)}. All numbers are in \`summary.json\` and \`metrics.jsonl\` beside this page.`)}</footer>`;
  return renderDocument(`${experiment.name} · hardgrad`, body);
}

/** What a reader must know to compare. */
export function facts({ summary }: FinishedRun): string {
  const entries = [
    ["preset", summary.preset],
    ["seed", String(summary.seed)],
    ["data", summary.data],
    ["time", duration(summary.seconds)],
  ] as const;
  return `<dl class="facts">${entries.map(([name, value]) => `<div><dt>${name}</dt><dd>${escapeHtml(value)}</dd></div>`).join("")}</dl>`;
}

export function settings({ config }: FinishedRun): string {
  return Object.entries(config)
    .map(([key, value]) => `\`${key}=${Array.isArray(value) ? value.join(",") : value}\``)
    .join(" ");
}
