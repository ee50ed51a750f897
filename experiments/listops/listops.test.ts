import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tree } from "@jax-js/jax";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startEngine } from "../../lab/nn/device.ts";
import { renderPage } from "../../lab/report/page.ts";
import { Interrupted } from "../../lab/run/errors.ts";
import { execute } from "../../lab/run/execute.ts";
import { readRun } from "../../lab/run/run-directory.ts";
import { computed } from "../../lab/test/computed.ts";
import { interruptedAt, killedAfter, undisturbed } from "../../lab/test/lives.ts";
import { rng } from "../../src/index.ts";
import { deviceSlots } from "../../test/device-slots.ts";
import { batcher } from "./batch.ts";
import { checkConfig, type ListopsConfig, METHODS, presets } from "./config.ts";
import { type Expressions, makeData } from "./data.ts";
import { scoreEdges } from "./evaluate.ts";
import { floors } from "./floors.ts";
import { type LatentName, methodOf } from "./methods.ts";
import { listopsNetworks, type Network } from "./model.ts";
import { listops } from "./run.ts";
import { CLOSE, DIGITS, PADDING } from "./words.ts";

const tiny: ListopsConfig = {
  ...presets.quick,
  length: 9,
  trainExpressions: 17,
  validationExpressions: 8,
  testExpressions: 9,
  epochs: 2,
  batch: 4,
  memory: 3,
  hidden: 5,
};
const SQUARE = 81;
const LATENT = METHODS.filter((name): name is LatentName => name !== "lstm" && name !== "ground-truth");

const wordsOf = (all: Expressions, i: number): number[] => [
  ...all.words.subarray(i * all.length, i * all.length + all.lengths[i]!),
];

/** Reads words from the left, as the definition of the language says. */
function parse(words: readonly number[]): { value: number; heads: number[]; depth: number } {
  const heads: number[] = [];
  let at = 0;
  const read = (head: number): { value: number; depth: number } => {
    const own = at++;
    heads[own] = head;
    const word = words[own]!;
    if (word < DIGITS) return { value: word, depth: 0 };
    const operands: { value: number; depth: number }[] = [];
    while (words[at] !== CLOSE) operands.push(read(own));
    heads[at++] = own;
    expect(operands.length).toBeGreaterThanOrEqual(2);
    expect(operands.length).toBeLessThanOrEqual(5);
    const sorted = operands.map(({ value }) => value).sort((a, b) => a - b);
    const value = [sorted.at(-1), sorted[0], sorted[Math.ceil(sorted.length / 2) - 1]][word - DIGITS]!;
    return { value, depth: 1 + Math.max(...operands.map(({ depth }) => depth)) };
  };
  const { value, depth } = read(-1);
  expect(at).toBe(words.length);
  return { value, heads, depth };
}

