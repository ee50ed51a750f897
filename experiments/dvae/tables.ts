import type { Table } from "../../lab/report/report.ts";
import type { Records, ResultsRecord } from "../../lab/results/record.ts";
import {
  afterEpoch,
  type Document,
  METHOD,
  mean,
  numbers,
  resultOf,
  spread,
  tableOf,
} from "../../lab/results/tables.ts";
import { METHODS } from "./config.ts";

export function dvaeTables({ quick }: Records): Document["tables"] {
  return { quick: byEpoch(quick!, METHODS) };
}

/** Test losses after epochs; what the last one is made of, and the bound. */
function byEpoch(record: ResultsRecord, methods: readonly string[]): Table {
  const { epochs } = record.curves[0]!;
  const last = epochs.at(-1)!;
  return tableOf(methods, [
    METHOD,
    ...epochs.map((epoch, i) =>
      numbers(i === 0 ? `epoch ${epoch}` : String(epoch), (method: string) => {
        const loss = afterEpoch(record, method, "testLoss", epoch);
        return epoch === last ? spread(loss, 1) : mean(loss, 1);
      }),
    ),
    numbers("cross-entropy", (method) => mean(afterEpoch(record, method, "crossEntropy", last), 1)),
    numbers("KL", (method) => mean(afterEpoch(record, method, "kl", last), 1)),
    numbers("bound", (method) => spread(resultOf(record, method, "bound"), 1)),
  ]);
}
