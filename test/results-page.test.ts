import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import type { ResultsRecord } from "../lab/results/record.ts";
import { comparisons, differences, experimentSection, recordSection } from "../site/results-page.ts";

const record: ResultsRecord = {
  command: "npm start -- run synthetic --preset paper --seed 0",
  origins: [{ commit: "0123456789abcdef", machine: "two <cores>", date: "2026-01-02" }],
  summary: {
    experiment: "synthetic",
    preset: "paper",
    seed: 0,
    data: "the <authors'> instance",
    seconds: 60,
    results: [{ method: "imle-sog", metric: "gap", mean: 0.2, std: 0.23, runs: 100 }],
    published: [{ method: "imle-sog", metric: "gap", value: 0.18, source: "Fig. 3" }],
  },
  curves: [],
};

const readme = `# A

Which maps
lead where.

**Beside the paper.** Fewer
maps.

## Gap

| a | published |
| - | -: |
| 1 | 2 |

## Made

<!-- table: paper -->

| c | d |
| --- | ---: |
| 3 | 4 |

<!-- /table -->

## Time

| a | b |
|---|---|
| 1 | 2 |
`;

test("a record is a table of ours beside published, with what made it", () => {
  const text = recordSection("paper", record);
  expect(text).toContain("| imle-sog | gap | 0.20\u00a0±\u00a00.23 | 100 | 0.18 | Fig. 3 |");
  expect(text).toContain(
    "`npm start -- run synthetic --preset paper --seed 0`; commit `0123456789ab`, two &#60;cores&#62;, 2026-01-02",
  );
  expect(text).not.toContain("<authors");
});

test("of a README the tables that compare, or are made from records, stand under their headings", () => {
  expect(comparisons(readme)).toBe(
    "**Gap**\n\n| a | published |\n| - | -: |\n| 1 | 2 |\n\n**Made**\n\n| c | d |\n| --- | ---: |\n| 3 | 4 |\n",
  );
});

test("where no table compares, those of the results stand", () => {
  const table = "| a | b |\n|---|---|\n| 1 | 2 |\n";
  expect(comparisons(`# A\n\n## Data\n\n${table}\n## Results\n\n${table}\n## Time\n\n${table}`)).toBe(
    `**Results**\n\n${table}`,
  );
});

test("a section says what it is and what differs, and has tables, pictures that exist, and records", () => {
  expect(differences(readme)).toBe("Fewer\nmaps.");
  const section = experimentSection("synthetic", readme, { paper: record });
  for (const part of [
    "## synthetic",
    "Which maps\nlead where.",
    "Fewer\nmaps.",
    "| 1 | 2 |",
    "**Record `paper`:**",
  ]) {
    expect(section).toContain(part);
  }
  for (const [, file] of section.matchAll(/\]\(\.\.\/(docs\/figures\/.*?)\)/g))
    expect(existsSync(file!), file).toBe(true);
  expect(experimentSection("synthetic", readme, {})).toContain("Not recorded yet");
});
