import { execFile } from "node:child_process";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

let folder: string;

/** The library where no package is installed. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hardgrad-"));
  await cp(fileURLToPath(new URL("../src", import.meta.url)), join(folder, "src"), { recursive: true });
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function load(module: string): Promise<string> {
  const script = `await import(${JSON.stringify(join(folder, "src", module))}); console.log("loaded");`;
  const args = ["--import", import.meta.resolve("tsx"), "--input-type=module", "--eval", script];
  return new Promise((settle) => {
    execFile(process.execPath, args, { cwd: folder }, (_error, stdout, stderr) => settle(stdout + stderr));
  });
}

test("the library itself needs no package", async () => {
  expect(await load("index.ts")).toBe("loaded\n");
});

test.each([
  ["jax", "@jax-js/jax"],
  ["tfjs", "@tensorflow/tfjs-core"],
])("hardgrad/%s without %s is an error that names the package and who wants it", async (name, peer) => {
  const output = await load(`frameworks/${name}.ts`);
  expect(output).toContain(
    `Cannot find package '${peer}' imported from ${join(folder, "src", "frameworks")}`,
  );
  expect(output).not.toContain("loaded");
});
