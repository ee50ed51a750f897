import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What a run computed, without times. */
export function computed(out: string): string[] {
  return ["summary.json", "metrics.jsonl"].map((name) =>
    readFileSync(join(out, name), "utf8").replace(/"seconds": ?(\{[^}]*\}|[\d.e+-]+)/g, '"seconds":0'),
  );
}
