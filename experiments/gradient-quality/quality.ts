import type { GradientQuality } from "../../src/index.ts";

/** As metrics.jsonl can hold it: rounding noise is 0, and so is the floor of estimates that are all zero. */
export function cleaned(quality: GradientQuality): Record<keyof GradientQuality, number> {
  const entries = Object.entries(quality).map(([key, value]) => [key, Math.abs(value) >= 1e-12 ? value : 0]);
  return Object.fromEntries(entries);
}
