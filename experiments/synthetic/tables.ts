import { formatSpread } from "../../lab/report/format.ts";
import type { Records } from "../../lab/results/record.ts";
import {
  mean,
  numbers,
  publishedOf,
  resultOf,
  type TableColumn,
  type Tables,
  tableOf,
} from "../../lab/results/tables.ts";
import { ACROSS } from "./config.ts";
import { NAMES } from "./figures/lines.ts";
import { type Method, methods } from "./model.ts";
import { type Other, others } from "./others.ts";

const [OWN, TEN] = ["authors' instance", "ten instances"];

export function syntheticTables({ paper }: Records): Tables {
  const gap = <Row extends { readonly name: string }>(title: string, metric: string): TableColumn<Row> =>
    numbers(title, ({ name }) => {
      const { mean, std } = resultOf(paper!, name, metric)!;
      return formatSpread(mean, std);
    });
  const across = ({ name }: Other): number => resultOf(paper!, name, ACROSS)!.mean;
  return {
    gap: () =>
      tableOf(
        methods.map((name) => ({ name })),
        [
          { title: "method", text: ({ name }) => NAMES[name as Method] },
          gap(OWN, "gap"),
          numbers("authors' code", ({ name }) => {
            const found = publishedOf(paper!, name, "gap");
            return mean(found && { mean: found.value }, 2);
          }),
          gap(TEN, ACROSS),
        ],
      ),
    others: () =>
      tableOf(
        others.toSorted((a, b) => across(a) - across(b)),
        [
          { title: "estimator", text: ({ label }) => label },
          { title: "states", text: ({ soft }) => (soft ? "soft" : "hard") },
          gap(TEN, ACROSS),
          gap(OWN, "gap"),
        ],
      ),
  };
}
