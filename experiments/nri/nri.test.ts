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
import { completeGraph, rng, spanningTree } from "../../src/index.ts";
import { deviceSlots } from "../../test/device-slots.ts";
import { batcher } from "./batch.ts";
import { checkConfig, METHODS, type NriConfig, presets } from "./config.ts";
import { makeData, makeSeries } from "./data.ts";
import { layout } from "./layout.ts";
import { methodOf } from "./methods.ts";
import { nriModel } from "./model.ts";
import { nri } from "./run.ts";

const tiny: NriConfig = {
  ...presets.quick,
  vertices: 4,
  timesteps: 4,
  predictionSteps: 2,
  trainSeries: 17,
  validationSeries: 8,
  testSeries: 9,
  iterations: 6,
  evaluateEvery: 3,
  batch: 4,
  hidden: 5,
};
const SQUARE = 16;

describe("layout", () => {
  const path = Float32Array.of(0, 1, 0, 1, 0, 0, 0, 0, 0);
  const run = (adjacency: Float32Array, timesteps: number): Float32Array => {
    const out = new Float32Array(timesteps * 6);
    layout(adjacency, timesteps, rng(3), out);
    return out;
  };
  const distance = (frame: Float32Array, i: number, j: number): number =>
    Math.hypot(frame[2 * i]! - frame[2 * j]!, frame[2 * i + 1]! - frame[2 * j + 1]!);

  test("draws joined points together by d²/k and drives all apart by k²/d", () => {
    const out = run(path, 2);
    const at = (t: number, i: number): [number, number] => [out[6 * t + 2 * i]!, out[6 * t + 2 * i + 1]!];
    const k = 1 / Math.sqrt(3);
    for (const [i, others] of [
      [1, [0, 2]],
      [2, [0, 1]],
    ] as const) {
      const force = [0, 0];
      for (const j of others) {
        const [dx, dy] = [0, 1].map((axis) => at(0, i)[axis]! - at(0, j)[axis]!) as [number, number];
        const d = distance(out.subarray(0, 6), i, j);
        const size = k ** 2 / d - path[3 * i + j]! * (d ** 2 / k);
        force[0]! += (size * dx) / d;
        force[1]! += (size * dy) / d;
      }
      const [mx, my] = [0, 1].map((axis) => at(1, i)[axis]! - at(0, i)[axis]!) as [number, number];
      // The same direction, and no longer than the force.
      const length = Math.hypot(force[0]!, force[1]!);
      expect((mx * force[0]! + my * force[1]!) / Math.hypot(mx, my) / length).toBeCloseTo(1, 5);
      expect(Math.hypot(mx, my)).toBeLessThanOrEqual(length * (1 + 1e-5));
    }
  });

  test("moves no point further than a tenth of the layout in a step", () => {
    const out = run(path, 20);
    for (let t = 1; t < 20; t++) {
      const [before, after] = [out.subarray((t - 1) * 6, t * 6), out.subarray(t * 6, (t + 1) * 6)];
      const side = (axis: number): number => {
        const own = before.filter((_, i) => i % 2 === axis);
        return Math.max(...own) - Math.min(...own);
      };
      for (let i = 0; i < 3; i++) {
        const moved = Math.hypot(after[2 * i]! - before[2 * i]!, after[2 * i + 1]! - before[2 * i + 1]!);
        expect(moved).toBeLessThan(0.1 * Math.max(side(0), side(1)) * (1 + 1e-5));
      }
    }
  });
});

