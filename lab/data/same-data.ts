import { createHash } from "node:crypto";
import type { Run } from "../experiment.ts";
import { unexpected } from "./unexpected.ts";

/**
 * Remembers what a run read from its data folder, and refuses anything else when the run is resumed: its end would not
 * fit its beginning. The folder may have moved. Data that the experiment makes need no check: they follow from the seed.
 *
 * @param description of the data in words, with their number.
 * @param contents all numbers that were read and are used.
 * @throws DataError that names what was expected and what was found.
 */
export async function sameData(
  run: Pick<Run, "data" | "cell">,
  description: string,
  contents: readonly NodeJS.ArrayBufferView[],
): Promise<void> {
  if (run.data === undefined) return;
  const hash = createHash("sha256");
  for (const part of contents) hash.update(`${part.byteLength} `).update(part);
  const found = `${description} (sha256 ${hash.digest("hex").slice(0, 16)}…)`;
  const begun = await run.cell("data digest", () => found, { units: 0 });
  if (begun !== found) throw unexpected(run.data, `the data that the run began with, ${begun}`, found);
}