describe("expressions", () => {
  const config = {
    ...tiny,
    depth: 3,
    length: 16,
    trainExpressions: 3000,
    validationExpressions: 400,
    testExpressions: 600,
  };
  const data = makeData(config, rng(5));
  const splits = [data.train, data.validation, data.test];

  test("come to their answers, with arcs from operators to operands, within the caps", () => {
    const depths = new Set<number>();
    for (const all of splits) {
      for (let i = 0; i < all.count; i++) {
        const words = wordsOf(all, i);
        const { value, heads, depth } = parse(words);
        expect(value).toBe(all.answers[i]);
        expect([...all.heads.subarray(i * 16, i * 16 + words.length)]).toEqual(heads);
        expect(all.words.subarray(i * 16 + words.length, (i + 1) * 16).every((w) => w === PADDING)).toBe(
          true,
        );
        depths.add(depth);
      }
    }
    expect([...depths].sort()).toEqual([1, 2, 3]);
  });

  test("are in one split alone, and balanced over the answers", () => {
    const texts = splits.map(
      (all) => new Set(Array.from({ length: all.count }, (_, i) => wordsOf(all, i).join())),
    );
    for (const [a, mine] of texts.entries()) {
      for (const other of texts.slice(a + 1)) expect([...mine].filter((text) => other.has(text))).toEqual([]);
    }
    for (const { answers, count } of splits) {
      for (let v = 0; v < DIGITS; v++) expect(answers.filter((a) => a === v)).toHaveLength(count / DIGITS);
    }
  });

  test("tell the answer by their values alone: neither length nor depth nor operators do", () => {
    const { train } = data;
    // Of independent features the statistic is chi-square with (features − 1) · 9 degrees of freedom.
    const statistic = (feature: (words: number[]) => string): { excess: number } => {
      const counts = new Map<string, number[]>();
      for (let i = 0; i < train.count; i++) {
        const key = feature(wordsOf(train, i));
        if (!counts.has(key)) counts.set(key, new Array<number>(DIGITS).fill(0));
        counts.get(key)![train.answers[i]!]!++;
      }
      let chi = 0;
      let rows = 0;
      for (const row of counts.values()) {
        const expected = row.reduce((a, b) => a + b, 0) / DIGITS;
        // Fewer than five expected: too few for the law.
        if (expected < 5) continue;
        rows++;
        for (const count of row) chi += (count - expected) ** 2 / expected;
      }
      expect(rows).toBeGreaterThan(1);
      // Normal approximation: mean f, variance 2f; 5 deviations are a false alarm in 10⁶.
      const freedom = rows * (DIGITS - 1);
      return { excess: (chi - freedom) / Math.sqrt(2 * freedom) };
    };
    expect(statistic((words) => String(words.length)).excess).toBeLessThan(5);
    expect(statistic((words) => String(words[0])).excess).toBeLessThan(5);
    expect(statistic((words) => String(parse(words).depth)).excess).toBeLessThan(5);
    expect(statistic((words) => words.map((w) => (w < DIGITS ? "x" : w)).join()).excess).toBeLessThan(5);
    // The values do.
    expect(statistic((words) => String(words.find((w) => w < DIGITS))).excess).toBeGreaterThan(5);
  });

  test("say when the caps allow too few", () => {
    const small = {
      ...tiny,
      depth: 1,
      length: 4,
      trainExpressions: 1e6,
      validationExpressions: 1,
      testExpressions: 1,
    };
    expect(() => makeData({ ...small, trainExpressions: 1, testExpressions: 1e9 }, rng(1))).toThrow(
      "depth=1 and length=4 allow too few expressions for 1, 1, 1000000000 different ones",
    );
  });

  test("are batched with their arcs, and without those of ] where arcs count", () => {
    const { test: all } = data;
    const made = batcher(all, { batch: 3 })([4, 7], 0);
    for (const [row, i] of [4, 7, 7].entries()) {
      const words = wordsOf(all, i);
      expect([...made.words.subarray(row * 16, row * 16 + words.length)]).toEqual(words);
      expect(made.mask.subarray(row * 16, (row + 1) * 16).reduce((a, b) => a + b, 0)).toBe(words.length);
      expect(made.lengths[row]).toBe(words.length);
      expect(made.answers.subarray(row * 10, (row + 1) * 10).indexOf(1)).toBe(all.answers[i]);
      const { heads } = parse(words);
      for (let a = 0; a < 16; a++) {
        for (let b = 0; b < 16; b++) {
          const at = (row * 16 + a) * 16 + b;
          expect(made.heads[at]).toBe(+(b < words.length && heads[b] === a));
          const inside = Math.max(a, b) < words.length;
          expect(made.counted[at]).toBe(+(inside && words[a] !== CLOSE && words[b] !== CLOSE));
        }
      }
    }
  });

  test("have scores of 1 for their own arcs, and of 0 for none", async () => {
    const config4 = { ...config, batch: 7 };
    expect(await scoreEdges(config4, data.test, ({ heads }) => heads)).toEqual({ precision: 1, recall: 1 });
    expect(await scoreEdges(config4, data.test, ({ heads }) => heads.map(() => 0))).toEqual({
      precision: 0,
      recall: 0,
    });
    const found = await floors(config4, data.test);
    expect(found["random-arborescence"].precision).toBeLessThan(found["nearest-operator"].precision);
    expect(found["nearest-operator"].precision).toBe(found["nearest-operator"].recall);
  });
});