describe("made series", () => {
  test("begin alike, however many there are", () => {
    const [few, many] = [makeSeries(5, 4, 3, rng(1)), makeSeries(5, 4, 9, rng(1))];
    expect(many.positions.slice(0, few.positions.length)).toEqual(few.positions);
    expect(many.adjacency.slice(0, few.adjacency.length)).toEqual(few.adjacency);
  });

  test("are of trees, symmetric, and each tree of three points as often", () => {
    const { adjacency } = makeSeries(3, 2, 3000, rng(2));
    const counts = new Map<string, number>();
    for (let i = 0; i < 3000; i++) {
      const own = adjacency.subarray(9 * i, 9 * i + 9);
      expect([own[1], own[2], own[5]]).toEqual([own[3], own[6], own[7]]);
      const key = [own[1], own[2], own[5]].join("");
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(["011", "101", "110"]);
    // Five standard deviations of a binomial of 3,000 and a third.
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(5 * 25.9);
  });

  test("lie within [−1, 1] where they are trained on, and splits share no series", () => {
    const { train, validation, test } = makeData(tiny, rng(4));
    expect(Math.min(...train.positions)).toBeCloseTo(-1, 6);
    expect(Math.max(...train.positions)).toBeCloseTo(1, 6);
    const size = 4 * 4 * 2;
    const all = [train, validation, test].flatMap(({ positions, count }) =>
      Array.from({ length: count }, (_, i) => positions.subarray(i * size, (i + 1) * size).join()),
    );
    expect(new Set(all).size).toBe(all.length);
  });

  test("are cut into segments that are predicted from their first positions", () => {
    const { train } = makeData(tiny, rng(4));
    const { segments, steps, starts, targets, weights, seen } = batcher(train, tiny)([5, 3, 2, 1], 0);
    expect([segments, steps]).toEqual([2, 2]);
    const frame = (series: number, t: number): Float32Array =>
      train.positions.subarray((series * 4 + t) * 8, (series * 4 + t + 1) * 8);
    // The second row, series 3: segments from t = 0 and t = 2, of which the last has one step only.
    expect(starts.subarray(16, 24)).toEqual(frame(3, 0));
    expect(starts.subarray(24, 32)).toEqual(frame(3, 2));
    expect(targets.subarray(16, 24)).toEqual(frame(3, 1));
    expect(targets.subarray(64 + 16, 64 + 24)).toEqual(frame(3, 2));
    expect(targets.subarray(24, 32)).toEqual(frame(3, 3));
    expect([...weights]).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 1, 0, 1, 0]);
    // Of point 2 of the second row all positions in a row.
    const point = seen.subarray((4 + 2) * 8, (4 + 3) * 8);
    expect([...point]).toEqual([0, 1, 2, 3].flatMap((t) => [...frame(3, t).subarray(4, 6)]));
  });
});

