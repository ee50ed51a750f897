import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const source = (path: string): string => new URL(`../src/${path}`, import.meta.url).href;
const modules: Readonly<Record<string, string>> = {
  hardgrad: source("index.ts"),
  "hardgrad/jax": source("frameworks/jax.ts"),
};

/** Runs a program of the playground in a Node of its own, against the sources, and returns what it prints. */
export function runDemoCode(code: string): string {
  const linked = code.replace(/ from "(hardgrad[^"]*)"/g, (_, name: string) => ` from "${modules[name]}"`);
  return execFileSync(process.execPath, ["--import", "tsx", "--input-type=module", "-e", linked], {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    encoding: "utf8",
  });
}
