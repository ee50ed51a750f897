import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { renderPage } from "../../lab/report/page.ts";
import { DataError, Interrupted } from "../../lab/run/errors.ts";
import { execute } from "../../lab/run/execute.ts";
import type { JsonObject } from "../../lab/run/json.ts";
import { readRun } from "../../lab/run/run-directory.ts";
import type { Summary } from "../../lab/run/summary.ts";
import { interruptedAt, undisturbed } from "../../lab/test/lives.ts";
import { checkConfig, type DvaeConfig, METHODS, presets } from "./config.ts";
import { loadDigits } from "./data.ts";
import { dvae } from "./run.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hardgrad-dvae-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** All methods, three steps an epoch. */
const small: DvaeConfig = {
  ...presets.quick,
  epochs: 2,
  batch: 10,
  hidden: [8],
  variables: 3,
  categories: 5,
  k: 2,
  trainImages: 35,
  testImages: 20,
};
const config = { experiment: "dvae", preset: "quick" as const, seed: 3, data: null, config: small };

function made(name: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  writeFileSync(join(path, "config.json"), JSON.stringify(config));
  return path;
}

/** What was computed, without times. */
function computed(path: string, summary: Summary): unknown {
  const { metrics, kept } = readRun(path, dvae);
  const timeless = metrics.map((line: JsonObject) => ({ ...line, seconds: 0 }));
  return { summary: { ...summary, seconds: 0 }, metrics: timeless, kept };
}

describe("the experiment", () => {
  let whole: { path: string; computed: unknown; summary: Summary };
  beforeAll(async () => {
    const path = made("whole");
    const summary = await execute(dvae, path, config, undisturbed);
    whole = { path, summary, computed: computed(path, summary) };
  }, 60_000);

  test("measures all methods, and has a report with their pictures", async () => {
    expect(whole.summary.data).toBe("drawn by the experiment: 35 training and 20 test images");
    for (const metric of ["test-loss", "bound"]) {
      const of = whole.summary.results.filter((r) => r.metric === metric);
      expect(of.map((r) => r.method)).toEqual(METHODS);
      // From ln 2 a pixel downwards.
      for (const { mean } of of) expect(mean).toBeLessThan(784 * Math.LN2);
    }
    const page = await renderPage(dvae, readRun(whole.path, dvae));
    expect(page.match(/data:image\/png;base64,/g)).toHaveLength(2 * METHODS.length + 1);
    expect(page).toContain("SIMPLE beats I-MLE");
  });

  test("interrupted in the middle of an epoch, it resumes to the same bits", async () => {
    const path = made("interrupted");
    // The 12th and 23rd questions fall on second steps of three.
    for (const stopAt of [12, 23]) {
      await expect(execute(dvae, path, config, interruptedAt(stopAt))).rejects.toThrow(Interrupted);
    }
    const summary = await execute(dvae, path, config, undisturbed);
    expect(computed(path, summary)).toEqual(whole.computed);
  });

  test("killed in the middle of an epoch, it resumes to the same bits", async () => {
    const path = made("running");
    const corpse = join(folder, "killed");
    let updates = 0;
    const progress = {
      ...undisturbed.progress,
      update() {
        // What a kill leaves at this moment.
        if (++updates === 32) cpSync(path, corpse, { recursive: true });
      },
    };
    await execute(dvae, path, config, { ...undisturbed, progress, checkpointSeconds: 0 });
    expect(existsSync(join(corpse, "checkpoint.safetensors"))).toBe(true);
    expect(existsSync(join(corpse, "summary.json"))).toBe(false);
    const summary = await execute(dvae, corpse, config, undisturbed);
    expect(computed(corpse, summary)).toEqual(whole.computed);
  });

  test("diverged, says at which rate", async () => {
    for (const method of ["simple", "sst"]) {
      const wild = { ...config, config: { ...small, methods: [method], rate: 1e30 } };
      await expect(execute(dvae, made(`wild-${method}`), wild, undisturbed)).rejects.toThrow(
        new RegExp(`^${method}/0 diverged in epoch 1: .* A rate below 1e\\+30 may help`),
      );
    }
  });

  test("says which setting does not fit", () => {
    const errors: [Partial<DvaeConfig>, string][] = [
      [{ methods: ["simple", "vimco"] }, "methods expected some of imle-sog, imle-gumbel, simple, ste, sst,"],
      [{ methods: [] }, "methods expected different names"],
      [{ kl: "none" }, 'kl expected one of k-subset, softmax, got "none"'],
      [{ k: 5 }, "k expected an integer in [1, 4], got 5"],
      [{ testImages: 9 }, "testImages expected at least a batch of 10, got 9"],
      [{ hidden: [512, 0] }, "hidden expected integers > 0, got 0"],
      [{ rate: 0 }, "rate expected a number > 0, got 0"],
      [{ epochs: 1.5 }, "epochs expected an integer > 0, got 1.5"],
    ];
    for (const [change, message] of errors)
      expect(() => checkConfig({ ...small, ...change })).toThrow(message);
    for (const preset of Object.values(presets)) expect(() => checkConfig(preset)).not.toThrow();
  });
});

