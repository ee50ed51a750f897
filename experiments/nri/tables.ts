import type { Records } from "../../lab/results/record.ts";
import { besidePublished, type Tables } from "../../lab/results/tables.ts";
import { presets } from "./config.ts";

const METRICS = [
  { title: "ELBO", metric: "elbo", places: 0 },
  { title: "precision, %", metric: "precision", places: 1, factor: 100 },
  { title: "recall, %", metric: "recall", places: 1, factor: 100 },
];

export function nriTables({ t10 }: Records): Tables {
  const beside = { theirs: "SST", source: "SST, Table 1, T = 10" };
  return { t10: () => besidePublished(t10!, presets.quick.methods, METRICS, beside) };
}
