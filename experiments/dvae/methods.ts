import {
  categorical,
  type ExponentialFamily,
  exponentialFamily,
  type FloatArray,
  gumbel,
  gumbelSoftmax,
  imle,
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
  /** p(z; θ/τ) of this law is what states are drawn from, exactly or by perturb-and-MAP. */
  readonly law: ExponentialFamily;
  readonly temperature: number;
  /** Whether the layer's pullback is the product with the law's Jacobian. */
  readonly isJacobian: boolean;
  /** The layer of an epoch, counted from 1. */
  layer(epoch: number): Layer;
  /** Hard states of the trained model. */
  sample(theta: FloatArray, rng: Rng): FloatArray;
}

/** s of Sum-of-Gamma noise, as in all published experiments. */
const ITERATIONS = 10;

/** What is trained under a name; hyperparameters as in I-MLE's code. */
export function methodOf(name: MethodName, config: DvaeConfig): Method {
  const { categories, k, lambda, temperature } = config;
  const law = isForOne(name) ? categorical(categories) : kSubset(categories, k);
  const sog = (): Noise => sumOfGamma({ k, iterations: ITERATIONS });
  const target = perturbation({ lambda });
  const always = (layer: Layer, temperature = 1): Method => ({
    law,
    temperature,
    isJacobian: layer.name === "simple",
    layer: () => layer,
    sample: (theta, rng) => layer.forward(theta, rng).value,
  });
  switch (name) {
    case "imle-sog":
      return always(imle(law, { noise: sog(), temperature, target }), temperature);
    case "imle-gumbel":
      return always(imle(law, { noise: gumbel(), target }));
    case "ste":
      return always(straightThrough(law, { noise: sog(), temperature }), temperature);
    case "simple":
    case "simple-k1":
      return always(simple(law));
    case "sst": {
      const layer = stochasticSoftmax(exponentialFamily(law), { temperature: config.sstTemperature });
      return { ...always(layer), sample: layer.evaluate };
    }
    case "gumbel-softmax":
    case "gumbel-softmax-st": {
      const hard = name === "gumbel-softmax-st";
      return {
        ...always(gumbelSoftmax(law, { hard: true })),
        layer: (epoch) => gumbelSoftmax(law, { hard, temperature: annealed(epoch) }),
      };
    }
  }
}

/** Methods for one category instead of a subset. */
export function isForOne(name: string): boolean {
  return name.startsWith("gumbel-softmax") || name === "simple-k1";
}

/** The temperature of Gumbel-softmax: from 1, times exp(−3e-4 · epoch) in every epoch, not below ½. */
export function annealed(epoch: number): number {
  return Math.max(0.5, Math.exp((-3e-4 * epoch * (epoch + 1)) / 2));
}
