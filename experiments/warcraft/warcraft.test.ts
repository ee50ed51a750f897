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
import { type FloatArray, gridPath, minimizing, rng } from "../../src/index.ts";
import { deviceSlots } from "../../test/device-slots.ts";
import { checkConfig, METHODS, presets, type WarcraftConfig } from "./config.ts";
import { score } from "./evaluate.ts";
import { makeMaps } from "./made-maps.ts";
import { batcher, type Maps } from "./maps.ts";
import { methodOf } from "./methods.ts";
import { warcraftModel } from "./model.ts";
import { warcraft } from "./run.ts";
import { KINDS } from "./terrain.ts";
import { makeTileset, TILE_SIZE } from "./tiles.ts";

const tiny: WarcraftConfig = {
  ...presets.quick,
  side: 3,
  trainMaps: 13,
  testMaps: 7,
  epochs: 2,
  batch: 4,
  hidden: [6],
  drops: [1],
};
const CELLS = 9;

function maps(side: number, count: number): Maps {
  return makeMaps(side, count, makeTileset(rng(1)), rng(2));
}

describe("made maps", () => {
  test("begin alike, however many there are", () => {
    const [few, many] = [maps(5, 3), maps(5, 9)];
    expect(many.costs.slice(0, 75)).toEqual(few.costs);
    const [a, b] = [new Float32Array(25 * TILE_SIZE), new Float32Array(25 * TILE_SIZE)];
    few.paint(2, a, 0);
    many.paint(2, b, 0);
    expect(a).toEqual(b);
    expect(Math.min(...a)).toBeGreaterThanOrEqual(-1);
    expect(Math.max(...a)).toBeLessThanOrEqual(1);
  });

  test("hold a sixth to a quarter of each kind, in patches", () => {
    const { costs, side, count } = maps(12, 400);
    for (const { cost, name } of KINDS) {
      const share = costs.filter((c) => c === Math.fround(cost)).length / costs.length;
      expect(Math.abs(share - 0.2), name).toBeLessThan(0.05);
    }
    let alike = 0;
    for (let i = 1; i < costs.length; i++) alike += +(i % side !== 0 && costs[i] === costs[i - 1]);
    // A fifth if cells were independent.
    expect(alike / (count * side * (side - 1))).toBeGreaterThan(0.5);
  });

  test("show the kind of a cell: mean colours of kinds differ", () => {
    const made = maps(12, 50);
    const out = new Float32Array(144 * TILE_SIZE);
    const sums = new Map<number, { count: number; blue: number; red: number }>();
    for (let map = 0; map < made.count; map++) {
      made.paint(map, out, 0);
      for (let cell = 0; cell < 144; cell++) {
        const sum = sums.get(made.costs[map * 144 + cell]!) ?? { count: 0, blue: 0, red: 0 };
        sum.count += 64;
        for (let p = cell * TILE_SIZE; p < (cell + 1) * TILE_SIZE; p += 3) {
          sum.red += out[p]!;
          sum.blue += out[p + 2]!;
        }
        sums.set(made.costs[map * 144 + cell]!, sum);
      }
    }
    const [water, sand] = [sums.get(Math.fround(7.7))!, sums.get(Math.fround(1.2))!];
    expect(water.blue / water.count).toBeGreaterThan(sand.blue / sand.count + 0.1);
    expect(sand.red / sand.count).toBeGreaterThan(water.red / water.count + 0.5);
  });
});

describe("accuracy", () => {
  const made = maps(3, 1);
  const of = (...z: number[]) => score({ predicts: "path" }, Float32Array.from(z), made).accuracy;
  made.costs.set([1, 1, 9, 9, 1, 9, 9, 9, 1]);
  made.paths.set([1, 0, 0, 0, 1, 0, 0, 0, 1]);

  test("of marked cells wants a path, the cheapest, and nothing besides", () => {
    expect(of(1, 0, 0, 0, 1, 0, 0, 0, 1)).toBe(1);
    // Cheap, but no path.
    expect(of(0, 0, 0, 0, 0, 0, 0, 0, 0)).toBe(0);
    expect(of(1, 0, 0, 0, 0, 0, 0, 0, 1)).toBe(0);
    // A path, and a cell more.
    expect(of(1, 1, 0, 0, 1, 0, 0, 0, 1)).toBe(0);
    // A path, but a dear one.
    expect(of(1, 0, 0, 1, 0, 0, 0, 1, 1)).toBe(0);
  });

  test("of predicted costs goes with the excess of the path's cost", () => {
    const equal: Maps = { ...made, costs: new Float32Array(CELLS).fill(1) };
    const z = Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
    expect(score({ predicts: "costs" }, z, equal)).toEqual({ accuracy: 1, excess: 0 });
    const detour = Float32Array.of(1, 1, 0, 0, 1, 0, 0, 0, 1);
    const { accuracy, excess } = score({ predicts: "costs" }, detour, equal);
    expect([accuracy, excess]).toEqual([0, 4 / 3 - 1]);
  });
});

