import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import "./kernels/compile.mjs";

const source = (path: string): string => fileURLToPath(new URL(`src/${path}`, import.meta.url));

export default defineConfig({
  resolve: {
    // The site's demos import the library as its users do.
    alias: [
      { find: /^hardgrad$/, replacement: source("index.ts") },
      { find: /^hardgrad\/jax$/, replacement: source("frameworks/jax.ts") },
    ],
  },
  test: {
    include: [
      "src/**/*.test.ts",
      "lab/**/*.test.ts",
      "experiments/**/*.test.ts",
      "bench/**/*.test.ts",
      "site/demos/**/*.test.ts",
      "test/**/*.test.ts",
    ],
    testTimeout: 30_000,
    // Some files wait for browsers and processes most of their time: another goes on beside them on two cores too.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
});
