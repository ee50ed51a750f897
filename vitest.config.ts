import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";
import "./kernels/compile.mjs";

const source = (path: string): string => fileURLToPath(new URL(`src/${path}`, import.meta.url));

const ALONE = [
  "src/frameworks/**/*.test.ts",
  "test/frameworks.test.ts",
  "test/memory.test.ts",
  "test/webgpu.test.ts",
];

export default defineConfig({
  resolve: {
    // The site's demos import the library as its users do.
    alias: [
      { find: /^hardgrad$/, replacement: source("index.ts") },
      { find: /^hardgrad\/jax$/, replacement: source("frameworks/jax.ts") },
    ],
  },
  test: {
    testTimeout: 30_000,
    // Some files wait for browsers and processes most of their time: another goes on beside them on two cores too.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      // A process each: what sets the device of an engine, or measures memory.
      {
        extends: true,
        test: {
          name: "alone",
          include: [
            "lab/**/*.test.ts",
            "experiments/**/*.test.ts",
            "bench/**/*.test.ts",
            "site/demos/**/*.test.ts",
            "test/browser/*.test.ts",
            ...ALONE,
          ],
        },
      },
      // The others one after the other in a process, which loads what they share once.
      {
        extends: true,
        test: {
          name: "library",
          include: ["src/**/*.test.ts", "test/*.test.ts"],
          exclude: [...ALONE, ...configDefaults.exclude],
          isolate: false,
        },
      },
    ],
  },
});
