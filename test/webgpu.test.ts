/**
 * The experiments' networks on a GPU, or on one in software: needs the package "webgpu" (npm install --no-save
 * webgpu@0.6.2) and a Vulkan driver. Chromium brings a driver in software: VK_ICD_FILENAMES=…/vk_swiftshader_icd.json, with
 * libvulkan.so.1 in LD_LIBRARY_PATH.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startEngine } from "../lab/nn/device.ts";
import { rng } from "../src/index.ts";
import { deviceSlots } from "./device-slots.ts";

// First of all: jax-js looks for a GPU when it is loaded.
const missing = await startEngine("webgpu").then(
  () => "",
  (error: Error) => ` (skipped: ${error.message})`,
);
const { defaultDevice, numpy: np, tree } = await import("@jax-js/jax");

const STEPS = 20;
/** Losses of singles after as many steps, relative. */
const TOLERANCE = 1e-3;

/** A training from its first weights on: a step's loss, and what gives the memory back. */
interface Training {
  step(at: number): Promise<number>;
  dispose(): void;
}

/** Made anew on each device. */
const trainings: Readonly<Record<string, () => Promise<Training>>> = {
  async dvae() {
    const { presets } = await import("../experiments/dvae/config.ts");
    const { drawDigits } = await import("../experiments/dvae/drawn-digits.ts");
    const { withKl } = await import("../experiments/dvae/kl.ts");
    const { methodOf } = await import("../experiments/dvae/methods.ts");
    const { dvaeModel } = await import("../experiments/dvae/model.ts");
    const config = { ...presets.quick, batch: 20, hidden: [32], variables: 4 };
    const images = Float32Array.from(drawDigits(config.batch, rng(0)), (x) => x / 255);
    const method = methodOf("imle-sog", config);
    const layer = withKl(method.layer(1), method, 1 / config.batch, method.isJacobian);
    const model = dvaeModel(config);
    let { params, states } = model.init(rng(1));
    return {
      async step(at) {
        const x = np.array(images, { shape: [config.batch, images.length / config.batch] });
        const made = await model.step(params, states, x, { rng: rng(at), context: layer });
        ({ params, states } = made);
        tree.dispose(made.aux);
        return made.loss;
      },
      dispose() {
        tree.dispose([params, states]);
        model.dispose();
      },
    };
  },

  async nri() {
    const { presets } = await import("../experiments/nri/config.ts");
    const { batcher } = await import("../experiments/nri/batch.ts");
    const { makeData } = await import("../experiments/nri/data.ts");
    const { methodOf } = await import("../experiments/nri/methods.ts");
    const { nriModel } = await import("../experiments/nri/model.ts");
    const config = {
      ...presets.quick,
      vertices: 4,
      batch: 4,
      trainSeries: 8,
      validationSeries: 4,
      testSeries: 4,
      hidden: 8,
    };
    const batch = batcher(makeData(config, rng(0)).train, config)([0, 1, 2, 3], 0);
    const { layer } = methodOf("spanning-tree", config);
    const model = nriModel(config);
    let state = model.init(rng(1));
    return {
      async step(at) {
        const made = await model.step(state, batch, layer, rng(at));
        state = made.state;
        return made.loss;
      },
      dispose() {
        tree.dispose(state);
        model.dispose();
      },
    };
  },

  async l2x() {
    const { presets } = await import("../experiments/l2x/config.ts");
    const { batcher } = await import("../experiments/l2x/batch.ts");
    const { makeReviews } = await import("../experiments/l2x/made-reviews.ts");
    const { methodOf } = await import("../experiments/l2x/methods.ts");
    const { l2xModel } = await import("../experiments/l2x/model.ts");
    const { univariate } = await import("../experiments/l2x/univariate.ts");
    const config = {
      ...presets.quick,
      batch: 4,
      filters: 8,
      hidden: 8,
      embedding: 8,
      length: 24,
      trainExamples: 4,
      heldOutExamples: 2,
      annotatedExamples: 1,
    };
    const data = makeReviews(config, rng(0));
    const batch = batcher(data, config.batch)(data.train, [0, 1, 2, 3], univariate(data));
    const method = methodOf("sst-correlated", config);
    const model = l2xModel(config, data.features);
    let state = model.init(rng(1));
    return {
      async step(at) {
        const made = await model.step(state, batch, method, method.layer(batch), rng(at));
        state = made.state;
        return made.loss;
      },
      dispose() {
        tree.dispose(state);
        model.dispose();
      },
    };
  },

  async listops() {
    const { presets } = await import("../experiments/listops/config.ts");
    const { batcher } = await import("../experiments/listops/batch.ts");
    const { makeData } = await import("../experiments/listops/data.ts");
    const { methodOf } = await import("../experiments/listops/methods.ts");
    const { listopsNetworks } = await import("../experiments/listops/model.ts");
    const config = {
      ...presets.quick,
      batch: 4,
      memory: 4,
      hidden: 6,
      trainExpressions: 4,
      validationExpressions: 2,
      testExpressions: 2,
    };
    const batch = batcher(makeData(config, rng(0)).train, config)([0, 1, 2, 3], 0);
    const { layer } = methodOf("arborescence-gumbel", config);
    const networks = listopsNetworks(config);
    let state = networks.latent.init(rng(1));
    return {
      async step(at) {
        const made = await networks.latent.step(state, batch, layer, rng(at));
        state = made.state;
        return made.loss;
      },
      dispose() {
        tree.dispose(state);
        for (const network of Object.values(networks)) network.dispose();
      },
    };
  },

  "warcraft, patches": () => warcraft("patch"),
  "warcraft, ResNet18": () => warcraft("resnet18"),
};