describe("data", () => {
  /** An IDX file of bytes. */
  function idx(...shape: number[]): Uint8Array {
    const count = shape.reduce((a, b) => a * b, 1);
    const bytes = Buffer.alloc(4 + 4 * shape.length + count, 51);
    bytes.set([0, 0, 8, shape.length]);
    for (const [i, size] of shape.entries()) bytes.writeUInt32BE(size, 4 + 4 * i);
    return bytes;
  }
  const write = (train: Uint8Array, test: Uint8Array): void => {
    writeFileSync(join(folder, "train-images-idx3-ubyte.gz"), train);
    writeFileSync(join(folder, "t10k-images-idx3-ubyte.gz"), test);
  };
  const rng = { split: () => rng } as never;

  test("of MNIST are the first images, and the description says how many of how many", () => {
    write(idx(2500, 28, 28), idx(300, 28, 28));
    const digits = loadDigits(folder, { ...small, trainImages: 2000, testImages: 10_000 }, rng);
    expect(digits.train).toHaveLength(2000 * 784);
    expect(digits.test).toHaveLength(300 * 784);
    expect(digits.description).toBe("MNIST, 2k of 60k training and 300 of 10k test images");
  });

  test("may move while a run is interrupted, but neither change nor become fewer", async () => {
    const [path, moved] = [join(folder, "on-files"), join(folder, "moved")];
    for (const name of [path, moved]) mkdirSync(name);
    const single = { ...config, data: folder, config: { ...small, methods: ["simple"] } };
    write(idx(30, 28, 28), idx(20, 28, 28));
    await expect(execute(dvae, path, single, interruptedAt(6))).rejects.toThrow(Interrupted);
    cpSync(join(folder, "train-images-idx3-ubyte.gz"), join(moved, "train-images-idx3-ubyte.gz"));
    cpSync(join(folder, "t10k-images-idx3-ubyte.gz"), join(moved, "t10k-images-idx3-ubyte.gz"));
    const resumed = (data: string) => execute(dvae, path, { ...single, data }, undisturbed);
    const other = idx(30, 28, 28);
    other[other.length - 1] = 52;
    write(other, idx(20, 28, 28));
    await expect(resumed(folder)).rejects.toThrow(
      /expected the data that the run began with, MNIST, 30 of 60k/,
    );
    write(idx(10, 28, 28), idx(20, 28, 28));
    await expect(resumed(folder)).rejects.toThrow(
      /found MNIST, 10 of 60k training and 20 of 10k test images/,
    );
    expect((await resumed(moved)).results).toHaveLength(2);
  });

  test("of another shape, damaged or too few are errors that name the file", () => {
    const load = () => loadDigits(folder, small, rng);
    write(idx(30, 28, 27), idx(30, 28, 28));
    expect(load).toThrow(DataError);
    expect(load).toThrow(/train-images.*expected images of 28×28 bytes, found shape 30×28×27/);
    write(idx(30, 28, 28), idx(30, 28, 28).subarray(0, 5000));
    expect(load).toThrow(/t10k-images/);
    write(idx(30, 28, 28), idx(9, 28, 28));
    expect(load).toThrow(/t10k-images.*expected at least a batch of 10 images, found 9/);
  });
});
