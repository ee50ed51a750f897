import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The package's version and a digest of the code that a run may execute: also of changes that were not committed. */
export function codeVersion(): string {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const hash = createHash("sha256");
  const files = ["src", "lab", "experiments", "kernels"].flatMap((room) =>
    readdirSync(`${root}${room}`, { recursive: true, encoding: "utf8" }).map((name) => `${room}/${name}`),
  );
  for (const file of files.filter((name) => /\.ts$/.test(name) && !/\.test\.ts$/.test(name)).sort()) {
    hash.update(`${file.replaceAll("\\", "/")}\n`).update(readFileSync(`${root}${file}`));
  }
  const { version } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as { version: string };
  return `${version}+${hash.digest("hex").slice(0, 12)}`;
}
