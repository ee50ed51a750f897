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
import { FALSE_ALARM_Z } from "../../test/statistics.ts";
import { batcher, epochOrder, inBatches } from "./batch.ts";
import { checkConfig, FLOORS, type L2xConfig, METHODS, NETWORKS, presets } from "./config.ts";
import { type Examples, gathered, itemsOf } from "./examples.ts";
import { makeReviews } from "./made-reviews.ts";
import { methodOf, type Rows } from "./methods.ts";
import { l2xModel } from "./model.ts";
import { l2x } from "./run.ts";
import { univariate } from "./univariate.ts";

const tiny: L2xConfig = {
  ...presets.quick,
  epochs: 2,
  batch: 4,
  filters: 5,
  hidden: 6,
  embedding: 7,
  length: 40,
  trainExamples: 14,
  heldOutExamples: 9,
  annotatedExamples: 5,
};

describe("made reviews", () => {
  const config = { ...presets.quick, length: 80, trainExamples: 3000, heldOutExamples: 500 };
  const data = makeReviews(config, rng(5));
  const { train, heldOut, annotated } = data;

  test("have 20 words to as many as asked for, and begin alike however many there are", () => {
    const lengths = Array.from({ length: train.count }, (_, i) => itemsOf(train, i).length);
    expect([Math.min(...lengths), Math.max(...lengths)]).toEqual([20, 80]);
    const fewer = makeReviews({ ...config, trainExamples: 10 }, rng(5)).train;
    expect([...fewer.items]).toEqual([...train.items.subarray(0, fewer.items.length)]);
    expect([...fewer.targets]).toEqual([...train.targets.subarray(0, 10)]);
  });

  test("share no text between splits or within them", () => {
    const texts = [train, heldOut, annotated].flatMap((examples) =>
      Array.from({ length: examples.count }, (_, i) => itemsOf(examples, i).join()),
    );
    expect(new Set(texts).size).toBe(texts.length);
  });

  test("mark a phrase in every text, at any place", () => {
    const places: number[] = [];
    for (let i = 0; i < train.count; i++) {
      const [from, to] = [train.starts[i]!, train.starts[i + 1]!];
      const own = train.marked!.subarray(from, to);
      expect(own.includes(1)).toBe(true);
      expect(own.reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(2 * 14);
      places.push(own.indexOf(1) / own.length);
    }
    for (let tenth = 0; tenth < 8; tenth++) {
      expect(places.some((place) => Math.floor(10 * place) === tenth)).toBe(true);
    }
  });

  test("tell the rating neither by length, nor by place, nor by filler", () => {
    const { count, targets, starts, marked } = train;
    const correlation = (of: (i: number) => number): number => {
      const xs = Array.from({ length: count }, (_, i) => of(i));
      const mean = (values: ArrayLike<number>): number =>
        Array.from(values).reduce((a, b) => a + b, 0) / count;
      const [mx, my] = [mean(xs), mean(targets)];
      let [xy, xx, yy] = [0, 0, 0];
      for (const [i, x] of xs.entries()) {
        const y = targets[i]! - my;
        xy += (x - mx) * y;
        xx += (x - mx) ** 2;
        yy += y * y;
      }
      return xy / Math.sqrt(xx * yy);
    };
    const number = (word: string): number => data.words!.indexOf(word);
    const counting = (word: string) => (i: number) =>
      itemsOf(train, i).filter((x) => x === number(word)).length;
    // Without correlation √n · r is about standard normal.
    const limit = FALSE_ALARM_Z / Math.sqrt(count);
    for (const told of [
      (i: number) => starts[i + 1]! - starts[i]!,
      (i: number) => marked!.subarray(starts[i]!, starts[i + 1]!).indexOf(1),
      (i: number) => marked!.subarray(starts[i]!, starts[i + 1]!).reduce((a, b) => a + b, 0),
      counting("."),
      counting("not"),
      counting("very"),
      counting("the"),
      counting("aroma"),
      counting("price"),
    ]) {
      expect(Math.abs(correlation(told))).toBeLessThan(limit);
    }
    expect(correlation(counting("fragrant"))).toBeGreaterThan(limit);
  });

  test("turn what is said around by negation", () => {
    const values: Record<"not" | "yes", number[]> = { not: [], yes: [] };
    for (let i = 0; i < train.count; i++) {
      const words = Array.from(itemsOf(train, i), (item) => data.words![item]!);
      const at = words.indexOf("fragrant");
      if (at < 0) continue;
      values[words.slice(Math.max(0, at - 2), at).includes("not") ? "not" : "yes"].push(train.targets[i]!);
    }
    const mean = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0) / list.length;
    expect(mean(values.not)).toBeLessThan(0.4);
    expect(mean(values.yes)).toBeGreaterThan(0.6);
  });

  test("say more by what is said of the aspect than by the same words elsewhere", () => {
    const praise = ["good", "nice", "lovely", "great"].map((word) => data.words!.indexOf(word));
    const sums = { own: [0, 0], other: [0, 0] };
    for (let i = 0; i < train.count; i++) {
      for (let at = train.starts[i]!; at < train.starts[i + 1]!; at++) {
        if (!praise.includes(train.items[at]!)) continue;
        const sum = sums[train.marked![at] ? "own" : "other"];
        sum[0]! += train.targets[i]!;
        sum[1]!++;
      }
    }
    const [own, other] = [sums.own, sums.other].map(([sum, count]) => sum! / count!) as [number, number];
    expect(own).toBeGreaterThan(other + 0.05);
    expect(other).toBeGreaterThan(0.5);
  });

  test("have vectors that are alike where words are used alike", () => {
    const vector = (word: string): Float32Array => {
      const at = data.words!.indexOf(word) * data.features;
      return data.vectors.subarray(at, at + data.features);
    };
    const alike = (a: string, b: string): number => {
      const [x, y] = [vector(a), vector(b)];
      const dot = (p: Float32Array, q: Float32Array): number => p.reduce((sum, v, i) => sum + v * q[i]!, 0);
      return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
    };
    expect(alike("fragrant", "floral")).toBeGreaterThan(alike("fragrant", "musty"));
    expect(alike("fragrant", "musty")).toBeGreaterThan(alike("fragrant", "bottle"));
  });
});

