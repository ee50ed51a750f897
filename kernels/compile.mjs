/**
 * Compiles each list of kernels in kernels/modules to a WebAssembly module, and embeds it in an ordinary ES module of that
 * name in src/core/kernel-bytes; does nothing where those were made from the same sources. Importing this file is enough:
 * `npm ci`, `npm start`, the tests, the site and the benchmarks do. With an argument they are also copied into that folder.
 */
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const OPTIONS = [
  ...["-O3", "--shrinkLevel", "1", "--runPasses", "reorder-locals"],
  "--noAssert",
  ...["--runtime", "stub", "--enable", "simd", "--use", "abort="],
  // All modules work in one memory: 2 MiB, for good, as views of a memory that grows would be lost.
  ...["--importMemory", "--noExportMemory", "--initialMemory", "32", "--maximumMemory", "32"],
];

/** What a string may hold as it is, by how often deflate leaves it as it is in minified JavaScript. */
const CHARACTERS =
  ",e=n(t)r+saoi*;:u-1}lf2.]m0?p[dM</ybwgcN> hk|AO&3x4FST{L6CIvRE$P!8D5BKX`GH_JY79VWUzqjQZ%#^'@~";

const folder = fileURLToPath(new URL(".", import.meta.url));
const embedded = fileURLToPath(new URL("../src/core/kernel-bytes/", import.meta.url));
const sources = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".ts"));
const modules = readdirSync(join(folder, "modules")).map((name) => name.replace(/\.ts$/, ""));

const digest = createHash("sha256");
for (const name of [...sources.sort(), "compile.mjs"]) digest.update(readFileSync(join(folder, name)));
const header = `// Made by kernels/compile.mjs: ${digest.digest("hex")}\n`;

for (const name of modules) {
  if (!readOrNull(join(embedded, `${name}.js`))?.startsWith(header)) await compile(name);
}
const copies = process.argv[2];
if (resolve(process.argv[1] ?? "") === fileURLToPath(import.meta.url) && copies) {
  mkdirSync(copies, { recursive: true });
  for (const name of modules) copyFileSync(join(embedded, `${name}.js`), join(copies, `${name}.js`));
}

async function compile(name) {
  const { default: asc } = await import("assemblyscript/asc");
  const outputs = new Map();
  const { error, stderr } = await asc.main(
    [`modules/${name}.ts`, ...OPTIONS, "--baseDir", folder, "--outFile", "kernels.wasm"],
    {
      readFile: (path, base) => readOrNull(resolve(base, path)),
      writeFile: (path, contents) => outputs.set(path, contents),
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`kernels: AssemblyScript failed\n${stderr}`);
  const text = textOf(outputs.get("kernels.wasm"));
  // Renamed into place, so that a process beside this one never reads half of it.
  const module = join(embedded, `${name}.js`);
  const temporary = `${module}.${process.pid}`;
  writeFileSync(temporary, `${header}export const kernelBytes =\n  ${JSON.stringify(text)};\n`);
  renameSync(temporary, module);
}

/**
 * Bytes as text that is compressed on its way to a page, together with JavaScript: 91 digits, for the bytes that are frequent,
 * from SIMD's prefix 0xfd over 0 to 87, and two prefixes for others. In front stand all 93 in their order: those that are used
 * most are the characters that JavaScript uses most. Base 64 cuts through bytes, and takes a third more.
 */
function textOf(bytes) {
  const codes = [...bytes]
    .map((byte) => (byte + 3) % 256)
    .flatMap((n) => (n < 91 ? [n] : [90 + Math.floor(n / 91), n % 91]));
  const uses = Array.from(CHARACTERS, (_, code) => codes.filter((c) => c === code).length);
  const ranked = [...uses.keys()].sort((a, b) => uses[b] - uses[a]);
  const digits = [...uses.keys()].map((code) => CHARACTERS[ranked.indexOf(code)]);
  return digits.concat(codes.map((code) => digits[code])).join("");
}

function readOrNull(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
