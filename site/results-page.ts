/**
 * What `npm run site:prepare` makes of the experiments, not committed: a page of each, which is its README, and the page of
 * all results (site/results.md): of each experiment what it is, figures, what differs from the papers and the tables that
 * compare, all but the figures from its README, and what is in docs/results, with the commands, commits and machines that
 * made it.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { experiments } from "../experiments/experiments.ts";
import { resultsTable } from "../lab/report/results-table.ts";
import { type Records, type ResultsRecord, readRecords } from "../lab/results/record.ts";
import { markdownOf } from "../lab/results/tables.ts";

interface Picture {
  /** Of docs/figures. */
  readonly file: string;
  readonly caption: string;
}

/** One to three telling figures an experiment. */
const pictures: Readonly<Record<string, readonly Picture[]>> = {
  synthetic: [
    {
      file: "synthetic.svg",
      caption:
        "Distance to the optimum against steps, mean and standard deviation over runs (I-MLE, Figure 3)",
    },
  ],
  "gradient-quality": [
    {
      file: "gradient-quality-error-coupled.svg",
      caption:
        "Error of a single gradient, each estimator on each structure, under a coupled loss and a flat law",
    },
  ],
  "sparse-regression": [
    {
      file: "sparse-regression-found.svg",
      caption: "Share of runs whose terms are those of the equation, against iterations",
    },
  ],
  dvae: [
    { file: "dvae-loss.svg", caption: "Test loss against epochs of 60,000 images (I-MLE, Figure 4)" },
    {
      file: "dvae-reconstructions.svg",
      caption: "Test images and what is decoded from 20 subsets of 10 of 20, after six epochs",
    },
  ],
  warcraft: [
    { file: "warcraft-map.svg", caption: "A map and its cheapest path" },
    { file: "warcraft-costs.svg", caption: "What its cells cost, which no training saw: darker is dearer" },
    {
      file: "warcraft-imle-mu.svg",
      caption:
        "What the network learnt that they cost from paths alone, by I-MLE, and the path by these costs",
    },
  ],
  decisions: [
    {
      file: "decisions-layers.svg",
      caption:
        "Paths: regret of layers trained under it against the degree of the truth, two-stage for comparison",
    },
    {
      file: "decisions-losses.svg",
      caption: "The same of the convex losses",
    },
  ],
  l2x: [
    {
      file: "l2x-words.svg",
      caption:
        "A made review: the words that four methods choose, coloured, and the phrase that tells the rating, underlined",
    },
    {
      file: "l2x-run-length.svg",
      caption: "Mean length of runs of chosen words against epochs, mean and range of three trainings",
    },
  ],
  nri: [
    {
      file: "nri-precision.svg",
      caption: "Share of inferred edges that are true against updates, mean and range of three trainings",
    },
  ],
  listops: [
    {
      file: "listops-precision.svg",
      caption: "Share of named arcs that are true against epochs, mean and range of three trainings",
    },
  ],
};

/** What a README says under this name of what differs from the papers. */
export function differences(readme: string): string {
  return /^\*\*Beside the papers?\.\*\* ([\s\S]*?)(?=\n\n)/m.exec(readme)?.[1] ?? "";
}

/** What a README says first, under its title. */
export function opening(readme: string): string {
  return /^# .*\n\n([\s\S]*?)(?=\n\n)/.exec(readme)?.[1] ?? "";
}

/**
 * Tables of a README that were made from records, or that compare with what was published, each under its heading; those of
 * its results where it has none of these.
 */
export function comparisons(readme: string): string {
  const found: string[] = [];
  const results: string[] = [];
  let heading = "";
  let isMade = false;
  let isResult = false;
  for (const block of readme.split(/\n{2,}/)) {
    const title = /^##+ (.*)/m.exec(block)?.[1];
    if (title) heading = `**${title}**\n\n`;
    if (title) isResult = /^Results?$/.test(title);
    if (block.includes("<!-- table:")) isMade = true;
    if (block.includes("<!-- /table")) isMade = false;
    const table = /^\|.*\n\| ?:?-(?:.*\n?)*/m.exec(block)?.[0];
    if (!table) continue;
    const compares = isMade || /^.*(publish|paper|authors|notebook)/i.test(table);
    if (!compares && !isResult) continue;
    (compares ? found : results).push(`${heading}${table.trimEnd()}\n`);
    heading = "";
  }
  return (found.length > 0 ? found : results).join("\n");
}

/** What made a record, and all of its numbers, folded. */
export function recordSection(name: string, { command, origins, summary }: ResultsRecord): string {
  const { columns, rows } = resultsTable([{ label: "ours", summary }]);
  const table = markdownOf({ columns, rows: rows.map((row) => row.map(escaped)) });
  const made = origins.map(
    ({ commit, machine, date }) => `commit \`${commit.slice(0, 12)}\`, ${escaped(machine)}, ${date}`,
  );
  return `**Record \`${name}\`:** \`${command}\`; ${made.join("; then ")}. Data: ${escaped(summary.data)}.

<details><summary>${rows.length} numbers</summary>

${table}

</details>
`;
}

/** Text for a cell of Markdown that Vue reads as well. */
function escaped(text: string): string {
  return text.replace(/[<>{}]/g, (c) => `&#${c.charCodeAt(0)};`);
}

export function experimentSection(name: string, readme: string, records: Records): string {
  const images = (pictures[name] ?? []).map(
    ({ file, caption }) => `![${caption}](../docs/figures/${file})\n\n_${caption}._\n`,
  );
  const made = Object.entries(records).map(([record, of]) => recordSection(record, of));
  const unrecorded = "Not recorded yet: figures are those that stand in the README.\n";
  return [
    `## ${name}\n`,
    `${opening(readme)}\n`,
    ...images,
    `**Beside the papers.** ${differences(readme)} What was run, what differs, and why: [${name}](experiments/${name}.md).\n`,
    comparisons(readme),
    ...(made.length > 0 ? made : [unrecorded]),
  ].join("\n");
}

function resultsPage(): string {
  const sections = experiments.map(({ name }) =>
    experimentSection(
      name,
      readFileSync(`experiments/${name}/README.md`, "utf8"),
      readRecords(`docs/results/${name}.json`),
    ),
  );
  return `---
pageClass: results
---
# Results

Every experiment, ours beside what was published. The tables are those of the experiments' READMEs; what was recorded stands in
\`docs/results\`, and its tables are made from there, so that no number is copied by hand. Means ± standard deviations over runs.

${sections.join("\n")}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const folder = new URL("experiments/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  for (const { name } of experiments) {
    writeFileSync(new URL(`${name}.md`, folder), `<!--@include: ../../experiments/${name}/README.md-->\n`);
  }
  writeFileSync(new URL("results.md", import.meta.url), resultsPage());
}
