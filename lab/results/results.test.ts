import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DamagedRunError } from "../run/errors.ts";
import { curvesOf, type ResultsRecord, readRecords, writeRecords } from "./record.ts";
import { afterEpoch, mean, numbers, resultOf, spread, tableOf, withTables } from "./tables.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "results-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Two trainings of 12 epochs; a method that has no excess. */
const metrics = ["a/0", "a/1", "b/0"].flatMap((cell, c) =>
  Array.from({ length: 12 }, (_, i) => ({
    cell,
    epoch: i + 1,
    loss: (c + 1) / (i + 1),
    excess: cell === "b/0" ? null : i,
    seconds: { layer: i },
  })),
);

const record: ResultsRecord = {
  command: "npm start -- run coin --preset quick --seed 0",
  origins: [{ commit: "0123", machine: "a machine", date: "2026-01-02" }],
  summary: {
    experiment: "coin",
    preset: "quick",
    seed: 0,
    data: "made",
    seconds: 1,
    results: [
      { method: "a", metric: "loss", mean: 0.1234, std: 0.05, runs: 2 },
      { method: "b", metric: "loss", mean: -2, std: 0, runs: 1 },
    ],
    published: [],
  },
  curves: curvesOf([{ cell: "data", rmse: 1 }, ...metrics]),
};

test("curves hold every run's numbers after some epochs and the last", () => {
  expect(record.curves.map(({ method, metric }) => `${method} ${metric}`)).toStrictEqual([
    "a loss",
    "a excess",
    "b loss",
  ]);
  expect(record.curves[0]!.epochs).toStrictEqual([1, 2, 3, 5, 7, 10, 12]);
  expect(record.curves[0]!.values[2]).toStrictEqual([0.333333, 0.666667]);
  expect(afterEpoch(record, "a", "loss", 2)).toMatchObject({ mean: 0.75, runs: 2 });
  expect(() => afterEpoch(record, "a", "loss", 4)).toThrow("no loss of a after epoch 4");
});

test("records come back as they were written, a line for each result", () => {
  const path = join(folder, "coin.json");
  expect(readRecords(path)).toStrictEqual({});
  writeRecords(path, { quick: record });
  expect(readRecords(path)).toStrictEqual({ quick: record });
  expect(readFileSync(path, "utf8")).toMatch(/^ *\{ "method": "b", "metric": "loss".*\},?$/m);
  for (const text of ["", "[1]", '{"quick": 1}', '{"quick": {}}']) {
    writeFileSync(path, text);
    expect(() => readRecords(path)).toThrow(DamagedRunError);
  }
});

test("a table is written between its markers, whatever stood there", () => {
  const table = tableOf(
    ["a", "b", "c"],
    [
      { title: "|method|", text: (name) => name },
      numbers("loss", (name) => spread(resultOf(record, name, "loss"), 2)),
      numbers("mean, %", (name) => mean(resultOf(record, name, "loss"), 1, 100)),
    ],
  );
  const page = "x\n<!-- table: one -->\nold\n<!-- /table -->\ny\n";
  const made = withTables(page, { one: () => table });
  expect(made).toBe(`x
<!-- table: one -->

| \\|method\\| | loss | mean, % |
| --- | ---: | ---: |
| a | 0.12\u00a0±\u00a00.05 | 12.3 |
| b | −2.00 | −200.0 |
| c | – | – |

<!-- /table -->
y
`);
  expect(withTables(made, { one: () => table })).toBe(made);
  expect(() => withTables(page, {})).toThrow('no table is named "one"');
});
