/** Tables of READMEs are those of docs/results: no figure is copied by hand. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { documents } from "../experiments/documents.ts";
import { withTables } from "../lab/results/tables.ts";

describe.each(documents())("$path", ({ path, tables }) => {
  const text = readFileSync(path, "utf8");

  test("has the tables of its records (else: npm run tables)", () => {
    expect(withTables(text, tables)).toBe(text);
  });

  test("has no column of dashes alone: a metric that no run has is a slip of the pen", () => {
    for (const [, name] of text.matchAll(/<!-- table: (.+?) -->/g)) {
      const { columns, rows } = tables[name!]!();
      columns.forEach(({ title }, column) => {
        expect(
          rows.some((row) => row[column] !== "–"),
          `${name}, ${title}`,
        ).toBe(true);
      });
    }
  });
});
