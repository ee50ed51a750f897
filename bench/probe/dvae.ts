/** Twenty 10-subsets of 20 as the code of drawn digits, with the experiment's quick network and the exact KL. */
import { numpy as np, tree } from "@jax-js/jax";
import { presets } from "../../experiments/dvae/config.ts";
import { batchOf, loadDigits, PIXELS } from "../../experiments/dvae/data.ts";
import { bound } from "../../experiments/dvae/evaluate.ts";
import { withKl } from "../../experiments/dvae/kl.ts";
import { methodOf } from "../../experiments/dvae/methods.ts";
import { dvaeModel, type OptimiserStates, type Params } from "../../experiments/dvae/model.ts";
import type { Dense } from "../../lab/nn/dense.ts";
import { read } from "../../lab/nn/read.ts";
import { keyedRng } from "../../lab/run/keyed-rng.ts";
import { shuffled } from "../../lab/run/shuffled.ts";
import {
  type FloatArray,
  kSubset,
  type Layer,
  type LossAndGradient,
  repeat,
  simple,
} from "../../src/index.ts";
import type { Midway, Probed } from "./midway.ts";

const config = { ...presets.quick, temperature: 1 };
const MIDDLE = 4;
const END = 6;
/** Images that are probed. */
const IMAGES = 16;

export const dvae: Probed = {
  name: "dvae",
  metric: "bound on −log p(x) of test images, nats",
  better: "lower",
  about: `drawn digits, ${config.trainImages} of them; ${MIDDLE} epochs with \`simple\`, then ${END - MIDDLE} more; ${IMAGES} images, cross-entropy`,
  own: {
    "I-MLE, published λ": `imle(structure, { noise: sumOfGamma({ k: ${config.k}, iterations: 10 }), target: perturbation({ lambda: ${config.lambda / config.batch} }) })`,
  },
  midway,
};

async function midway(seed: number): Promise<Midway> {
  const rng = (...key: (string | number)[]) => keyedRng(seed, ["probe", "dvae", ...key]);
  const { batch, variables, categories, k } = config;
  const digits = loadDigits(undefined, config, rng("digits"));
  const images = digits.train.length / PIXELS;
  const steps = Math.floor(images / batch);
  const model = dvaeModel(config);
  const method = methodOf("simple", config);
  // All subsets of an image share one loss: they are one row.
  const structure = repeat(kSubset(categories, k), variables);

  type State = { params: Params; states: OptimiserStates };
  async function epochs(state: State, from: number, to: number, layer: Layer): Promise<State> {
    const trained = withKl(perImage(layer, batch), method, 1 / batch, false);
    let { params, states } = state;
    for (let at = from * steps; at < to * steps; at++) {
      const order = shuffled(images, rng("order", Math.floor(at / steps)));
      const floats = batchOf(digits.train, order, (at % steps) * batch, batch);
      const x = np.array(floats, { shape: [batch, PIXELS] });
      const made = await model.step(params, states, x, { rng: rng("step", at), context: trained });
      ({ params, states } = made);
      tree.dispose(made.aux);
    }
    return { params, states };
  }

  const state = await epochs(model.init(rng("weights")), 0, MIDDLE, simple(structure));
  const pixels = batchOf(digits.train, shuffled(images, rng("sample")), 0, IMAGES);
  const theta = await model.encode(state.params, np.array(pixels, { shape: [IMAGES, PIXELS] }));
  return {
    structure,
    theta,
    loss: await crossEntropy(state.params.decoder, pixels),
    async goOn(layer) {
      const end = await epochs(tree.ref(state), MIDDLE, END, layer);
      const training = { config, digits, model, method, kl: method, rng: rng("run") };
      const nats = await bound(training, end.params, rng("bound"));
      tree.dispose(end);
      return nats;
    },
    dispose() {
      tree.dispose(state);
      model.dispose();
    },
  };
}

/** The decoder's loss of each image, summed over pixels, by hand: `probe` cannot wait for an engine. */
async function crossEntropy(
  decoder: readonly Dense[],
  pixels: Float32Array,
): Promise<(z: FloatArray) => LossAndGradient> {
  const layers = await Promise.all(
    decoder.map(async ({ weight, bias }) => ({
      weight: await read(weight.ref),
      bias: await read(bias.ref),
    })),
  );
  return (z) => {
    const rows = pixels.length / PIXELS;
    const value = new Float64Array(rows);
    const gradient = z.slice();
    const inputs = z.length / rows;
    for (let row = 0; row < rows; row++) {
      const seen: Float64Array[] = [Float64Array.from(z.subarray(row * inputs, (row + 1) * inputs))];
      for (const [l, { weight, bias }] of layers.entries()) {
        const x = seen[l]!;
        const y = Float64Array.from(bias);
        for (const [i, xi] of x.entries()) {
          if (xi !== 0) for (let j = 0; j < y.length; j++) y[j]! += xi * weight[i * y.length + j]!;
        }
        seen.push(l < layers.length - 1 ? y.map((h) => Math.max(h, 0)) : y);
      }
      let slope = seen.at(-1)!.map((logit, p) => {
        const target = pixels[row * PIXELS + p]!;
        value[row]! += Math.max(logit, 0) - logit * target + Math.log1p(Math.exp(-Math.abs(logit)));
        return (Math.tanh(logit / 2) + 1) / 2 - target;
      });
      for (let l = layers.length - 1; l >= 0; l--) {
        const { weight } = layers[l]!;
        const above = slope;
        slope = seen[l]!.map((x, i) => {
          if (l > 0 && x === 0) return 0;
          let sum = 0;
          for (let j = 0; j < above.length; j++) sum += above[j]! * weight[i * above.length + j]!;
          return sum;
        });
      }
      gradient.set(slope, row * inputs);
    }
    return { value, gradient };
  };
}

/** A layer whose pullback meets the gradient of each image's own loss, though the network's loss is a mean. */
function perImage(layer: Layer, batch: number): Layer {
  return {
    ...layer,
    forward(theta, rng, context) {
      const evaluation = layer.forward(theta, rng, context);
      return {
        ...evaluation,
        backward(cotangent) {
          const gradient = evaluation.backward(cotangent.map((g) => g * batch));
          return gradient.map((g) => g / batch) as typeof gradient;
        },
      };
    },
  };
}