describe("batches", () => {
  const lengths = [3, 9, 4, 12, 1, 6, 2];
  const examples: Examples = gathered(
    lengths.map((length, i) => ({ items: Array.from({ length }, (_, j) => (i + j) % 5), target: i / 10 })),
  );
  const vectors = Float32Array.from({ length: 10 }, (_, i) => i + 1);

  test("are as wide as the longest example asks for, and hold vectors and scores", () => {
    const make = batcher({ vectors, features: 2, longest: 12 }, 2);
    const scores = Float32Array.of(5, 4, 3, 2, 1);
    expect(make(examples, [3, 0], scores).width).toBe(12);
    const { width, features, lengths, targets, scores: own } = make(examples, [0, 6], scores);
    expect([width, ...lengths]).toEqual([3, 3, 2]);
    expect([...features]).toEqual([1, 2, 3, 4, 5, 6, 3, 4, 5, 6, 0, 0]);
    expect([...targets]).toEqual([0, 0.6].map(Math.fround));
    expect([...own]).toEqual([5, 4, 3, 4, 3, 0]);
  });

  test("of an epoch hold each example at most once, those of a test pass each exactly once", () => {
    const order = epochOrder(examples, 2, rng(1)).flatMap((batch) => [...batch]);
    expect(order).toHaveLength(6);
    expect(new Set(order).size).toBe(6);
    const passed = inBatches(examples, Int32Array.of(6, 5, 4, 1, 0), 2);
    expect(passed.map(({ count }) => count)).toEqual([2, 2, 1]);
    expect(passed.flatMap(({ indices, count }) => [...indices.subarray(0, count)])).toEqual([4, 6, 0, 5, 1]);
    expect([...passed[2]!.indices]).toEqual([1, 1]);
  });
});

describe("univariate", () => {
  const vectors = new Float32Array(8);

  test("is the correlation of a word's presence with the rating", () => {
    const train = gathered([
      { items: [0, 0, 1], target: 1 },
      { items: [1, 2], target: 0 },
      { items: [0], target: 1 },
      { items: [1, 2], target: 0 },
    ]);
    const scores = univariate({ train, vectors, features: 2, words: ["told", "half", "opposite", "absent"] });
    expect([...scores].map((x) => x.toFixed(4))).toEqual(["1.0000", "0.5774", "1.0000", "0.0000"]);
  });
});

