/** Tables of READMEs are those of docs/results: no figure is copied by hand. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { documents } from "../experiments/documents.ts";
import { withTables } from "../lab/results/tables.ts";

const all = documents();

test.each(all.map(({ path, tables }) => [path, tables]))(
  "%s has the tables of its records (npm run tables)",
  (path, tables) => {
    const text = readFileSync(path, "utf8");
    expect(withTables(text, tables)).toBe(text);
    for (const name of Object.keys(tables)) expect(text).toContain(`<!-- table: ${name} -->`);
  },
);

test("no column is empty: a metric that no run has is a slip of the pen", () => {
  for (const { path, tables } of all) {
    for (const [name, { columns, rows }] of Object.entries(tables)) {
      columns.forEach(({ title }, column) => {
        expect(
          rows.some((row) => row[column] !== "–"),
          `${path}, ${name}, ${title}`,
        ).toBe(true);
      });
    }
  }
});