describe("methods", () => {
  const lengths = Int32Array.of(4, 9, 7, 5);
  const theta = Float32Array.from({ length: 4 * SQUARE }, (_, i) => Math.sin(3 * i));

  test.each(LATENT)("%s makes graphs of its kind, on a row's own words", (name) => {
    const { layer, map, uniform } = methodOf(name, tiny);
    const hard = map(theta, lengths);
    const drawn = layer.forward(theta, rng(1), lengths).value;
    for (const z of [hard, drawn, uniform(lengths)]) {
      for (const [row, n] of lengths.entries()) {
        const at = (i: number, j: number): number => z[row * SQUARE + i * 9 + j]!;
        let sum = 0;
        for (let i = 0; i < 9; i++) {
          for (let j = 0; j < 9; j++) {
            sum += at(i, j);
            if (Math.max(i, j) >= n || i === j) expect(at(i, j)).toBe(0);
            if (name.endsWith("undirected") || name === "spanning-tree") expect(at(i, j)).toBe(at(j, i));
          }
        }
        if (name.includes("arborescence")) expect(sum).toBeCloseTo(n - 1, 4);
        if (name === "spanning-tree") expect(sum).toBeCloseTo(2 * (n - 1), 4);
      }
    }
    expect(hard.every((x) => x === 0 || x === 1)).toBe(true);
    if (name.includes("arborescence")) {
      for (const [row, n] of lengths.entries()) {
        for (let j = 0; j < n; j++) {
          const into = Array.from({ length: 9 }, (_, i) => hard[row * SQUARE + i * 9 + j]!);
          expect(into.reduce((a, b) => a + b, 0)).toBe(+(j > 0));
        }
      }
    }
  });

  test("pull back through the noise that they drew", () => {
    for (const name of LATENT.filter((name) => name !== "simple-arborescence")) {
      const { layer } = methodOf(name, { ...tiny, temperature: 2 });
      const doubles = Float64Array.from(theta);
      const weights = doubles.map((_, i) => Math.cos(i));
      const loss = (at: Float64Array): number =>
        layer.forward(at, rng(2), lengths).value.reduce((sum, x, i) => sum + x * weights[i]!, 0);
      const gradient = layer.forward(doubles, rng(2), lengths).backward(weights);
      for (const i of [1, 12, SQUARE + 40, 2 * SQUARE + 11]) {
        const [up, down] = [1e-5, -1e-5].map((by) => loss(doubles.with(i, doubles[i]! + by)));
        expect(gradient[i], `${name} at ${i}`).toBeCloseTo((up! - down!) / 2e-5, 6);
      }
    }
  });

  test("a rate beyond the range counts as at its end, and is moved only back", () => {
    const { layer } = methodOf("arborescence-neg-exp", tiny);
    const [far, end] = [-400, -15].map((low) => theta.with(1, low).with(12, -low)) as [
      Float32Array,
      Float32Array,
    ];
    for (const sign of [1, -1]) {
      const cotangent = new Float32Array(theta.length).with(1, sign).with(12, sign);
      const [made, same] = [far, end].map((at) => layer.forward(at, rng(1), lengths));
      expect(made!.value).toEqual(same!.value);
      const gradient = made!.backward(cotangent);
      expect(gradient[1]!).toBeLessThanOrEqual(0);
      expect(gradient[12]!).toBeGreaterThanOrEqual(0);
    }
  });

  test("the tree of the largest mean utility: of negative exponential ones of rate e^θ the smallest sum of e^−θ", () => {
    const two = { ...tiny, length: 3 };
    // From 0 both, or one through the other; e^−θ is [0→1] 1, [0→2] 10, [1→2] 8.9, [2→1] 0.1: by θ the last wins.
    const theta3 = new Float32Array(9);
    theta3.set([0, 0, -Math.log(10), 0, 0, -Math.log(8.9), 0, Math.log(10), 0]);
    const row = Int32Array.of(3);
    expect([...methodOf("arborescence-neg-exp", two).map(theta3, row)]).toEqual([0, 1, 0, 0, 0, 1, 0, 0, 0]);
    expect([...methodOf("arborescence-gumbel", two).map(theta3, row)]).toEqual([0, 0, 1, 0, 0, 0, 0, 1, 0]);
  });
});

