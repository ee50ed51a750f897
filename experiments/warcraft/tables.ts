import { formatPlaces } from "../../lab/report/format.ts";
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

export function warcraftTables({ seeds }: Records): Tables {
  return { seeds: () => byEpoch(seeds!) };
}

/** Accuracies in % after epochs, those of each run after the last, and excess cost. */
function byEpoch(record: ResultsRecord): Table {
  const curves = record.curves.filter(({ metric }) => metric === "accuracy");
  const { epochs } = curves[0]!;
  const last = epochs.at(-1)!;
  const runs = (method: string): readonly number[] =>
    curves.find((curve) => curve.method === method)!.values.at(-1)!;
  return tableOf(
    curves.map(({ method }) => method),
    [
      METHOD,
      ...epochs.map((epoch, i) =>
        numbers(i === 0 ? `epoch ${epoch}` : String(epoch), (method: string) => {
          const accuracy = afterEpoch(record, method, "accuracy", epoch);
          return epoch === last ? spread(accuracy, 1, 100) : mean(accuracy, 1, 100);
        }),
      ),
      numbers("each run", (method) =>
        runs(method)
          .map((accuracy) => formatPlaces(100 * accuracy, 1))
          .join(" "),
      ),
      numbers("excess cost", (method) => mean(resultOf(record, method, "excess-cost"), 3, 100)),
    ],
  );
}
