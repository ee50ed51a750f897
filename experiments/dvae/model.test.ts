import { numpy as np, tree } from "@jax-js/jax";
import { beforeAll, describe, expect, test } from "vitest";
import { startEngine } from "../../lab/nn/device.ts";
import { rng } from "../../src/index.ts";
import { deviceSlots } from "../../test/device-slots.ts";
import { expectClose } from "../../test/golden.ts";
import { type DvaeConfig, METHODS, presets } from "./config.ts";
import { PIXELS } from "./data.ts";
import { drawDigits } from "./drawn-digits.ts";
import { withKl } from "./kl.ts";
import { annealed, isForOne, methodOf } from "./methods.ts";
import { dvaeModel, type Model } from "./model.ts";

const config: DvaeConfig = {
  ...presets.quick,
  batch: 10,
  hidden: [16],
  variables: 3,
  categories: 5,
  k: 2,
  rate: 0.01,
};
let model: Model;
beforeAll(async () => {
  await startEngine("wasm");
  model = dvaeModel(config);
});

const images = Float32Array.from(drawDigits(config.batch, rng(0)), (x) => x / 255);
const batch = (): np.Array => np.array(images, { shape: [config.batch, PIXELS] });

describe("the model", () => {
  test("cross-entropy is that of the decoded means", async () => {
    const { params } = model.init(rng(1));
    const theta = await model.encode(params, batch());
    expect(theta).toHaveLength(10 * 3 * 5);
    const z = methodOf("simple", config).sample(theta, rng(2)) as Float32Array;
    const means = await model.decode(params, z);
    const expected = images.reduce(
      (sum, x, i) => sum - x * Math.log(means[i]!) - (1 - x) * Math.log(1 - means[i]!),
      0,
    );
    // The engine's logarithm of singles errs by up to 1.3e-5, a pixel.
    const tolerance = { rel: 1e-6, abs: 1.3e-5 * images.length };
    expectClose(await model.crossEntropy(params, batch(), z), expected, tolerance);
  });

  test("cross-entropy stays finite for logits of ±1e4", async () => {
    const { params } = model.init(rng(1));
    const last = params.decoder.at(-1)!;
    last.bias = np.array(Float32Array.from({ length: PIXELS }, (_, i) => (i % 2 ? 1e4 : -1e4)));
    const z = new Float32Array(10 * 15);
    const expected = images.reduce((sum, x, i) => sum + 1e4 * (i % 2 ? 1 - x : x), 0);
    expectClose(await model.crossEntropy(params, batch(), z), expected, { rel: 1e-5, abs: 0 });
  });
});

describe.each(METHODS)("%s", (name) => {
  const method = methodOf(name, config);

  test("draws hard states of the right size", () => {
    const theta = Float32Array.from({ length: 40 }, (_, i) => Math.sin(i));
    const z = Array.from(method.sample(theta, rng(4)));
    for (const x of z) expect([0, 1]).toContain(x);
    for (let row = 0; row < 8; row++) {
      const ones = z.slice(5 * row, 5 * row + 5).reduce((a, b) => a + b);
      expect(ones).toBe(isForOne(name) ? 1 : 2);
    }
  });

  test("learns a batch by heart, and leaves no array behind", async () => {
    let { params, states } = model.init(rng(1));
    const layer = withKl(method.layer(1), method, 1 / config.batch, method.isJacobian);
    const losses: number[] = [];
    const slots = deviceSlots();
    let before = 0;
    for (let step = 0; step < 60; step++) {
      const made = await model.step(params, states, batch(), { rng: rng(step), context: layer });
      ({ params, states } = made);
      tree.dispose(made.aux);
      losses.push(made.loss);
      if (step === 10) before = slots();
    }
    expect(slots()).toBe(before);
    expect(losses.at(-1)).toBeLessThan(0.5 * losses[0]!);
  });
});

test("Gumbel-softmax cools by a factor that itself falls, down to one half", () => {
  expect(annealed(1)).toBeCloseTo(Math.exp(-3e-4), 12);
  expect(annealed(2)).toBeCloseTo(Math.exp(-3e-4) * Math.exp(-6e-4), 12);
  expect(annealed(100)).toBe(0.5);
});