describe("methods", () => {
  const made = maps(6, 20);
  const { costs, paths } = made;
  const ones = new Float32Array(20).fill(1);
  const gradientOf = (name: (typeof METHODS)[number], predicted: FloatArray, config = {}) => {
    const method = methodOf(name, { ...tiny, side: 6, ...config });
    const evaluation = method.loss({ costs, paths }).forward(predicted, rng(5));
    return { value: evaluation.value, gradient: evaluation.backward(ones) };
  };

  test("leave true costs alone where nothing is drawn, and with the same noise on both sides", () => {
    for (const name of ["imle-mu", "imle-map", "black-box"] as const) {
      const { value, gradient } = gradientOf(name, costs, { temperature: name === "imle-mu" ? 0 : 1 });
      expect(
        value.every((loss) => Math.abs(loss) < 1e-5),
        name,
      ).toBe(true);
      expect(
        gradient.every((g) => g === 0),
        name,
      ).toBe(true);
    }
    expect(gradientOf("imle-mu", costs).gradient.every((g) => g === 0)).toBe(true);
  });

  test("raise the costs of a wrong path and lower those of the true one", () => {
    const flat = new Float32Array(costs.length).fill(1);
    const predicted = new Float32Array(costs.length);
    minimizing(gridPath(6, 6)).map(flat, predicted);
    for (const name of ["imle-map", "black-box"] as const) {
      const { gradient } = gradientOf(name, flat, { lambda: 400 });
      // Descent subtracts it: negative where only the wrong path runs.
      const scale = name === "imle-map" ? 1 : tiny.batch / 400;
      for (const [i, g] of gradient.entries()) {
        expect(g).toBeCloseTo(scale * (paths[i]! - predicted[i]!), 5);
      }
    }
  });

  test.each(["direct", "fenchel-young"] as const)("%s has the gradient of its loss", async (name) => {
    const at = Float64Array.from(costs, (c, i) => 0.4 * c + 0.01 * (i % 7));
    const { value, gradient } = gradientOf(name, at);
    for (const i of [0, 7, 100, 333]) {
      const moved = at.slice();
      moved[i]! += 1e-3;
      const row = Math.floor(i / 36);
      const difference = (gradientOf(name, moved).value[row]! - value[row]!) / 1e-3;
      expect(gradient[i]).toBeCloseTo(difference, 2);
    }
  });
});

describe("models", () => {
  beforeAll(() => startEngine("wasm"));

  test.each(["patch", "resnet18"])(
    "%s learns without leaving arrays behind",
    { timeout: 60_000 },
    async (model) => {
      const slots = deviceSlots();
      const config = { ...tiny, model, batch: 2 };
      const made = maps(3, 4);
      const makeBatch = batcher(made, 2);
      for (const name of ["imle-mu", "direct"] as const) {
        const method = methodOf(name, config);
        const trained = warcraftModel(config, method.predicts, 10);
        let state = trained.init(rng(0));
        let before = 0;
        for (let step = 0; step < 4; step++) {
          const { pixels, ...truth } = makeBatch([0, 1, 2, 3], 2 * (step % 2));
          const out = await trained.step(state, pixels, method.loss(truth), rng(step));
          state = out.state;
          expect(out.loss).toBeGreaterThanOrEqual(0);
          const values = await trained.predict(state, pixels);
          expect(values).toHaveLength(2 * CELLS);
          if (name === "imle-mu") expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
          if (step === 1) before = slots();
        }
        expect(slots()).toBe(before);
        tree.dispose(state);
        trained.dispose();
      }
    },
  );
});

