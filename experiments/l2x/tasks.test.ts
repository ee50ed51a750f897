import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { renderPage } from "../../lab/report/page.ts";
import { type Execution, execute } from "../../lab/run/execute.ts";
import { readRun } from "../../lab/run/run-directory.ts";
import { rng } from "../../src/index.ts";
import { type L2xConfig, presets } from "./config.ts";
import { makeDigits, readDigits } from "./digits.ts";
import { itemsOf } from "./examples.ts";
import { l2x } from "./run.ts";
import { readSentences } from "./sentences.ts";
import { univariate } from "./univariate.ts";

const tiny: L2xConfig = {
  ...presets.quick,
  methods: ["simple", "sst-correlated", "random", "univariate", "all"],
  epochs: 1,
  batch: 4,
  filters: 5,
  hidden: 6,
  embedding: 7,
  length: 40,
  trainExamples: 14,
  heldOutExamples: 10,
  annotatedExamples: 5,
};

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hardgrad-l2x-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("sentences", () => {
  const write = (side: string, text: string): void =>
    writeFileSync(join(folder, `rt-polarity.${side}.gz`), gzipSync(text));
  const lines = (word: string, of: number): string =>
    `${Array.from({ length: of }, (_, i) => `the film no ${i % 10} is ${word} and long`).join(" \n")} \n`;

  test("are read a line each, with a tenth held out and none in both parts", async () => {
    write("pos", lines("good", 40));
    write("neg", lines("bad", 40));
    const data = await readSentences(folder, { ...tiny, trainExamples: 100 }, rng(1));
    expect(data.train.count).toBe(72);
    // Of ten sentences each there are four: what is held out is known.
    expect(data.heldOut.count).toBe(0);
    for (let i = 0; i < data.train.count; i++) {
      const words = Array.from(itemsOf(data.train, i), (item) => data.words![item]);
      expect(words.includes("good")).toBe(data.train.targets[i] === 1);
      expect(words).toHaveLength(8);
    }
    const scores = univariate(data);
    const of = (word: string): number => scores[data.words!.indexOf(word)]!;
    expect(of("good")).toBeCloseTo(1, 6);
    expect(of("film")).toBe(0);
  });

  test("that are missing, cut short or none are errors that name the file", async () => {
    write("pos", lines("good", 40));
    await expect(readSentences(folder, tiny, rng(1))).rejects.toThrow(
      /rt-polarity\.neg\.gz: expected a readable file, found no such file/,
    );
    write("neg", "one\ntwo\n");
    await expect(readSentences(folder, tiny, rng(1))).rejects.toThrow(
      /expected 10 sentences or more.*found 2/,
    );
    const whole = gzipSync(lines("bad", 40));
    writeFileSync(join(folder, "rt-polarity.neg.gz"), whole.subarray(0, whole.length - 9));
    await expect(readSentences(folder, tiny, rng(1))).rejects.toThrow(/expected a whole gzip stream/);
  });
});

describe("digits", () => {
  test("are cut into patches row by row, and only threes and eights are taken", () => {
    const idx = (name: string, shape: readonly number[], numbers: Uint8Array): void => {
      const head = Buffer.alloc(4 + 4 * shape.length);
      head.set([0, 0, 8, shape.length]);
      for (const [i, size] of shape.entries()) head.writeUInt32BE(size, 4 + 4 * i);
      writeFileSync(join(folder, `${name}.gz`), gzipSync(Buffer.concat([head, numbers])));
    };
    const pixels = new Uint8Array(5 * 784);
    // In the fourth picture pixel (5, 9): patch (1, 2), place (1, 1) within it.
    pixels[3 * 784 + 5 * 28 + 9] = 255;
    for (const split of ["train", "t10k"]) {
      idx(`${split}-images-idx3-ubyte`, [5, 28, 28], pixels);
      idx(`${split}-labels-idx1-ubyte`, [5], Uint8Array.of(3, 1, 8, 8, 0));
    }
    const { train, heldOut, vectors, longest } = readDigits(folder, tiny);
    expect([...train.targets]).toEqual([0, 1, 1]);
    expect(longest).toBe(49);
    const item = itemsOf(heldOut, 2)[1 * 7 + 2]!;
    expect(vectors[item * 16 + 1 * 4 + 1]).toBe(1);
    expect(vectors.reduce((a, b) => a + b, 0)).toBe(2);
    idx("train-labels-idx1-ubyte", [4], Uint8Array.of(3, 1, 8, 8));
    expect(() => readDigits(folder, tiny)).toThrow(/expected 5 labels, found shape 4/);
  });

  test("that are drawn are as many threes as eights, and differ between the splits", () => {
    const { train, heldOut, vectors } = makeDigits(tiny, rng(2));
    expect(train.targets.reduce((a, b) => a + b, 0)).toBe(7);
    const picture = (item: number): string => vectors.subarray(item * 16, (item + 49) * 16).join();
    const all = [train, heldOut].flatMap(({ count, starts, items }) =>
      Array.from({ length: count }, (_, i) => picture(items[starts[i]!]!)),
    );
    expect(new Set(all).size).toBe(24);
  });
});

test.each([
  ["sentences", ["accuracy", "precision", "run-length"], "Texts and what was chosen in them"],
  ["digits", ["accuracy"], "Digits and what was chosen of them"],
] as const)(
  "%s run on made data, with their own metrics",
  { timeout: 60_000 },
  async (task, metrics, title) => {
    const config = {
      experiment: "l2x",
      preset: "quick" as const,
      seed: 3,
      data: null,
      config: { ...tiny, task },
    };
    const options: Execution = {
      progress: { update() {}, note() {}, end() {} },
      interrupt: { signal: undefined },
      checkpointSeconds: 1000,
    };
    const { results } = await execute(l2x, folder, config, options);
    expect(new Set(results.map(({ metric }) => metric))).toEqual(new Set(metrics));
    expect(results.filter(({ metric }) => metric === "accuracy").map(({ method }) => method)).toEqual(
      tiny.methods,
    );
    writeFileSync(join(folder, "config.json"), JSON.stringify(config));
    expect(await renderPage(l2x, readRun(folder, l2x))).toContain(title);
  },
);
