import type { Table } from "../../lab/report/report.ts";
import type { Records, ResultsRecord } from "../../lab/results/record.ts";
import {
  afterEpoch,
  METHOD,
  mean,
  numbers,
  resultOf,
  spread,
  type Tables,
  tableOf,
} from "../../lab/results/tables.ts";
import { METHODS } from "./config.ts";

export function dvaeTables({ quick, softmax, seeds }: Records): Tables {
  return {
    quick: () => byEpoch(quick!),
    softmax: () => byEpoch(softmax!),
    seeds: () => byEpoch(seeds!),
  };
}

/** Test losses after epochs; what the last one is made of, and the bound. */
function byEpoch(record: ResultsRecord): Table {
  const { epochs } = record.curves[0]!;
  const last = epochs.at(-1)!;
  const methods = METHODS.filter((name) => resultOf(record, name, "bound"));
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