describe("the experiment", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "hardgrad-warcraft-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const config = { experiment: "warcraft", preset: "quick" as const, seed: 3, data: null, config: tiny };
  test("comes to the same bits after Ctrl-C and kills in the middle of epochs", {
    timeout: 60_000,
  }, async () => {
    const [whole, cut] = [join(folder, "whole"), join(folder, "cut")];
    for (const path of [whole, cut]) mkdirSync(path);
    const summary = await execute(warcraft, whole, config, undisturbed);
    const named = summary.results.filter((r) => r.metric === "accuracy").map((r) => r.method);
    expect(named).toEqual(METHODS);

    await expect(execute(warcraft, cut, config, interruptedAt(8))).rejects.toThrow(Interrupted);
    // A kill saves nothing: what was written last is what there is. Together the lives are shorter than the run of 44
    // steps, however much each of them could save.
    for (const life of [6, 8, 9, 7]) {
      await expect(execute(warcraft, cut, config, killedAfter(life))).rejects.toThrow("killed");
    }
    await execute(warcraft, cut, config, undisturbed);
    expect(computed(cut)).toEqual(computed(whole));

    writeFileSync(join(whole, "config.json"), JSON.stringify(config));
    const page = await renderPage(warcraft, readRun(whole, warcraft));
    expect(page).toContain("data:image/png;base64,");
    expect(page).toContain("How many paths are optimal?");
  });

  test("interrupted after the last step of a training, it still says where the time went", async () => {
    const single = { ...config, config: { ...tiny, methods: ["imle-mu"] } };
    // Asked twice before the six steps.
    await expect(execute(warcraft, folder, single, interruptedAt(8))).rejects.toThrow(Interrupted);
    const notes: string[] = [];
    const progress = { ...undisturbed.progress, note: (text: string) => void notes.push(text) };
    await execute(warcraft, folder, single, { ...undisturbed, progress });
    expect(notes).toHaveLength(1);
    expect(notes[0]).not.toContain("engine 0 %");
  });

  test.each(["imle-mu", "direct"])("diverged, says at which rate: %s", async (method) => {
    for (const epochs of [1, 2]) {
      const wild = { ...config, config: { ...tiny, methods: [method], rate: 1e30, batch: 13, epochs } };
      await expect(execute(warcraft, folder, wild, undisturbed)).rejects.toThrow(
        new RegExp(`^${method}/0 diverged in epoch 1: .* A rate below 1e\\+30 may help`),
      );
    }
  });

  test("says in the report where the network is not the paper's", () => {
    const lead = (model: string): string =>
      warcraft.report({
        config: { ...tiny, model },
        summary: { results: [{ method: "imle-mu", metric: "accuracy", mean: 1 }], published: [] },
        metrics: [],
        kept: {},
      } as never).lead;
    expect(lead("patch")).toContain("not the paper's ResNet18");
    expect(lead("resnet18")).not.toContain("not the paper's");
  });

  test("says which setting does not fit", () => {
    const errors: [Partial<WarcraftConfig>, string][] = [
      [{ side: 1 }, "side expected an integer >= 2, got 1"],
      [{ batch: 0 }, "batch expected an integer > 0, got 0"],
      [{ threads: 300 }, "threads expected an integer in [1, 256], got 300"],
      [{ trainMaps: 3 }, "trainMaps expected at least a batch of 4, got 3"],
      [{ model: "vgg" }, 'model expected one of patch, resnet18, got "vgg"'],
      [{ model: "resnet18", side: 18, batch: 70 }, "batch expected at most 46 maps of 18 × 18 for resnet18"],
      [{ methods: ["imle"] }, 'got "imle"'],
      [{ methods: [] }, "methods expected different names"],
      [{ lambda: 0 }, "lambda expected a number > 0, got 0"],
      [{ temperature: -1 }, "temperature expected a number >= 0, got -1"],
      [{ hidden: [0] }, "hidden expected integers > 0, got 0"],
      [{ drops: [0] }, "drops expected epochs > 0, got 0"],
    ];
    for (const [change, message] of errors) {
      expect(() => checkConfig({ ...tiny, ...change }), message).toThrow(message);
    }
  });
});
