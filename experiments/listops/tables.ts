import type { Records } from "../../lab/results/record.ts";
import { besidePublished, type Tables } from "../../lab/results/tables.ts";
import { presets } from "./config.ts";
import { FLOORS } from "./floors.ts";

const METRICS = [
  { title: "accuracy", metric: "accuracy", places: 1, factor: 100 },
  { title: "edge precision", metric: "edge-precision", places: 1, factor: 100 },
  { title: "edge recall", metric: "edge-recall", places: 1, factor: 100 },
];

export function listopsTables({ quick }: Records): Tables {
  const methods = [...presets.quick.methods, ...FLOORS];
  return { quick: () => besidePublished(quick!, methods, METRICS, { theirs: "SST" }) };
}
