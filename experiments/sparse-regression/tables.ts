import type { Records } from "../../lab/results/record.ts";
import {
  mean,
  numbers,
  publishedOf,
  resultOf,
  spread,
  type Tables,
  tableOf,
} from "../../lab/results/tables.ts";
import { TRUE_TERMS } from "./library.ts";

const METHODS: Readonly<Record<string, string>> = {
  simple: "`simple`: SIMPLE",
  imle: "`imle`: I-MLE, Sum-of-Gamma noise, λ = 10",
  "simple-notebook": "`simple-notebook`: SIMPLE with the notebook's loss and step",
  "imle-notebook": "`imle-notebook`: I-MLE with the notebook's loss",
  stlsq: "`stlsq`: sequentially thresholded least squares, threshold 0.1",
};

export function sparseRegressionTables({ paper, simulated }: Records): Tables {
  const lines = [...TRUE_TERMS.map((term) => `coefficient of ${term}`), "rmse"];
  return {
    coefficients: () =>
      tableOf(lines, [
        { title: "", text: (metric) => metric.replace("coefficient of ", "").replace("rmse", "RMSE") },
        numbers("published", (metric) => {
          const { value, source } = publishedOf(paper!, "simple", metric)!;
          return `${mean({ mean: value }, 5)} (${source})`;
        }),
        numbers("real data", (metric) => mean(resultOf(paper!, "simple", metric), 6)),
        numbers("simulated data", (metric) => mean(resultOf(simulated!, "simple", metric), 6)),
      ]),
    methods: () =>
      tableOf(Object.keys(METHODS), [
        { title: "method", text: (method) => METHODS[method]! },
        numbers(
          "equation found",
          (method) => `${mean(resultOf(paper!, method, "equation-found"), 0, 100)} %`,
        ),
        numbers("iterations needed", (method) => spread(resultOf(paper!, method, "iterations-needed"), 1)),
        numbers("the same, simulated data", (method) =>
          spread(resultOf(simulated!, method, "iterations-needed"), 1),
        ),
      ]),
  };
}