async function warcraft(network: string): Promise<Training> {
  const { presets } = await import("../experiments/warcraft/config.ts");
  const { loadData } = await import("../experiments/warcraft/data.ts");
  const { batcher } = await import("../experiments/warcraft/maps.ts");
  const { methodOf } = await import("../experiments/warcraft/methods.ts");
  const { warcraftModel } = await import("../experiments/warcraft/model.ts");
  const config = { ...presets.quick, model: network, side: 6, batch: 2, trainMaps: 4, testMaps: 2 };
  const { train } = await loadData(undefined, config, rng(0));
  const makeBatch = batcher(train, 2);
  const method = methodOf("imle-mu", config);
  const model = warcraftModel(config, method.predicts, 10);
  let state = model.init(rng(1));
  return {
    async step(at) {
      const { pixels, ...truth } = makeBatch([0, 1, 2, 3], 2 * (at % 2));
      const made = await model.step(state, pixels, method.loss(truth), rng(at));
      state = made.state;
      return made.loss;
    },
    dispose() {
      tree.dispose(state);
      model.dispose();
    },
  };
}

describe.skipIf(missing)(`on webgpu${missing}`, () => {
  beforeAll(() => defaultDevice("webgpu"));
  afterAll(() => defaultDevice("wasm"));

  test.each(Object.keys(trainings))(
    "%s: the losses of wasm, and no buffer left",
    { timeout: 300_000 },
    async (name) => {
      const losses: number[][] = [];
      for (const device of ["wasm", "webgpu"] as const) {
        defaultDevice(device);
        const slots = deviceSlots();
        const training = await trainings[name]!();
        const own: number[] = [];
        let early = 0;
        for (let at = 0; at < STEPS; at++) {
          own.push(await training.step(at));
          if (at === 1) early = slots();
        }
        expect(slots(), device).toBe(early);
        training.dispose();
        losses.push(own);
      }
      const [wasm, gpu] = losses as [number[], number[]];
      for (let at = 0; at < STEPS; at++) {
        expect(Math.abs(gpu[at]! - wasm[at]!), `step ${at}`).toBeLessThanOrEqual(
          TOLERANCE * Math.abs(wasm[at]!) + 1e-5,
        );
      }
    },
  );
});
