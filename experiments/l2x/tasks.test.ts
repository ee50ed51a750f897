import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { renderPage } from "../../lab/report/page.ts";
import { execute } from "../../lab/run/execute.ts";
import { readRun } from "../../lab/run/run-directory.ts";
import { undisturbed } from "../../lab/test/lives.ts";
import { rng } from "../../src/index.ts";
import { readReviews } from "./beer.ts";
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

describe("BeerAdvocate", () => {
  const review = (i: number): string => `0.${i} 0.7 1 0.5 0.6\tthe beer no ${i} smells nice .`;
  const annotation = (spans: unknown): string =>
    JSON.stringify({ x: ["it", "smells", "very", "nice", "."], y: [0, 0.8, 0, 0, 0], "1": spans, "0": [] });
  const files = (changed: Readonly<Record<string, string>> = {}): void => {
    const all = {
      "reviews.aspect1.train.txt.gz": [1, 2, 3, 4, 5].map(review).join("\n"),
      "reviews.aspect1.heldout.txt.gz": `${[6, 7].map(review).join("\n")}\n`,
      "annotations.json": `${annotation([
        [1, 2],
        [3, 4],
      ])}\n${annotation([])}\n`,
      "review+wiki.filtered.200.txt.gz": "smells 1 2\nunused 9 9\nnice -1 0.5\n",
      ...changed,
    };
    for (const [name, text] of Object.entries(all)) {
      writeFileSync(join(folder, name), name.endsWith(".gz") ? gzipSync(text) : text);
    }
  };

  test("is read: ratings of the aspect, vectors of the words that occur, marks", () => {
    files();
    const { train, heldOut, annotated, words, vectors, features } = readReviews(folder, tiny);
    expect([train.count, heldOut.count, annotated.count]).toEqual([5, 2, 2]);
    expect([...train.targets]).toEqual(new Array(5).fill(Math.fround(0.7)));
    expect([words, features, ...vectors]).toEqual([["?", "smells", "nice"], 2, 0, 0, 1, 2, -1, 0.5]);
    expect([...itemsOf(train, 0)]).toEqual([0, 0, 0, 0, 1, 2, 0]);
    expect([...annotated.marked!]).toEqual([0, 1, 0, 1, 0, 0, 0, 0, 0, 0]);
    expect(readReviews(folder, { ...tiny, length: 2 }).train.items).toHaveLength(10);
  });

  test("damaged, is an error that names file and line", () => {
    const errors: [Record<string, string>, string | RegExp][] = [
      [
        { "reviews.aspect1.train.txt.gz": `${review(1)}\n0.5 0.5 no tab` },
        /train.*line 2: expected ratings, a tab/,
      ],
      [
        { "reviews.aspect1.heldout.txt.gz": "0.5 1.5\tgood\n" },
        /heldout.*line 1: expected a rating in \[0, 1\]/,
      ],
      [
        { "reviews.aspect1.heldout.txt.gz": "0.5\tgood\n" },
        /expected a rating in \[0, 1\] of aspect 1, found none/,
      ],
      [{ "reviews.aspect1.heldout.txt.gz": "0.5 0.5\t \n" }, /line 1: expected words, found none/],
      [{ "reviews.aspect1.heldout.txt.gz": review(1) }, /expected two reviews or more/],
      [{ "annotations.json": "{" }, /annotations\.json, line 1: expected a JSON object/],
      [{ "annotations.json": '{"x": []}' }, /expected an object of lists x, y and "1"/],
      [
        { "annotations.json": annotation([[3, 9]]) },
        /expected spans \[start, end\) within 5 words, found \[3,9\]/,
      ],
      [
        { "review+wiki.filtered.200.txt.gz": "nice 1 2\nsmells 1\n" },
        /line 2: expected a word and 2 numbers/,
      ],
      [{ "review+wiki.filtered.200.txt.gz": "other 1 2\n" }, /expected vectors of the reviews' words/],
    ];
    for (const [changed, message] of errors) {
      files(changed);
      expect(() => readReviews(folder, tiny), String(message)).toThrow(message);
    }
    files();
    writeFileSync(
      join(folder, "reviews.aspect1.train.txt.gz"),
      gzipSync(review(1).repeat(99)).subarray(0, 40),
    );
    expect(() => readReviews(folder, tiny)).toThrow(/expected a whole gzip stream/);
    rmSync(join(folder, "annotations.json"));
    files({ "reviews.aspect1.train.txt.gz": [1, 2].map(review).join("\n") });
    rmSync(join(folder, "annotations.json"));
    expect(() => readReviews(folder, tiny)).toThrow(/annotations\.json: expected a readable file/);
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
    const { results } = await execute(l2x, folder, config, undisturbed);
    expect(new Set(results.map(({ metric }) => metric))).toEqual(new Set(metrics));
    expect(results.filter(({ metric }) => metric === "accuracy").map(({ method }) => method)).toEqual(
      tiny.methods,
    );
    writeFileSync(join(folder, "config.json"), JSON.stringify(config));
    expect(await renderPage(l2x, readRun(folder, l2x))).toContain(title);
  },
);
