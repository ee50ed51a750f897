import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Experiment } from "../experiment.ts";
import { type CountingConfig, counting } from "../test/counting.ts";
import { DamagedRunError, Interrupted } from "./errors.ts";
import { execute } from "./execute.ts";
import { claimRunDirectory, type RunConfig, readRun, runFiles } from "./run-directory.ts";
import { decodeSafetensors } from "./safetensors.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "execute-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const config: RunConfig<CountingConfig> = {
  experiment: "counting",
  preset: "quick",
  seed: 5,
  data: null,
  config: { ...counting.presets.quick, cells: 3, steps: 6 },
};
const silent = { update: () => {}, note: () => {}, end: () => {} };

/** Goes on until the `stopAt`-th time that the machinery asks whether it was interrupted. */
async function go(out: string, stopAt = Infinity, experiment = counting): Promise<boolean> {
  let asked = 0;
  const interrupt = {
    get signal(): NodeJS.Signals | undefined {
      asked += 1;
      return asked >= stopAt ? "SIGINT" : undefined;
    },
  };
  try {
    await execute(experiment, out, config, { progress: silent, interrupt, checkpointSeconds: 0 });
    return true;
  } catch (error) {
    if (error instanceof Interrupted) return false;
    throw error;
  }
}

/** All files of a run without what may differ: times, and the bytes that times take. */
function content(out: string): unknown[] {
  const strip = (text: string): string =>
    text.replace(/"(seconds|metrics)": ?([\d.e+-]+|\{"bytes"[^}]*\})/g, '"$1":0');
  const files = runFiles(out);
  const { tensors, metadata } = decodeSafetensors(readFileSync(files.checkpoint));
  return [
    strip(readFileSync(files.summary, "utf8")),
    strip(readFileSync(files.metrics, "utf8")),
    strip(metadata.state!),
    tensors,
  ];
}

test("a run stopped at any safe point goes on to the same files", async () => {
  const whole = join(folder, "whole");
  claimRunDirectory(whole, config, false);
  await go(whole);
  const expected = content(whole);
  for (let stopAt = 1; stopAt <= 24; stopAt++) {
    const out = join(folder, `stop${stopAt}`);
    claimRunDirectory(out, config, false);
    await go(out, stopAt);
    await go(out, 2);
    await go(out);
    expect(content(out)).toStrictEqual(expected);
  }
});

test("metrics that were written after the checkpoint are dropped, a torn line too", async () => {
  const whole = join(folder, "whole");
  claimRunDirectory(whole, config, false);
  await go(whole);
  const out = join(folder, "torn");
  claimRunDirectory(out, config, false);
  await go(out, 9);
  writeFileSync(runFiles(out).metrics, '{"cell":"cell1","step":99}\n{"cell":"ce', { flag: "a" });
  await go(out);
  expect(content(out)).toStrictEqual(content(whole));
});

test("cells without saved points are done again from their start", async () => {
  const plain: Experiment<CountingConfig> = {
    ...counting,
    async run(run) {
      for (const name of ["a", "b"]) {
        await run.cell(name, async (cell) => {
          for (let step = 0; step < 3; step++) {
            cell.metric({ step });
            await cell.safePoint(step, step / 3);
          }
          return null;
        });
      }
      return { data: "", results: [] };
    },
  };
  for (let stopAt = 1; stopAt < 9; stopAt++) {
    const out = join(folder, String(stopAt));
    claimRunDirectory(out, config, false);
    await go(out, stopAt, plain);
    await go(out, Infinity, plain);
    const run = readRun(out, plain);
    expect(run.metrics.map(({ cell, step }) => `${cell}${step}`).join(" ")).toBe("a0 a1 a2 b0 b1 b2");
  }
});

test("a result is the same whether it was computed or read back", async () => {
  const seen: unknown[] = [];
  const odd: Experiment<CountingConfig> = {
    ...counting,
    async run(run) {
      seen.push(await run.cell("odd", () => [Number.NaN, -0, 0.1 + 0.2]));
      return { data: "", results: [] };
    },
  };
  claimRunDirectory(folder, config, false);
  await go(folder, Infinity, odd);
  await go(folder, Infinity, odd);
  expect(seen).toStrictEqual([
    [null, 0, 0.1 + 0.2],
    [null, 0, 0.1 + 0.2],
  ]);
});

