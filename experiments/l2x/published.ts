/** What the papers report: mean squared error and precision, both times 100. */
import type { Published } from "../../lab/run/summary.ts";
import { ASPECTS, chosenK, type L2xConfig } from "./config.ts";

/** For k = 5, 10, 15, on aroma. */
type Row = readonly [method: string, ...values: readonly (readonly [mse: number, precision: number])[]];

const SST_SIMPLE: readonly Row[] = [
  ["l2x", [3.6, 28.3], [3.0, 25.5], [2.6, 25.5]],
  ["soft-sub", [3.6, 27.2], [3.0, 26.1], [2.6, 25.1]],
  ["sst-euclidean", [3.5, 25.8], [2.8, 32.9], [2.5, 29.0]],
  ["sst-categorical", [3.5, 26.4], [2.9, 32.1], [2.6, 28.7]],
  ["sst-binary", [3.5, 29.2], [2.7, 33.6], [2.6, 28.8]],
  ["sst-exponential", [3.5, 28.8], [2.7, 32.8], [2.5, 29.2]],
  ["sst-correlated", [2.9, 63.1], [2.5, 53.1], [2.4, 45.5]],
];

const SST_COMPLEX: readonly Row[] = [
  ["l2x", [2.7, 50.5], [2.6, 44.1], [2.4, 44.4]],
  ["soft-sub", [2.7, 57.1], [2.3, 50.2], [2.3, 43.0]],
  ["sst-euclidean", [2.7, 61.3], [2.4, 52.8], [2.3, 44.1]],
  ["sst-categorical", [2.7, 61.9], [2.3, 52.8], [2.3, 44.5]],
  ["sst-binary", [2.6, 62.1], [2.3, 50.7], [2.3, 44.8]],
  ["sst-exponential", [2.6, 59.5], [2.3, 54.6], [2.2, 44.9]],
  ["sst-correlated", [2.5, 67.9], [2.3, 60.2], [2.1, 57.7]],
];

/** Table 3 of SIMPLE, which repeats Table 1 of I-MLE. */
const SELECTOR: readonly Row[] = [
  ["simple", [2.27, 57.3], [2.23, 47.17], [3.2, 53.18]],
  ["l2x", [5.75, 33.63], [6.68, 26.65], [7.71, 23.49]],
  ["soft-sub", [2.57, 54.06], [2.67, 44.44], [2.52, 37.78]],
  ["imle", [2.62, 54.76], [2.71, 47.98], [2.91, 39.56]],
];

/** Table 2 of SIMPLE: k = 10, on appearance, palate and taste. */
const SELECTOR_OTHERS: readonly Row[] = [
  ["simple", [2.35, 66.81], [2.68, 44.78], [2.11, 42.31]],
  ["l2x", [10.7, 30.02], [6.7, 50.39], [6.92, 32.23]],
  ["soft-sub", [2.48, 52.86], [2.94, 39.17], [2.18, 41.98]],
  ["imle", [2.51, 65.47], [2.96, 40.73], [2.38, 41.38]],
];

const KS = [5, 10, 15].map((k) => ({ aspect: 1, k }));
const OTHERS = [0, 2, 3].map((aspect) => ({ aspect, k: 10 }));

export const published: readonly Published[] = [
  ...table(SST_SIMPLE, "simple", KS),
  ...table(SST_COMPLEX, "complex", KS),
  ...table(SELECTOR, "selector", KS),
  ...table(
    [["ste", [4.44, 38.93]]],
    "selector",
    KS.filter(({ k }) => k === 10),
  ),
  ...table(SELECTOR_OTHERS, "selector", OTHERS),
];

/** How the papers' numbers for this network, aspect and k are marked. */
export function publishedFor(config: Pick<L2xConfig, "network" | "aspect" | "k" | "task">): string {
  return source(config.network, config.aspect, chosenK(config));
}

function source(network: string, aspect: number, k: number): string {
  const table = network === "selector" ? "I-MLE and SIMPLE, Tables 1 to 3" : `SST, Table 3, ${network}`;
  return `${table}, ${ASPECTS[aspect]}, k = ${k}`;
}

function table(
  rows: readonly Row[],
  network: string,
  columns: readonly { readonly aspect: number; readonly k: number }[],
): Published[] {
  return rows.flatMap(([method, ...values]) =>
    values.flatMap(([mse, precision], i) => {
      const { aspect, k } = columns[i]!;
      const from = { method, source: source(network, aspect, k) };
      return [
        { ...from, metric: "mse", value: mse / 100 },
        { ...from, metric: "precision", value: precision / 100 },
      ];
    }),
  );
}
