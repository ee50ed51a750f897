/** The auto-encoder of I-MLE and SIMPLE: dense layers with ReLU around one discrete layer. */
import { jit, nn, numpy as np, tree } from "@jax-js/jax";
import { binaryCrossEntropy } from "../../lab/nn/activations.ts";
import { type Dense, dense, initDense } from "../../lab/nn/dense.ts";
import { glorotUniform } from "../../lab/nn/initialisers.ts";
import { adam } from "../../lab/nn/optimiser.ts";
import { read } from "../../lab/nn/read.ts";
import { type Sandwich, sandwich, type Tree } from "../../src/frameworks/jax.ts";
import type { Layer, Rng } from "../../src/index.ts";
import type { DvaeConfig } from "./config.ts";
import { PIXELS } from "./data.ts";

export type Params = { encoder: Dense[]; decoder: Dense[] };
export type OptimiserStates = { encoder: Tree; decoder: Tree };

export interface Model {
  /** Keras' defaults, as published: Glorot's uniform weights, no bias. */
  init(rng: Rng): { params: Params; states: OptimiserStates };
  /** One update by the batch's mean cross-entropy, and by what the layer adds. The layer is the context. */
  readonly step: Sandwich<Dense[], Dense[], np.Array, Layer, Tree, Tree>["stepAsync"];
  /** θ of images. Parameters are kept, images consumed. */
  encode(params: Params, images: np.Array): Promise<Float32Array>;
  /** Pixels' mean values for states. */
  decode(params: Params, z: Float32Array): Promise<Float32Array>;
  /** Binary cross-entropy of a batch of images, summed over pixels and images. Images are consumed. */
  crossEntropy(params: Params, images: np.Array, z: Float32Array): Promise<number>;
  dispose(): void;
}

export function dvaeModel(config: DvaeConfig): Model {
  const { batch, variables, categories } = config;
  const latent = variables * categories;
  const widths = [PIXELS, ...config.hidden, latent];
  const optimiser = adam({ rate: config.rate, epsilon: 1e-7 });

  const encoder = (params: Dense[], x: np.Array): np.Array =>
    multilayer(params, x).reshape([-1, variables, categories]);
  const logits = (params: Dense[], z: np.Array): np.Array => multilayer(params, z.reshape([-1, latent]));
  // Image by image: one long sum of singles would lose digits.
  const total = (params: Dense[], x: np.Array, z: np.Array): np.Array =>
    np.sum(np.sum(binaryCrossEntropy(logits(params, z), x), 1));
  const decoder = (params: Dense[], x: np.Array, z: np.Array): np.Array => total(params, x, z).div(batch);

  // One set of programs for all methods: which layer stands in the middle is said in each step.
  const layer: Layer<Layer> = {
    name: "dvae",
    inputShape: [categories],
    outputShape: [categories],
    forward: (theta, rng, chosen) => chosen!.forward(theta, rng),
  };
  const model = sandwich({ encoder, layer, decoder, update: optimiser.update });
  const programs = {
    encode: jit(encoder),
    decode: jit((params: Dense[], z: np.Array) => nn.sigmoid(logits(params, z))),
    total: jit(total),
  };
  const states = (z: Float32Array): np.Array =>
    np.array(z as Float32Array<ArrayBuffer>, { shape: [z.length / latent, latent] });

  return {
    init(rng) {
      const chain = (key: number, sizes: readonly number[]): Dense[] =>
        sizes
          .slice(1)
          .map((outputs, i) => initDense(rng.split(key).split(i), sizes[i]!, outputs, glorotUniform));
      const params = { encoder: chain(0, widths), decoder: chain(1, widths.toReversed()) };
      return {
        params,
        states: { encoder: optimiser.init(params.encoder), decoder: optimiser.init(params.decoder) },
      };
    },
    step: model.stepAsync,
    encode: ({ encoder }, images) => read(programs.encode(tree.ref(encoder), images)),
    decode: ({ decoder }, z) => read(programs.decode(tree.ref(decoder), states(z))),
    crossEntropy: async ({ decoder }, images, z) =>
      (await read(programs.total(tree.ref(decoder), images, states(z))))[0]!,
    dispose() {
      model.dispose();
      for (const program of Object.values(programs)) program.dispose();
    },
  };
}

function multilayer(params: Dense[], x: np.Array): np.Array {
  return params.reduce((h, layer, i) => {
    const y = dense(layer, h);
    return i < params.length - 1 ? nn.relu(y) : y;
  }, x);
}
