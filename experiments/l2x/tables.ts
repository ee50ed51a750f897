import type { Table } from "../../lab/report/report.ts";
import type { Records, ResultsRecord } from "../../lab/results/record.ts";
import { METHOD, numbers, resultOf, spread, type Tables, tableOf } from "../../lab/results/tables.ts";
import { presets } from "./config.ts";

const { methods } = presets.quick;

export function l2xTables(records: Records): Tables {
  const { quick, k10, k15, complex, longer, digits } = records;
  return {
    quick: () => ofReviews(quick!),
    k10: () => ofReviews(k10!),
    k15: () => ofReviews(k15!),
    complex: () => ofReviews(complex!),
    longer: () => ofReviews(longer!),
    sentences: () => accuracies([1, 3, 5].map((k) => [`k = ${k}`, records[`sentences-k${k}`]!])),
    digits: () => accuracies([["4 patches", digits!]]),
  };
}

function ofReviews(record: ResultsRecord): Table {
  return tableOf(
    methods.filter((method) => resultOf(record, method, "mse")),
    [
      METHOD,
      numbers("MSE × 100", (method) => spread(resultOf(record, method, "mse"), 2, 100)),
      numbers("precision, %", (method) => spread(resultOf(record, method, "precision"), 1, 100)),
      numbers("words in a row", (method) => spread(resultOf(record, method, "run-length"), 2)),
    ],
  );
}

function accuracies(records: readonly (readonly [title: string, record: ResultsRecord])[]): Table {
  return tableOf(
    methods.filter((method) => records.some(([, record]) => resultOf(record, method, "accuracy"))),
    [
      METHOD,
      ...records.map(([title, record]) =>
        numbers(title, (method: string) => spread(resultOf(record, method, "accuracy"), 1, 100)),
      ),
    ],
  );
}
