import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Dataset } from "../data/dataset.ts";
import { download, sha256 } from "../data/download.ts";
import { defaultFolder, findDataset, locateDataset, missingData } from "../data/folder.ts";
import { DataError } from "../run/errors.ts";
import { createProgress } from "../run/progress.ts";

/** `data <name>`: fetches what is missing and checks all of it; with a folder given, checks only. */
export async function data(name: string, given: string | undefined): Promise<void> {
  const dataset = findDataset(name);
  const folder = given ?? defaultFolder(dataset);
  console.log(`${dataset.name}: ${dataset.description}\n${dataset.origin}`);
  if (given === undefined) await fetchMissing(dataset, folder);
  await check(dataset, folder);
}

async function fetchMissing(dataset: Dataset, folder: string): Promise<void> {
  for (const file of dataset.files) {
    const path = join(folder, file.name);
    if (existsSync(path)) continue;
    const progress = createProgress();
    progress.note(`fetching ${file.urls[0]}`);
    await download(file, path, (done, total) => {
      progress.update(
        done,
        total ?? 0,
        `${file.name}  ${megabytes(done)}${total ? ` of ${megabytes(total)}` : ""}`,
      );
    });
    progress.end();
  }
}

async function check(dataset: Dataset, folder: string): Promise<void> {
  const wrong: string[] = [];
  for (const file of dataset.files) {
    const path = join(folder, file.name);
    if (!existsSync(path)) {
      if (locateDataset(dataset, folder) !== folder) throw missingData(dataset, folder);
      console.log(`  ${file.name}  unpacked, nothing to check`);
      continue;
    }
    const actual = await sha256(path);
    const verdict =
      file.sha256 === undefined
        ? `sha256 ${actual} (none published)`
        : actual === file.sha256
          ? "ok"
          : "DIFFERS";
    console.log(`  ${file.name}  ${verdict}`);
    if (verdict === "DIFFERS")
      wrong.push(`  ${path} has sha256 ${actual}, the published file ${file.sha256}`);
  }
  if (wrong.length > 0) {
    throw new DataError(
      [
        "not the published files:",
        ...wrong,
        "Experiments read them all the same, and say what they found; to have the published ones, delete these.",
      ].join("\n"),
    );
  }
  console.log(`Complete in ${folder}.`);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
