/** What a page pays: a layer bundled as a user's bundler does it. */
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../", import.meta.url));

test("imle, kSubset and sumOfGamma are below 20 kB, kernels included", async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: 'export { imle, kSubset, sumOfGamma } from "./src/index.ts";',
      resolveDir: root,
    },
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
  });
  const size = gzipSync(outputFiles[0]!.contents).length;
  expect(size).toBeGreaterThan(5_000);
  expect(size).toBeLessThan(20_000);
});
