import {
  categorical,
  exponentialFamily,
  type FloatArray,
  gumbel,
  gumbelSoftmax,
  imle,
  type KSubset,
  kSubset,
  type Layer,
  type Noise,
  perturbation,
  type Rng,
  simple,
  stochasticSoftmax,
  straightThrough,
  sumOfGamma,
} from "../../src/index.ts";
import type { DvaeConfig, MethodName } from "./config.ts";

export interface Method {
  /** Each variable's subset size. */
  readonly k: number;
  /** τ: states are drawn, by whatever means, as from p(z; θ/τ). */
  readonly temperature: number;
  /** The layer of an epoch, counted from 1. */
  layer(epoch: number): Layer;
  /** Hard states of the trained model. */
  sample(theta: FloatArray, rng: Rng): FloatArray;
}

/** s of Sum-of-Gamma noise, as in all published experiments. */
const ITERATIONS = 10;

/** What is trained under a name; hyperparameters as in I-MLE's code. */
export function methodOf(name: MethodName, config: DvaeConfig): Method {
  const { categories, lambda, temperature } = config;
  const k = isForOne(name) ? 1 : config.k;
  const subsets = kSubset(categories, k);
  const sog = sumOfGamma({ k, iterations: ITERATIONS });
  switch (name) {
    case "imle-sog":
      return perturbed(k, temperature, implicit(subsets, sog, temperature, lambda));
    case "imle-gumbel":
      return perturbed(k, 1, implicit(subsets, gumbel(), 1, lambda));
    case "ste":
      return perturbed(k, temperature, straightThrough(subsets, { noise: sog, temperature }));
    case "simple":
    case "simple-k1":
      return perturbed(k, 1, simple(subsets));
    case "sst": {
      const layer = stochasticSoftmax(exponentialFamily(subsets), { temperature: config.sstTemperature });
      return { k, temperature: 1, layer: () => layer, sample: layer.evaluate };
    }
    case "gumbel-softmax":
    case "gumbel-softmax-st": {
      const hard = name === "gumbel-softmax-st";
      const one = categorical(categories);
      const tested = gumbelSoftmax(one, { hard: true });
      return {
        k,
        temperature: 1,
        layer: (epoch) => gumbelSoftmax(one, { hard, temperature: annealed(epoch) }),
        sample: (theta, rng) => tested.forward(theta, rng).value,
      };
    }
  }
}

/** Of methods for one category. */
export function isForOne(name: string): boolean {
  return name.startsWith("gumbel-softmax") || name === "simple-k1";
}

/** The temperature of Gumbel-softmax: from 1, times exp(−3e-4 · epoch) in every epoch, not below ½. */
export function annealed(epoch: number): number {
  return Math.max(0.5, Math.exp((-3e-4 * epoch * (epoch + 1)) / 2));
}

/** A layer whose values are hard in training, too. */
function perturbed(k: number, temperature: number, layer: Layer): Method {
  return { k, temperature, layer: () => layer, sample: (theta, rng) => layer.forward(theta, rng).value };
}

function implicit(subsets: KSubset, noise: Noise, temperature: number, lambda: number): Layer {
  return imle(subsets, { noise, temperature, target: perturbation({ lambda }) });
}