describe("methods", () => {
  const theta = Float32Array.from({ length: 4 * SQUARE }, (_, i) => Math.sin(3 * i));

  test.each(METHODS)("%s draws graphs of its kind", (name) => {
    const { sample, map, marginals } = methodOf(name, tiny);
    for (const z of [sample(theta, rng(1)), map(theta)]) {
      for (let row = 0; row < 4; row++) {
        const own = z.subarray(row * SQUARE, (row + 1) * SQUARE);
        expect([0, 5, 10, 15].map((i) => own[i])).toEqual([0, 0, 0, 0]);
        expect(own.every((x) => x === 0 || x === 1)).toBe(true);
        if (name !== "indep-binary") {
          expect(own.reduce((a, b) => a + b, 0)).toBe(6);
          expect([4, 8, 12, 9, 13, 14].map((i) => own[i])).toEqual([1, 2, 3, 6, 7, 11].map((i) => own[i]));
        }
      }
    }
    if (name !== "indep-binary") {
      expect(marginals(theta).reduce((a, b) => a + b, 0)).toBeCloseTo(4 * 6, 4);
    }
  });

  test("descend the KL, as it is weighed, where the decoder has no gradient", () => {
    for (const name of ["indep-binary", "spanning-tree", "simple-spanning-tree"] as const) {
      for (const doubleKl of [false, true]) {
        const method = methodOf(name, { ...tiny, doubleKl });
        const gradient = method.layer.forward(theta, rng(2)).backward(new Float32Array(theta.length));
        const total = (at: Float32Array): number => method.kl(at).reduce((a, b) => a + b, 0) / 16;
        for (const i of [1, 4, 23, 62]) {
          const [up, down] = [0.01, -0.01].map((by) => theta.with(i, theta[i]! + by)) as [
            Float32Array,
            Float32Array,
          ];
          expect(gradient[i]).toBeCloseTo((total(up) - total(down)) / (up[i]! - down[i]!), 4);
        }
      }
    }
  });

  test("count the KL of an undirected edge once, or twice as published", () => {
    const [once, twice] = [false, true].map((doubleKl) => {
      const of = (name: "spanning-tree" | "indep-binary") => methodOf(name, { ...tiny, doubleKl }).kl(theta);
      return { tree: of("spanning-tree"), bits: of("indep-binary") };
    });
    expect([...twice!.tree]).toEqual([...once!.tree].map((kl) => 2 * kl));
    expect(twice!.bits).toEqual(once!.bits);
  });

  test("SIMPLE's divergence is that of trees from uniform ones", () => {
    const graph = completeGraph(4);
    const weights = Float32Array.from(graph.edges, ([i, j]) => (theta[4 * i + j]! + theta[4 * j + i]!) / 2);
    const states = [...spanningTree(graph).states()];
    const scores = states.map((z) => z.reduce((sum, on, e) => sum + on * weights[e]!, 0));
    const logZ = Math.log(scores.reduce((sum, s) => sum + Math.exp(s), 0));
    const kl = scores.reduce((sum, s) => sum + Math.exp(s - logZ) * (s - logZ + Math.log(states.length)), 0);
    const found = methodOf("simple-spanning-tree", tiny).kl(theta)[0]!;
    expect(Math.abs(found - kl)).toBeLessThan(1e-5);
  });

  test("a logit below the range counts as at its end, and is moved only upwards", () => {
    const method = methodOf("spanning-tree", { ...tiny, range: 2 });
    const low = theta.slice(0, SQUARE);
    for (const i of [1, 4]) low[i] = -50;
    const at = low.slice();
    for (const i of [1, 4]) at[i] = -2.3;
    expect(method.kl(low)[0]).toBeLessThan(
      method.kl(theta.slice(0, SQUARE).with(1, -9).with(4, -9))[0]! + 60,
    );
    for (const sign of [1, -1]) {
      const cotangent = new Float32Array(SQUARE);
      cotangent[1] = sign * 1e4;
      const gradient = method.layer.forward(low, rng(1)).backward(cotangent);
      expect(gradient[1]!).toBeLessThanOrEqual(0);
    }
  });
});

describe("the model", () => {
  beforeAll(() => startEngine("wasm"));

  test("learns without leaving arrays behind", { timeout: 60_000 }, async () => {
    const slots = deviceSlots();
    const { train } = makeData(tiny, rng(4));
    const model = nriModel(tiny);
    const batch = batcher(train, tiny)([0, 1, 2, 3], 0);
    let state = model.init(rng(0));
    let before = 0;
    const losses: number[] = [];
    for (let step = 0; step < 30; step++) {
      const made = await model.step(state, batch, methodOf("spanning-tree", tiny).layer, rng(step));
      state = made.state;
      losses.push(made.loss);
      const theta = await model.encode(state, batch);
      expect(theta).toHaveLength(4 * SQUARE);
      expect(await model.errors(state, batch, new Float32Array(4 * SQUARE))).toHaveLength(4);
      if (step === 1) before = slots();
    }
    expect(slots()).toBe(before);
    expect(losses.at(-1)!).toBeLessThan(losses[0]!);
    tree.dispose(state);
    model.dispose();
  });

  test("does not know the points by their order: logits and errors move with them", async () => {
    const { train } = makeData(tiny, rng(4));
    const model = nriModel(tiny);
    const state = model.init(rng(0));
    const order = [2, 0, 3, 1];
    const moved = { ...train, positions: train.positions.slice() };
    for (let frame = 0; frame < train.positions.length / 8; frame++) {
      for (const [to, from] of order.entries()) {
        const taken = train.positions.subarray(frame * 8 + 2 * from, frame * 8 + 2 * from + 2);
        moved.positions.set(taken, frame * 8 + 2 * to);
      }
    }
    const [here, there] = [train, moved].map((series) => batcher(series, tiny)([0, 1, 2, 3], 0));
    const graph = Float32Array.from({ length: 4 * SQUARE }, (_, i) => +(i % 3 === 1 && i % 5 !== 0));
    const permuted = graph.map((_, i) => {
      const [row, a, b] = [Math.floor(i / SQUARE), Math.floor((i % SQUARE) / 4), i % 4];
      return graph[row * SQUARE + order[a]! * 4 + order[b]!]!;
    });
    const errors = await model.errors(state, here!, graph);
    for (const [row, error] of (await model.errors(state, there!, permuted)).entries()) {
      expect(error / errors[row]!).toBeCloseTo(1, 4);
    }
    const logits = await model.encode(state, here!);
    for (const [i, logit] of (await model.encode(state, there!)).entries()) {
      const [row, a, b] = [Math.floor(i / SQUARE), Math.floor((i % SQUARE) / 4), i % 4];
      expect(logit).toBeCloseTo(logits[row * SQUARE + order[a]! * 4 + order[b]!]!, 4);
    }
    tree.dispose(state);
    model.dispose();
  });
});

