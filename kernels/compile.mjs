/**
 * Compiles kernels/index.ts to WebAssembly and embeds it in src/core/kernel-bytes.js, an ordinary ES module; does nothing
 * where that was made from the same sources. Importing this file is enough: `npm ci`, `npm start`, the tests, the site
 * and the benchmarks do. With an argument the module is also copied into that folder.
 */
import { createHash } from "node:crypto";
import { copyFileSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const OPTIONS = [
  "-O3",
  "--noAssert",
  ...["--runtime", "stub", "--enable", "simd", "--use", "abort="],
  // 2 MiB, for good: views of a memory that grows would be lost.
  ...["--initialMemory", "32", "--maximumMemory", "32"],
];

const folder = fileURLToPath(new URL(".", import.meta.url));
const module = fileURLToPath(new URL("../src/core/kernel-bytes.js", import.meta.url));
const sources = readdirSync(folder).filter((name) => name.endsWith(".ts"));

const digest = createHash("sha256");
for (const name of [...sources.sort(), "compile.mjs"]) digest.update(readFileSync(join(folder, name)));
const header = `// Made by kernels/compile.mjs: ${digest.digest("hex")}\n`;

if (!upToDate()) {
  const { default: asc } = await import("assemblyscript/asc");
  const outputs = new Map();
  const { error, stderr } = await asc.main(
    ["index.ts", ...OPTIONS, "--baseDir", folder, "--outFile", "kernels.wasm"],
    {
      readFile: (name, base) => readOrNull(resolve(base, name)),
      writeFile: (name, contents) => outputs.set(name, contents),
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`kernels: AssemblyScript failed\n${stderr}`);
  // Compressed on its way to a page, this is a fifth smaller than base 64, which cuts through bytes.
  const digits = Buffer.from(outputs.get("kernels.wasm")).toString("hex");
  // Renamed into place, so that a process beside this one never reads half of it.
  const temporary = `${module}.${process.pid}`;
  writeFileSync(temporary, `${header}export const kernelBytes =\n  "${digits}";\n`);
  renameSync(temporary, module);
}
if (resolve(process.argv[1] ?? "") === fileURLToPath(import.meta.url) && process.argv[2]) {
  copyFileSync(module, join(process.argv[2], "kernel-bytes.js"));
}

function upToDate() {
  return readOrNull(module)?.startsWith(header) ?? false;
}

function readOrNull(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
