import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { experiments } from "../experiments/experiments.ts";
import { comparisons, recordSection, recordsOf, resultsPage } from "../site/results-page.ts";

const record = {
  experiment: "synthetic",
  preset: "paper" as const,
  seed: 0,
  data: "the <authors'> instance",
  seconds: 60,
  results: [{ method: "imle-sog", metric: "gap", mean: 0.2, std: 0.23, runs: 100 }],
  published: [{ method: "imle-sog", metric: "gap", value: 0.18, source: "Fig. 3" }],
  command: "npm start -- run synthetic --preset paper",
  commit: "0123456789abcdef",
  machine: "two cores",
};

test("a record is a table of ours beside published, with what made it", () => {
  const text = recordSection(record);
  expect(text).toContain("| imle-sog | gap | 0.20 ± 0.23 | 100 | 0.18 | Fig. 3 |");
  expect(text).toContain("`npm start -- run synthetic --preset paper`; commit `0123456789ab`; two cores");
  expect(text).not.toContain("<authors");
});

test("a file holds one record, a list of them, or a list under runs", () => {
  const { command, ...summary } = record;
  for (const json of [record, [record], { runs: [record] }, { summary, command }]) {
    expect(recordsOf(json).map((one) => [one.experiment, one.command])).toEqual([["synthetic", command]]);
  }
});

test("without a record, the README's tables that compare stand for it, under their headings", () => {
  const readme =
    "# A\n\n## Gap\n\n| a | published |\n| - | -: |\n| 1 | 2 |\n\n## Time\n\n| a | b |\n|---|---|\n| 1 | 2 |\n";
  expect(comparisons(readme)).toBe("**Gap**\n\n| a | published |\n| - | -: |\n| 1 | 2 |\n");
});

test("the page has every experiment, and its figures", () => {
  const folder = mkdtempSync(join(tmpdir(), "hardgrad-results-"));
  const [records, figures] = [join(folder, "results"), join(folder, "figures")];
  for (const path of [records, figures]) mkdirSync(path);
  writeFileSync(join(records, "synthetic.json"), JSON.stringify(record));
  writeFileSync(join(figures, "synthetic.svg"), "<svg/>");
  const page = resultsPage(records, figures);
  rmSync(folder, { recursive: true });
  for (const { name } of experiments) expect(page).toContain(`## ${name}\n`);
  expect(page).toContain("0.20 ± 0.23");
  expect(page).toContain("![synthetic](../docs/figures/synthetic.svg)");
  expect(page).toContain("97.2"); // of the README of warcraft
});
