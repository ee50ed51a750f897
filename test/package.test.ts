/** The tarball as a user gets it: packed, installed into an empty project, imported by plain Node. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../", import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

describe("the published package", () => {
  let project = "";
  let files: string[] = [];

  beforeAll(() => {
    project = mkdtempSync(join(tmpdir(), "hardgrad-package-"));
    // What is built elsewhere is named by DIST; otherwise packing builds.
    const built = process.env.DIST ? ["--ignore-scripts"] : [];
    const packed = execFileSync("npm", ["pack", "--json", "--pack-destination", project, ...built], {
      cwd: root,
      encoding: "utf8",
    });
    const [{ filename, files: packedFiles }] = JSON.parse(packed.slice(packed.indexOf("[\n")));
    files = packedFiles.map((file: { path: string }) => file.path);
    writeFileSync(
      join(project, "package.json"),
      JSON.stringify({ name: "empty", private: true, type: "module" }),
    );
    execFileSync("npm", ["install", "--offline", "--no-audit", "--no-fund", join(project, filename)], {
      cwd: project,
      stdio: "pipe",
    });
  }, 180_000);

  afterAll(() => rmSync(project, { recursive: true, force: true }));

  const node = (code: string): string =>
    execFileSync("node", ["--input-type=module", "-e", code], {
      cwd: project,
      encoding: "utf8",
      stdio: "pipe",
    });

  test("runs the example of the README without a build step or a dependency", () => {
    const printed = node(`
      import { imle, kSubset, perturbation, rng, sumOfGamma } from "hardgrad";
      const layer = imle(kSubset(20, 10), { noise: sumOfGamma({ k: 10, iterations: 10 }), target: perturbation({ lambda: 10 }) });
      const z = layer.forward(new Float32Array(40), rng(0));
      console.log(z.value.length, z.value.reduce((a, b) => a + b), z.backward(new Float32Array(40)).length);
    `);
    expect(printed.trim()).toBe("40 20 40");
    expect(manifest.dependencies).toBeUndefined();
  });

  test("holds the build, its types, the licence, the readme, the changelog and the guides, and no other code", () => {
    for (const path of [
      "LICENSE",
      "README.md",
      "CHANGELOG.md",
      "package.json",
      "dist/index.js",
      "dist/index.d.ts",
    ]) {
      expect(files).toContain(path);
    }
    const code = files.filter((path) => /\.[jt]s$/.test(path));
    expect(code.filter((path) => path.includes(".test.") || !path.startsWith("dist/"))).toEqual([
      "src/contracts.ts",
    ]);
  });

  test("links of its pages lead to files that it has", () => {
    const broken = files
      .filter((path) => path.endsWith(".md"))
      .flatMap((path) => {
        const text = readFileSync(join(root, path), "utf8").replace(/^```[\s\S]*?^```/gm, "");
        return Array.from(text.matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g), ([, to]) =>
          posix.join(posix.dirname(path), to!),
        )
          .filter((to) => !files.includes(to))
          .map((to) => `${path}: ${to}`);
      });
    expect(broken).toEqual([]);
  });

  test("every entry point of the manifest exists, and what is not exported cannot be reached", () => {
    for (const entry of Object.values<{ types: string; default: string } | string>(manifest.exports)) {
      for (const path of typeof entry === "string" ? [entry] : Object.values(entry)) {
        expect(files).toContain(path.replace("./", ""));
      }
    }
    expect(() => node('await import("hardgrad/dist/core/rng.js")')).toThrow(/ERR_PACKAGE_PATH_NOT_EXPORTED/);
  });

  test("threads start from the build", () => {
    writeFileSync(
      join(project, "structure.js"),
      'import { kSubset } from "hardgrad"; export default (n) => kSubset(n, 1);',
    );
    writeFileSync(
      join(project, "main.js"),
      `import { threaded } from "hardgrad/threads";
      const structure = await threaded(new URL("./structure.js", import.meta.url), { threads: 2, data: 3 });
      const z = new Float64Array(6);
      structure.map(Float64Array.of(1, 2, 3, 6, 5, 4), z);
      console.log(z.join());`,
    );
    const printed = execFileSync("node", ["main.js"], { cwd: project, encoding: "utf8" });
    expect(printed.trim()).toBe("0,0,1,1,0,0");
  });

  test("the core imports nothing from Node, so that it runs in a browser", () => {
    for (const path of files.filter((file) => file.endsWith(".js"))) {
      const source = readFileSync(join(project, "node_modules/hardgrad", path), "utf8");
      expect(source, path).not.toMatch(/from "node:|require\(/);
    }
  });
});
