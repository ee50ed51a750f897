import type { Table } from "../../lab/report/report.ts";
import type { Records, ResultsRecord } from "../../lab/results/record.ts";
import { besidePublished, resultOf, type Tables } from "../../lab/results/tables.ts";
import { presets } from "./config.ts";

const METRICS = [
  { title: "ELBO", metric: "elbo", places: 0 },
  { title: "precision, %", metric: "precision", places: 1, factor: 100 },
  { title: "recall, %", metric: "recall", places: 1, factor: 100 },
];

export function nriTables({ t10, t20 }: Records): Tables {
  return { t10: () => table(t10!, 10), t20: () => table(t20!, 20) };
}

function table(record: ResultsRecord, steps: number): Table {
  const beside = { theirs: "SST", source: `SST, Table 1, T = ${steps}` };
  const methods = presets.quick.methods.filter((method) => resultOf(record, method, "elbo"));
  return besidePublished(record, methods, METRICS, beside);
}