describe("methods", () => {
  const [rows, width] = [3, 9];
  const context: Rows = {
    width,
    lengths: Int32Array.of(9, 6, 2),
    scores: Float32Array.from({ length: rows * width }, (_, i) => (i * 7) % 9),
  };
  const theta = Float32Array.from({ length: rows * width * 2 }, (_, i) => 2 * Math.sin(3 * i));

  test.each([...METHODS, ...FLOORS])("%s chooses as many words as there are or as are asked for", (name) => {
    const method = methodOf(name, { ...tiny, k: 3, lambda: 100, sstTemperature: 3 });
    const sizes = Array.from(context.lengths, (length) => method.size(length));
    expect(sizes).toEqual(name === "all" ? [9, 6, 2] : [3, 3, 2]);
    const z = method.choose(theta, context, rng(1));
    const evaluation = method.layer(context).forward(theta, rng(2));
    const gradient = evaluation.backward(theta.subarray(0, rows * width));
    for (let row = 0; row < rows; row++) {
      const own = z.subarray(row * width, (row + 1) * width);
      expect(own.every((x) => x === 0 || x === 1)).toBe(true);
      expect(own.reduce((a, b) => a + b, 0)).toBe(sizes[row]);
      const length = context.lengths[row]!;
      for (const values of [own, evaluation.value.subarray(row * width, (row + 1) * width)]) {
        expect(values.subarray(length).every((x) => x === 0)).toBe(true);
      }
      const behind = gradient.subarray(2 * (row * width + length), 2 * (row + 1) * width);
      expect(behind.every((x) => x === 0)).toBe(true);
    }
    const learns = !(FLOORS as readonly string[]).includes(name);
    expect(gradient.some((x) => x !== 0)).toBe(learns);
    const pairs = gradient.filter((_, i) => i % 2 === 1);
    expect(pairs.some((x) => x !== 0)).toBe(name === "sst-correlated");
  });

  test("sst-correlated has the gradient of its value, by elements and by pairs", () => {
    const layer = methodOf("sst-correlated", { ...tiny, k: 3, sstTemperature: 1 }).layer(context);
    const cotangent = Float32Array.from({ length: rows * width }, (_, i) => Math.cos(5 * i));
    const value = (at: Float32Array): number =>
      layer.forward(at, rng(2)).value.reduce((sum, x, i) => sum + x * cotangent[i]!, 0);
    const gradient = layer.forward(theta, rng(2)).backward(cotangent);
    const step = 0.01;
    for (const i of theta.keys()) {
      const [more, less] = [theta.with(i, theta[i]! + step), theta.with(i, theta[i]! - step)];
      expect(gradient[i]).toBeCloseTo((value(more) - value(less)) / (2 * step), 3);
    }
  });

  test("sst-correlated draws neighbours together by their score", () => {
    const method = methodOf("sst-correlated", { ...tiny, k: 3 });
    const plain = Float32Array.from({ length: 18 }, (_, i) => (i % 2 === 0 && i % 4 === 0 ? 1 : 0));
    const one = { width, lengths: Int32Array.of(9), scores: new Float32Array(9) };
    plain[2 * 5 + 1] = 10;
    plain[2 * 6 + 1] = 10;
    expect([...method.choose(plain, one, rng(0))]).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 0]);
  });
});

