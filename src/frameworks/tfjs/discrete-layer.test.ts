import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, test } from "vitest";
import { rng } from "../../core/rng.ts";
import { identity } from "../../estimators/identity.ts";
import { imle } from "../../estimators/imle.ts";
import { kSubset } from "../../structures/k-subset.ts";
import { perturbation } from "../../targets/perturbation.ts";
import { discreteLayer } from "./discrete-layer.ts";

beforeAll(() => tf.setBackend("cpu"));

type Config = { items: number; ones: number; Step_Size: number; note: string };
const config: Config = { items: 6, ones: 2, Step_Size: 2, note: "Case_Matters hereToo" };
let seen: Config[] = [];
const topK = discreteLayer(tf.layers, "TopK", (config: Config) => {
  seen.push(config);
  const { items, ones, Step_Size } = config;
  return {
    training: imle(kSubset(items, ones), { target: perturbation({ lambda: Step_Size }) }),
    inference: identity(kSubset(items, ones)),
  };
});

function model(): tf.LayersModel {
  const kernelInitializer = tf.initializers.glorotNormal({ seed: 1 });
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 6, inputShape: [4], kernelInitializer }),
      topK({ config, seed: 3 }),
      tf.layers.dense({
        units: 1,
        useBias: false,
        kernelInitializer: tf.initializers.glorotNormal({ seed: 2 }),
      }),
    ],
  });
  model.compile({ optimizer: tf.train.sgd(0.1), loss: "meanSquaredError" });
  return model;
}
const inputs = (): tf.Tensor => tf.randomNormal([64, 4], 0, 1, "float32", 5);

describe("discreteLayer", () => {
  test("trains in model.fit: weights in front of it move, and the loss falls", async () => {
    const net = model();
    const before = await net.getWeights()[0]!.data();
    const x = inputs();
    const y = tf.matMul(tf.abs(x), tf.tensor2d([[1], [0.5], [0], [0]]));
    const { history } = await net.fit(x, y, { epochs: 30, batchSize: 16, shuffle: false, verbose: 0 });
    expect([...(await net.getWeights()[0]!.data())]).not.toEqual([...before]);
    const losses = history.loss as number[];
    expect(losses.at(-1)!).toBeLessThan(0.8 * losses[0]!);
  });

  test("two models of the same seeds train to the same bits", async () => {
    const weights: number[][] = [];
    for (let run = 0; run < 2; run++) {
      const net = model();
      await net.fit(inputs(), tf.ones([64, 1]), { epochs: 2, batchSize: 16, shuffle: false, verbose: 0 });
      weights.push(net.getWeights().flatMap((w) => [...w.dataSync()]));
    }
    expect(weights[0]).toEqual(weights[1]);
  });

  test("predictions use the layer of inference", () => {
    const theta = tf.tensor2d([[5, 1, 4, 2, 3, 0]]);
    const net = tf.sequential({ layers: [topK({ config, inputShape: [6] })] });
    expect((net.predict(theta) as tf.Tensor).arraySync()).toEqual([[1, 0, 1, 0, 0, 0]]);
  });

  test("a saved model predicts the same when loaded, with the configuration to the letter", async () => {
    const net = model();
    let saved: tf.io.ModelArtifacts | undefined;
    await net.save(
      tf.io.withSaveHandler(async (artifacts) => {
        saved = artifacts;
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
      }),
    );
    seen = [];
    const topology = JSON.parse(JSON.stringify(saved!.modelTopology));
    const loaded = await tf.loadLayersModel(tf.io.fromMemory({ ...saved!, modelTopology: topology }));
    expect(seen).toEqual([config]);
    const x = inputs();
    expect((loaded.predict(x) as tf.Tensor).arraySync()).toEqual((net.predict(x) as tf.Tensor).arraySync());
    expect(loaded.layers[1]!.getConfig()).toEqual(net.layers[1]!.getConfig());
    expect(loaded.layers[1]!.getConfig().seed).toBe(3);
  });

  test("samples are an axis after the batch", () => {
    const samples = discreteLayer(tf.layers, "Samples", ({ count }: { count: number }) =>
      imle(kSubset(6, 2), { samples: count }),
    );
    const net = tf.sequential({ layers: [samples({ config: { count: 4 }, inputShape: [6] })] });
    expect(net.outputShape).toEqual([null, 4, 6]);
    const z = net.predict(tf.zeros([5, 6])) as tf.Tensor;
    expect(z.shape).toEqual([5, 4, 6]);
    const direct = imle(kSubset(6, 2), { samples: 4 }).forward(new Float32Array(30), rng(0).split(0));
    expect([...z.dataSync()]).toEqual([...direct.value]);
  });

  test("an input of another shape is an error in the framework's words, when the model is built", () => {
    expect(() => tf.sequential({ layers: [topK({ config, name: "top", inputShape: [5] })] })).toThrow(
      new RangeError("Input 0 is incompatible with layer top: expected shape=[...,6], found shape=[null,5]."),
    );
  });

  test("layers of different shapes for training and inference are an error", () => {
    const wrong = discreteLayer(tf.layers, "Wrong", (n: number) => ({
      training: identity(kSubset(n, 1)),
      inference: identity(kSubset(n + 1, 1)),
    }));
    expect(() => wrong({ config: 3 })).toThrow(
      new RangeError("Wrong: inference expected inputShape [3] as in training, got [4]"),
    );
  });

  test("arguments that would be dropped or changed are errors", () => {
    const message = (args: unknown): string => {
      try {
        topK(args as never);
      } catch (error) {
        return (error as Error).message;
      }
      return "none";
    };
    expect(message({ config, sead: 3 })).toBe(
      'TopK: unknown option "sead" of arguments, expected config, seed, name, inputShape',
    );
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    expect(message({ config: circle })).toBe("TopK: config.self expected what JSON can hold, got a circle");
    expect(message(undefined)).toBe("TopK: config expected what JSON can hold, got undefined");
    expect(() => discreteLayer(tf.layers, "Made", kSubset(3, 1) as never)).toThrow(
      new TypeError("Made: make expected a function of the configuration, got kSubset"),
    );
    expect(message({})).toBe("TopK: config expected what JSON can hold, got undefined");
    expect(message({ config: { ...config, Step_Size: Infinity } })).toBe(
      "TopK: config.Step_Size expected what JSON can hold, got Infinity",
    );
    expect(message({ config: { list: [1, new Float32Array(2)] } })).toBe(
      "TopK: config.list.1 expected what JSON can hold, got 0,0",
    );
  });

  test("something else than a layer is an error, and so is a second input", () => {
    const structure = discreteLayer(tf.layers, "Structure", () => kSubset(3, 1) as never);
    expect(() => structure({ config: null })).toThrow(/^Structure: training layer expected a layer, got/);
    const nothing = discreteLayer(tf.layers, "Nothing", () => undefined as never);
    expect(() => nothing({ config: null })).toThrow(
      /^Nothing: training layer expected a layer, got undefined/,
    );
    const inputs = [tf.input({ shape: [6] }), tf.input({ shape: [6] })];
    expect(() => topK({ config, name: "two" }).apply(inputs)).toThrow(
      "Layer two expects 1 input, but it received 2 inputs.",
    );
  });

  test("a model with an unregistered class is TensorFlow.js's own error", async () => {
    const modelTopology = {
      class_name: "Sequential",
      config: { name: "m", layers: [{ class_name: "Unheard", config: {} }] },
    };
    await expect(tf.models.modelFromJSON({ modelTopology } as never)).rejects.toThrow(
      /Unknown layer: Unheard/,
    );
  });
});
