/** The C++ reference kernels: compiled once into node_modules/.cache, run by name. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";

export interface Native {
  /** First line of the compiler's --version, and the flags. */
  readonly compiler: string;
  /** Best ns per item of the kernel that prints this name, measured now. */
  measure(kernel: string): number;
}

const SOURCE: URL = new URL("./native/kernels.cpp", import.meta.url);
const CACHE: URL = new URL("../node_modules/.cache/hardgrad/", import.meta.url);
const FLAGS = ["-O3", "-march=native", "-ffast-math", "-std=c++17"];

/** Compiles the kernels; a string says why there are none. */
export function compileNative(): Native | string {
  const compiler = [process.env.CXX, "c++", "g++", "clang++"].find(
    (name) => name && spawnSync(name, ["--version"]).status === 0,
  );
  if (!compiler) return "no C++ compiler found (set CXX to name one): native kernels are skipped";
  const version = spawnSync(compiler, ["--version"], { encoding: "utf8" }).stdout.split("\n")[0]!;
  // -march=native makes the binary the property of this processor.
  const key = [readFileSync(SOURCE, "utf8"), version, ...FLAGS, cpus()[0]?.model].join("\n");
  const digest = createHash("sha256").update(key).digest("hex").slice(0, 16);
  mkdirSync(CACHE, { recursive: true });
  const binary = fileURLToPath(new URL(`kernels-${digest}`, CACHE));
  if (!existsSync(binary)) {
    const built = spawnSync(compiler, [...FLAGS, fileURLToPath(SOURCE), "-o", binary], { encoding: "utf8" });
    if (built.status !== 0) return `${compiler} failed, native kernels are skipped:\n${built.stderr}`;
  }
  return {
    compiler: `${version}, ${FLAGS.join(" ")}`,
    measure(kernel) {
      const ran = spawnSync(binary, [kernel], { encoding: "utf8" });
      for (const line of ran.stdout.split("\n")) {
        if (!line.startsWith("{")) continue;
        const result = JSON.parse(line) as { name: string; min_ns_per_item: number };
        if (result.name === kernel) return result.min_ns_per_item;
      }
      throw new Error(`native/kernels.cpp printed no "${kernel}": ${ran.stdout}${ran.stderr}`);
    },
  };
}
