/**
 * What `npm run site:prepare` makes of the experiments, not committed: a page of each, which is its README, and the page of
 * all results (site/results.md), every record in docs/results as a table, ours beside published, with the command and
 * the commit that made it, and its figures.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { experiments } from "../experiments/experiments.ts";
import { resultsTable } from "../lab/report/results-table.ts";
import type { Summary } from "../lab/run/summary.ts";

/** A summary.json with what made it. */
export interface ResultsRecord extends Summary {
  readonly command?: string;
  readonly commit?: string;
  readonly machine?: string;
}

/** Longer tables are folded. */
const FOLDED = 30;

/** The records of a file: one, a list, or a list under `runs`. */
export function recordsOf(json: unknown): ResultsRecord[] {
  const { runs } = json as { runs?: unknown };
  const list = Array.isArray(json) ? json : Array.isArray(runs) ? runs : [json];
  return list.map((entry: ResultsRecord & { summary?: Summary }) => ({ ...entry.summary, ...entry }));
}

export function recordSection(record: ResultsRecord): string {
  const { columns, rows } = resultsTable([{ label: "ours", summary: record }]);
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(" | ")} |`;
  const table = [
    line(columns.map(({ title }) => title)),
    line(columns.map(({ align }) => (align === "right" ? "---:" : "---"))),
    ...rows.map((row) => line(row.map(String))),
  ].join("\n");
  const made = [
    record.command === undefined ? "" : `\`${record.command}\``,
    record.commit === undefined ? "" : `commit \`${record.commit.slice(0, 12)}\``,
    escaped(record.machine ?? ""),
    `data: ${escaped(record.data)}`,
    `seed ${record.seed}`,
  ].filter((text) => text !== "");
  const body =
    rows.length > FOLDED
      ? `<details><summary>${rows.length} numbers</summary>\n\n${table}\n\n</details>`
      : table;
  return `Preset \`${record.preset}\`: ${made.join("; ")}.\n\n${body}\n`;
}

/** Tables of a README that compare with what was published, each under its heading. */
export function comparisons(readme: string): string {
  const found: string[] = [];
  let heading = "";
  for (const block of readme.split(/\n{2,}/)) {
    const title = /^##+ (.*)/m.exec(block);
    if (title) heading = title[1]!;
    const table = /^\|.*(?:publish|paper|authors|notebook).*\n\| ?:?-(?:.*\n?)*/im.exec(block);
    if (table) found.push(`${heading ? `**${heading}**\n\n` : ""}${table[0]}\n`);
  }
  return found.join("\n");
}

/** Text for a cell of Markdown that Vue reads as well. */
function escaped(text: string): string {
  return text.replace(/[|<>{}]/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** The page for a folder of records and one of figures. */
export function resultsPage(records: string, figures: string): string {
  const pictures = readdirSync(figures).filter((file) => file.endsWith(".svg"));
  const sections = experiments.map(({ name }) => {
    const file = `${records}/${name}.json`;
    const found = existsSync(file) ? recordsOf(JSON.parse(readFileSync(file, "utf8"))) : [];
    const tables = found.length
      ? found.map(recordSection).join("\n")
      : comparisons(readFileSync(`experiments/${name}/README.md`, "utf8"));
    const images = pictures
      .filter((file) => file === `${name}.svg` || file.startsWith(`${name}-`))
      .map((file) => `![${file.replace(/\.svg$/, "").replaceAll("-", " ")}](../docs/figures/${file})\n`);
    return [
      `## ${name}\n`,
      `What was run, what differs from the papers, and why: [${name}](experiments/${name}.md).\n`,
      tables,
      ...images,
    ].join("\n");
  });
  return `# Results

Every experiment, ours beside what was published. Tables are made when the site is built, so that no number is copied by hand: from the
records in \`docs/results\`, means ± standard deviations over runs; where there is none, they are those of the experiment's README.

${sections.join("\n")}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const folder = new URL("experiments/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  for (const { name } of experiments) {
    writeFileSync(new URL(`${name}.md`, folder), `<!--@include: ../../experiments/${name}/README.md-->\n`);
  }
  writeFileSync(new URL("results.md", import.meta.url), resultsPage("docs/results", "docs/figures"));
}
