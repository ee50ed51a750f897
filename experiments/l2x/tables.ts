import type { Records } from "../../lab/results/record.ts";
import { METHOD, numbers, resultOf, spread, type Tables, tableOf } from "../../lab/results/tables.ts";
import { presets } from "./config.ts";

export function l2xTables({ quick }: Records): Tables {
  return {
    quick: () =>
      tableOf(presets.quick.methods, [
        METHOD,
        numbers("MSE × 100", (method) => spread(resultOf(quick!, method, "mse"), 2, 100)),
        numbers("precision, %", (method) => spread(resultOf(quick!, method, "precision"), 1, 100)),
        numbers("words in a row", (method) => spread(resultOf(quick!, method, "run-length"), 2)),
      ]),
  };
}