describe("the experiment", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "hardgrad-nri-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const config = { experiment: "nri", preset: "quick" as const, seed: 3, data: null, config: tiny };
  test("comes to the same bits after Ctrl-C and kills, and reports", { timeout: 90_000 }, async () => {
    const [whole, cut] = [join(folder, "whole"), join(folder, "cut")];
    for (const path of [whole, cut]) mkdirSync(path);
    const summary = await execute(nri, whole, config, undisturbed);
    for (const metric of ["elbo", "precision", "recall"]) {
      const named = summary.results.filter((r) => r.metric === metric).map((r) => r.method);
      expect(named).toEqual(METHODS);
    }
    await expect(execute(nri, cut, config, interruptedAt(10))).rejects.toThrow(Interrupted);
    for (const life of [4, 9, 8]) {
      await expect(execute(nri, cut, config, killedAfter(life))).rejects.toThrow("killed");
    }
    await execute(nri, cut, config, undisturbed);
    expect(computed(cut)).toEqual(computed(whole));

    writeFileSync(join(whole, "config.json"), JSON.stringify(config));
    const page = await renderPage(nri, readRun(whole, nri));
    for (const title of ["Points, true and inferred edges", "ELBO and recovery of the tree", "On the way"]) {
      expect(page).toContain(title);
    }
  });

  test("diverged, says at which rate", async () => {
    const wild = { ...config, config: { ...tiny, methods: ["spanning-tree"], rate: 1e30 } };
    await expect(execute(nri, folder, wild, undisturbed)).rejects.toThrow(
      /^spanning-tree\/0 diverged in epoch 1: .* A rate below 1e\+30 may help/,
    );
  });

  test("says which setting does not fit", () => {
    const errors: [Partial<NriConfig>, string][] = [
      [{ vertices: 2 }, "vertices expected an integer >= 3, got 2"],
      [{ timesteps: 1 }, "timesteps expected an integer >= 2, got 1"],
      [{ batch: 0 }, "batch expected an integer > 0, got 0"],
      [{ trainSeries: 3 }, "trainSeries expected at least a batch of 4, got 3"],
      [{ predictionSteps: 4 }, "predictionSteps expected at most timesteps − 1 = 3, got 4"],
      [{ variance: 0 }, "variance expected a finite number > 0, got 0"],
      [{ drop: 2 }, "drop expected a number in [0, 1], got 2"],
      [{ methods: ["tree"] }, 'got "tree"'],
      [{ methods: [] }, "methods expected different names"],
    ];
    for (const [change, message] of errors) {
      expect(() => checkConfig({ ...tiny, ...change }), message).toThrow(message);
    }
    for (const preset of Object.values(presets)) checkConfig(preset);
  });
});