describe("the networks", () => {
  beforeAll(() => startEngine("wasm"));
  const { train } = makeData(tiny, rng(4));
  const batch = batcher(train, tiny)([0, 1, 2, 3], 0);

  test("learn without leaving arrays behind", { timeout: 120_000 }, async () => {
    const networks = listopsNetworks(tiny);
    const { layer } = methodOf("arborescence-gumbel", tiny);
    for (const [name, network] of Object.entries(networks) as [string, Network][]) {
      const slots = deviceSlots();
      let state = network.init(rng(0));
      let before = 0;
      const losses: number[] = [];
      for (let step = 0; step < 30; step++) {
        const made = await network.step(state, batch, name === "latent" ? layer : undefined, rng(step));
        state = made.state;
        losses.push(made.loss);
        if (name === "latent") expect(await network.encode!(state, batch)).toHaveLength(4 * SQUARE);
        expect(await network.answers(state, batch, batch.heads)).toHaveLength(4 * DIGITS);
        if (step === 1) before = slots();
      }
      expect(slots(), name).toBe(before);
      expect(losses.at(-1)!, name).toBeLessThan(losses[0]!);
      tree.dispose(state);
    }
    for (const network of Object.values(networks)) network.dispose();
  });

  test("hear of other words by arcs alone, from as far as there are rounds", async () => {
    const { given, latent } = listopsNetworks(tiny);
    const state = latent.init(rng(0));
    const answersOf = async (
      words: Int32Array<ArrayBuffer>,
      arcs: readonly (readonly [number, number])[],
    ): Promise<number[]> => {
      const graphs = new Float32Array(4 * SQUARE);
      for (const [i, j] of arcs) graphs[i * 9 + j] = 1;
      const answers = await latent.answers(state, { ...batch, words }, graphs);
      return [...answers.subarray(0, DIGITS)];
    };
    const words = batch.words.slice();
    const changed = words.with(3, (words[3]! + 1) % DIGITS);
    expect(
      await answersOf(words, [
        [0, 1],
        [1, 2],
      ]),
    ).toEqual(
      await answersOf(changed, [
        [0, 1],
        [1, 2],
      ]),
    );
    expect(
      await answersOf(words, [
        [0, 1],
        [1, 3],
      ]),
    ).not.toEqual(
      await answersOf(changed, [
        [0, 1],
        [1, 3],
      ]),
    );
    // Three arcs away, with two rounds.
    const far = [
      [0, 1],
      [1, 2],
      [2, 3],
    ] as const;
    expect(await answersOf(words, far)).toEqual(await answersOf(changed, far));
    tree.dispose(state);
    for (const network of [given, latent]) network.dispose();
  });
});

describe("the experiment", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "hardgrad-listops-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const config = { experiment: "listops", preset: "quick" as const, seed: 3, data: null, config: tiny };
  test("comes to the same bits after Ctrl-C and kills, and reports", { timeout: 180_000 }, async () => {
    const [whole, cut] = [join(folder, "whole"), join(folder, "cut")];
    for (const path of [whole, cut]) mkdirSync(path);
    const summary = await execute(listops, whole, config, undisturbed);
    const named = (metric: string) => summary.results.filter((r) => r.metric === metric).map((r) => r.method);
    expect(named("accuracy")).toEqual(METHODS);
    for (const metric of ["edge-precision", "edge-recall"]) {
      expect(named(metric)).toEqual(["random-arborescence", "nearest-operator", ...LATENT]);
    }
    await expect(execute(listops, cut, config, interruptedAt(10))).rejects.toThrow(Interrupted);
    for (const life of [4, 9, 8]) {
      await expect(execute(listops, cut, config, killedAfter(life))).rejects.toThrow("killed");
    }
    await execute(listops, cut, config, undisturbed);
    expect(computed(cut)).toEqual(computed(whole));

    writeFileSync(join(whole, "config.json"), JSON.stringify(config));
    const page = await renderPage(listops, readRun(whole, listops));
    for (const title of ["Expressions, true and inferred arcs", "Answers and arcs", "On the way"]) {
      expect(page).toContain(title);
    }
  });

  test("diverged, says at which rate", { timeout: 60_000 }, async () => {
    const wild = { ...config, config: { ...tiny, methods: ["arborescence-gumbel"], rate: 1e30 } };
    await expect(execute(listops, folder, wild, undisturbed)).rejects.toThrow(
      /^arborescence-gumbel\/0 diverged in epoch 1: .* A rate below 1e\+30 may help/,
    );
  });

  test("says which setting does not fit", () => {
    const errors: [Partial<ListopsConfig>, string][] = [
      [{ depth: 0 }, "depth expected an integer > 0, got 0"],
      [{ length: 7 }, "length expected at least 4 · depth = 8 words, got 7"],
      [{ batch: 0 }, "batch expected an integer > 0, got 0"],
      [{ trainExpressions: 3 }, "trainExpressions expected at least a batch of 4, got 3"],
      [{ temperature: 0 }, "temperature expected a finite number > 0, got 0"],
      [{ methods: ["tree"] }, 'got "tree"'],
      [{ methods: [] }, "methods expected different names"],
    ];
    for (const [change, message] of errors) {
      expect(() => checkConfig({ ...tiny, ...change }), message).toThrow(message);
    }
    for (const preset of Object.values(presets)) checkConfig(preset);
  });
});