test("what a cell kept before a stop is still there at the end", async () => {
  claimRunDirectory(folder, config, false);
  await go(folder, 12);
  await go(folder);
  const { kept } = readRun(folder, counting);
  expect(Object.keys(kept).sort()).toStrictEqual(["cell0/weights", "cell1/weights", "cell2/weights"]);
});

test("a captured number that JSON cannot hold is an error that says where", async () => {
  const broken: Experiment<CountingConfig> = {
    ...counting,
    async run(run) {
      await run.cell("a", async (cell) => {
        await cell.safePoint(0, 0, () => ({ json: { loss: [1, Number.NaN] } }));
        return null;
      });
      return { data: "", results: [] };
    },
  };
  claimRunDirectory(folder, config, false);
  await expect(go(folder, Infinity, broken)).rejects.toThrow("at .loss[1]");
});

test("two cells of one name are an error", async () => {
  const twice: Experiment<CountingConfig> = {
    ...counting,
    async run(run) {
      await run.cell("a", () => 1);
      await run.cell("a", () => 2);
      return { data: "", results: [] };
    },
  };
  claimRunDirectory(folder, config, false);
  await expect(go(folder, Infinity, twice)).rejects.toThrow('two cells are named "a"');
});

test("a damaged checkpoint is named, wherever a byte was changed", async () => {
  claimRunDirectory(folder, config, false);
  await go(folder, 9);
  const path = runFiles(folder).checkpoint;
  const good = readFileSync(path);
  for (let at = 0; at < good.length; at += 7) {
    const bad = Buffer.from(good);
    bad[at]! ^= 0x20;
    // Case of a key of the header may be changed back and forth; what matters is that nothing wrong is believed.
    writeFileSync(path, bad);
    await expect(go(folder, 1)).rejects.toThrow(DamagedRunError);
  }
  writeFileSync(path, good.subarray(0, good.length - 1));
  await expect(go(folder)).rejects.toThrow(`${path} is damaged`);
});

test("a checkpoint of another configuration is refused", async () => {
  claimRunDirectory(folder, config, false);
  await go(folder, 9);
  const other = { ...config, seed: 6 };
  await expect(
    execute(counting, folder, other, {
      progress: silent,
      interrupt: { signal: undefined },
      checkpointSeconds: 0,
    }),
  ).rejects.toThrow(DamagedRunError);
});

test("metrics that are shorter than the checkpoint knows are named", async () => {
  claimRunDirectory(folder, config, false);
  await go(folder, 9);
  truncateSync(runFiles(folder).metrics, 10);
  await expect(go(folder)).rejects.toThrow("metrics.jsonl is damaged");
});

test("a flipped byte of checkpointed metrics is named, and missing ones are where they are read", async () => {
  claimRunDirectory(folder, config, false);
  await go(folder, 9);
  const path = runFiles(folder).metrics;
  const bytes = readFileSync(path);
  const flipped = Uint8Array.from(bytes);
  flipped[5]! ^= 1;
  writeFileSync(path, flipped);
  await expect(go(folder)).rejects.toThrow("some of them differ");
  writeFileSync(path, bytes);
  await go(folder);
  rmSync(path);
  expect(() => readRun(folder, counting)).toThrow("there is no such file");
});

test("the summary holds what was published for the configuration", async () => {
  const entry = { method: "cell0", metric: "mean" };
  const published = [
    { ...entry, value: 0.5, source: "6 steps" },
    { ...entry, value: 0.6, source: "7 steps" },
  ];
  const out = join(folder, "published");
  claimRunDirectory(out, config, false);
  await go(out, Infinity, { ...counting, published, publishedFor: ({ steps }) => `${steps} steps` });
  expect(readRun(out, counting).summary.published).toStrictEqual([published[0]]);
});
