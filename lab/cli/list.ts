import type { Registered } from "../../experiments/experiments.ts";
import { datasets } from "../data/datasets.ts";

/** `list`: experiments with their settings, and data sets. */
export async function list(experiments: readonly Registered[]): Promise<void> {
  const lines = ["Experiments"];
  for (const registered of experiments) {
    const { name, description, dataset, presets } = await registered.load();
    lines.push(`  ${name.padEnd(22)}${description}${dataset === undefined ? "" : ` Data: ${dataset}.`}`);
    for (const [preset, config] of Object.entries(presets)) {
      const settings = Object.entries(config).map(([key, value]) => `${key}=${value}`);
      lines.push(`  ${"".padEnd(22)}${preset}: ${settings.join(" ")}`);
    }
  }
  lines.push("", "Data sets");
  for (const { name, description } of datasets) lines.push(`  ${name.padEnd(22)}${description}`);
  console.log(lines.join("\n"));
}