describe("the model", () => {
  beforeAll(() => startEngine("wasm"));

  test.each(NETWORKS)("%s learns without leaving arrays behind", { timeout: 60_000 }, async (network) => {
    const config = { ...tiny, network, dropout: 0.2 };
    const slots = deviceSlots();
    const data = makeReviews(config, rng(4));
    const model = l2xModel(config, data.features);
    const method = methodOf("sst-exponential", config);
    const make = batcher(data, config.batch);
    const batch = make(data.train, [0, 1, 2, 3], univariate(data));
    let state = model.init(rng(0));
    let before = 0;
    const losses: number[] = [];
    for (let step = 0; step < 40; step++) {
      const made = await model.step(state, batch, method, method.layer(batch), rng(step));
      state = made.state;
      losses.push(made.loss);
      const z = method.choose(await model.encode(state, batch), batch, rng(0));
      expect(await model.predict(state, batch, method, z)).toHaveLength(4);
      if (step === 1) before = slots();
    }
    expect(slots()).toBe(before);
    const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
    expect(sum(losses.slice(-5))).toBeLessThan(0.9 * sum(losses.slice(0, 5)));
    tree.dispose(state);
    model.dispose();
  });

  test("predicts from nothing but the chosen words", async () => {
    for (const network of NETWORKS) {
      const config = { ...tiny, network };
      const data = makeReviews(config, rng(4));
      const model = l2xModel(config, data.features);
      const state = model.init(rng(0));
      const method = methodOf("simple", config);
      const make = batcher(data, config.batch);
      const batch = make(data.train, [0, 1, 2, 3], univariate(data));
      const z = method.choose(await model.encode(state, batch), batch, rng(0));
      const seen = [...(await model.predict(state, batch, method, z))];
      for (const [i, on] of z.entries()) {
        if (!on) batch.features.fill(9, i * data.features, (i + 1) * data.features);
      }
      expect([...(await model.predict(state, batch, method, z))]).toEqual(seen);
      tree.dispose(state);
      model.dispose();
    }
  });
});

describe("the experiment", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "hardgrad-l2x-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const config = { experiment: "l2x", preset: "quick" as const, seed: 3, data: null, config: tiny };
  test("comes to the same bits after Ctrl-C and kills, and reports", { timeout: 90_000 }, async () => {
    const [whole, cut] = [join(folder, "whole"), join(folder, "cut")];
    for (const path of [whole, cut]) mkdirSync(path);
    const summary = await execute(l2x, whole, config, undisturbed);
    for (const metric of ["mse", "precision", "run-length"]) {
      const named = summary.results.filter((r) => r.metric === metric).map((r) => r.method);
      expect(named).toEqual([...METHODS, ...FLOORS]);
    }
    await expect(execute(l2x, cut, config, interruptedAt(10))).rejects.toThrow(Interrupted);
    for (const life of [4, 13, 9]) {
      await expect(execute(l2x, cut, config, killedAfter(life))).rejects.toThrow("killed");
    }
    await execute(l2x, cut, config, undisturbed);
    expect(computed(cut)).toEqual(computed(whole));

    writeFileSync(join(whole, "config.json"), JSON.stringify(config));
    const page = await renderPage(l2x, readRun(whole, l2x));
    for (const title of ["What is explained", "Texts and what was chosen in them", "On the way"]) {
      expect(page).toContain(title);
    }
  });

  test("says which setting does not fit", () => {
    const errors: [Partial<L2xConfig>, string][] = [
      [{ task: "poems" }, "task expected one of reviews, sentences, digits"],
      [{ network: "deep" }, 'network expected one of simple, complex, selector, got "deep"'],
      [{ aspect: 4 }, "aspect expected an integer in [0, 3], got 4"],
      [{ k: 20 }, "k expected an integer in [0, 19], got 20"],
      [{ length: 10 }, "length expected an integer >= 20, got 10"],
      [{ batch: 0 }, "batch expected an integer > 0, got 0"],
      [{ trainExamples: 3 }, "trainExamples expected at least a batch of 4, got 3"],
      [{ heldOutExamples: 1 }, "heldOutExamples expected an integer >= 2, got 1"],
      [{ dropout: 1 }, "dropout expected a number in [0, 1), got 1"],
      [{ correlation: 2 }, "correlation expected a number in [0, 1], got 2"],
      [{ device: "cuda" }, 'device expected one of wasm, webgpu, got "cuda"'],
      [{ lambda: 0 }, "lambda expected a finite number > 0, got 0"],
      [{ methods: ["gumbel"] }, 'got "gumbel"'],
      [{ methods: [] }, "methods expected different names"],
    ];
    for (const [change, message] of errors) {
      expect(() => checkConfig({ ...tiny, ...change }), message).toThrow(message);
    }
    for (const preset of Object.values(presets)) checkConfig(preset);
  });
});
