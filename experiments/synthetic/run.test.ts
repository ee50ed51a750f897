import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Cell } from "../../lab/experiment.ts";
import { renderPage } from "../../lab/report/page.ts";
import { Interrupted } from "../../lab/run/errors.ts";
import { execute } from "../../lab/run/execute.ts";
import { keyedRng } from "../../lab/run/keyed-rng.ts";
import { claimRunDirectory, type RunConfig, readRun } from "../../lab/run/run-directory.ts";
import { presets, type SyntheticConfig } from "./config.ts";
import { instanceOfSeed } from "./data.ts";
import { descend } from "./descent.ts";
import { gradientEstimator, methods } from "./model.ts";
import { others } from "./others.ts";
import { synthetic } from "./run.ts";

const config: RunConfig<SyntheticConfig> = {
  experiment: "synthetic",
  preset: "quick",
  seed: 0,
  data: null,
  config: {
    ...presets.quick,
    instances: 2,
    sweepInstances: 2,
    runs: 10,
    sweepRuns: 3,
    steps: 10,
    sfeSteps: 20,
    sfeRuns: 5,
    sfeSweepRuns: 2,
    sums: 500,
    largestSize: 8,
    evaluations: 2,
  },
};
let folder = "";
/** A run that nothing stopped. */
let whole = "";
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "synthetic-"));
  whole = join(folder, "whole");
  claimRunDirectory(whole, config, false);
  await go(whole);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function go(out: string, stopAt = Infinity, run: RunConfig<SyntheticConfig> = config): Promise<void> {
  let asked = 0;
  const interrupt = {
    get signal(): NodeJS.Signals | undefined {
      asked += 1;
      return asked > stopAt ? "SIGINT" : undefined;
    },
  };
  const progress = { update: () => {}, note: () => {}, end: () => {} };
  await execute(synthetic, out, run, { progress, interrupt, checkpointSeconds: 60 }).catch((error) => {
    if (!(error instanceof Interrupted)) throw error;
  });
}

function computed(out: string): string[] {
  return ["summary.json", "metrics.jsonl"].map((name) =>
    readFileSync(join(out, name), "utf8").replace(/"seconds": ?(\{[^}]*\}|[\d.e+-]+)/g, '"seconds":0'),
  );
}

test("stopped within a descent and between cells, it comes to the same numbers", async () => {
  const stopped = join(folder, "stopped");
  claimRunDirectory(stopped, config, false);
  for (const stopAt of [7, 40, 3, 300]) await go(stopped, stopAt);
  await go(stopped);
  expect(computed(stopped)).toStrictEqual(computed(whole));
});

test("the summary has each method's gap, and the report every figure of the paper", async () => {
  const run = readRun(whole, synthetic);
  expect(run.summary.results.map(({ method, metric }) => `${method} ${metric}`)).toStrictEqual(
    [...methods, ...others.map(({ name }) => name)].flatMap((method) => [
      `${method} gap`,
      `${method} gap-over-instances`,
    ]),
  );
  const page = await renderPage(synthetic, run);
  for (const source of [
    "Figure 2",
    "Figure 3, top",
    "Figure 3, bottom, and Figure 5",
    "Figure 6",
    "Figure 7",
    "Figure 8",
  ]) {
    expect(page).toContain(`<small>${source}</small>`);
  }
  expect(page).toContain("on 2 instances in ");
  expect(page).not.toMatch(/NaN|undefined|\[object/);
});

test("a method's gap over instances is the mean of its gaps on those of the seeds that follow", async () => {
  const out = join(folder, "instances");
  const only = { ...config, seed: 4, config: { ...config.config, instances: 3, methods: ["imle-sog"] } };
  claimRunDirectory(out, only, false);
  await go(out, Infinity, only);
  const { results } = readRun(out, synthetic).summary;
  const found = results.find(({ metric }) => metric === "gap-over-instances")!;
  const means = await Promise.all(
    [4, 5, 6].map(async (seed, i) => {
      const name = i === 0 ? "curve/imle-sog" : `instance/${i}/curve/imle-sog`;
      const cell: Cell = {
        name,
        restored: undefined,
        rng: (...key) => keyedRng(4, ["synthetic", name, ...key]),
        metric: () => {},
        safePoint: async () => {},
        keep: () => {},
      };
      const at = instanceOfSeed(seed);
      const { runs, steps, imleLearningRate: learningRate, momentum, lambda } = only.config;
      const descent = { runs, steps, learningRate, momentum };
      const gaps = await descend(cell, at, gradientEstimator(at, "imle-sog", lambda), descent);
      return gaps.reduce((sum, gap) => sum + gap, 0) / runs;
    }),
  );
  expect(found.runs).toBe(3);
  expect(found.mean).toBeCloseTo(means.reduce((a, b) => a + b) / 3, 12);
  expect(results[0]!.mean).toBeCloseTo(means[0]!, 12);
});

test("the noise of another seed can be tried on the authors' instance", async () => {
  const out = join(folder, "authors");
  const run = { ...config, seed: 3, config: { ...config.config, instance: "authors", methods: ["sfe"] } };
  claimRunDirectory(out, run, false);
  await go(out, Infinity, run);
  expect(readRun(out, synthetic).summary.data).toContain("authors");
});

test.each([
  [{ runs: 0 }, "runs expected a number > 0, got 0"],
  [{ steps: 1.5 }, "steps expected an integer, got 1.5"],
  [{ instances: 3, sweepInstances: 4 }, "sweepInstances expected at most the 3 instances, got 4"],
  [{ largestSize: 9 }, "largestSize expected an even number in [8, 28], got 9"],
  [{ methods: ["all", "sfe"] }, "synthetic: methods expected all, or some of"],
  [{ methods: [] }, "synthetic: methods expected all, or some of"],
  [{ instance: "mine" }, 'instance expected seed or authors, got "mine"'],
])("%j is refused", (change, message) => {
  expect(() => synthetic.check!({ ...presets.quick, ...change })).toThrow(message);
});

test("some methods alone have their gaps and nothing else, the same as among all", async () => {
  const out = join(folder, "some");
  const some = { ...config, config: { ...config.config, methods: ["imle-gumbel", "simple"] } };
  claimRunDirectory(out, some, false);
  await go(out, Infinity, some);
  const run = readRun(out, synthetic);
  const { results } = run.summary;
  const gaps = results.filter(({ metric }) => metric === "gap");
  expect(gaps.map(({ method }) => method)).toStrictEqual(["imle-gumbel", "simple"]);
  expect(readRun(whole, synthetic).summary.results).toStrictEqual(
    expect.arrayContaining(results.filter(({ metric }) => metric !== "gap-deviation")),
  );
  const deviations = results.filter(({ metric }) => metric === "gap-deviation");
  expect(deviations.map(({ mean }) => mean)).toStrictEqual(gaps.map(({ std }) => std));
  expect(await renderPage(synthetic, run)).toContain("imle-gumbel");
});
