import type { Table } from "../../lab/report/report.ts";
import type { Records, ResultsRecord } from "../../lab/results/record.ts";
import { besidePublished, resultOf, type Tables } from "../../lab/results/tables.ts";
import { presets } from "./config.ts";
import { FLOORS } from "./floors.ts";

const METRICS = [
  { title: "accuracy", metric: "accuracy", places: 1, factor: 100 },
  { title: "edge precision", metric: "edge-precision", places: 1, factor: 100 },
  { title: "edge recall", metric: "edge-recall", places: 1, factor: 100 },
];

export function listopsTables({ quick, depth3 }: Records): Tables {
  return { quick: () => table(quick!), depth3: () => table(depth3!) };
}

function table(record: ResultsRecord): Table {
  const methods = [...presets.quick.methods, ...FLOORS].filter((method) =>
    METRICS.some(({ metric }) => resultOf(record, method, metric)),
  );
  return besidePublished(record, methods, METRICS, { theirs: "SST" });
}
