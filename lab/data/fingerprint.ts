import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Dataset } from "./dataset.ts";
import { sha256 } from "./download.ts";

/** One hash of all files of a data set that its folder has: equal hashes, equal data. Reads them all. */
export async function fingerprint(dataset: Dataset, folder: string): Promise<string> {
  const unpacked =
    dataset.unpacked === undefined
      ? []
      : readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".npy"));
  const names = [...dataset.files.map(({ name }) => name), ...unpacked].filter((name) =>
    existsSync(join(folder, name)),
  );
  const hash = createHash("sha256");
  for (const name of names.sort()) {
    hash.update(`${name.replaceAll("\\", "/")} ${await sha256(join(folder, name))}\n`);
  }
  return hash.digest("hex").slice(0, 16);
}
