import {
  binaryEntropy,
  blackBox,
  categoricalEntropy,
  euclidean,
  exponentialFamily,
  identity,
  imle,
  kSubset,
  type Layer,
  learnToExplain,
  perturbation,
  perturbedOptimizer,
  relaxedSubset,
  scoreFunction,
  simple,
  stochasticSoftmax,
  sumOfGamma,
} from "../../src/index.ts";
import type { Instance } from "./data.ts";
import { type GradientEstimator, ITERATIONS, squaredDistances } from "./model.ts";

/** An estimator that the paper's figures do not have. */
export interface Other {
  readonly name: string;
  readonly label: string;
  /** The best of `otherLearningRates`. */
  readonly learningRate: number;
  /** Whether the loss sees soft states, or means of states, in place of hard ones. */
  readonly soft: boolean;
  make(instance: Instance): GradientEstimator;
}

/** The best dials (λ, temperature) of a coarse grid, like the learning rates; one sample a step where not said otherwise. */
export const others: readonly Other[] = [
  through("imle-central", "I-MLE SoG, central", 2, "hard", ({ k, b }) =>
    imle(kSubset(b.length, k), {
      noise: sumOfGamma({ k, iterations: ITERATIONS }),
      target: perturbation({ lambda: 2 }),
      difference: "central",
    }),
  ),
  through("black-box", "black box", 2, "hard", ({ k, b }) => blackBox(kSubset(b.length, k), { lambda: 2 })),
  through("identity", "identity", 1, "hard", ({ k, b }) =>
    identity(kSubset(b.length, k), { projection: "mean" }),
  ),
  through("perturbed", "perturbed optimizer", 0.5, "soft", ({ k, b }) =>
    perturbedOptimizer(kSubset(b.length, k), {
      temperature: 2,
      samples: 10,
      controlVariate: "leave-one-out",
    }),
  ),
  {
    name: "sfe-loo",
    label: "SFE, 4 samples",
    learningRate: 0.1,
    soft: false,
    make({ k, b }) {
      const layer = scoreFunction(kSubset(b.length, k), { samples: 4, baseline: "leave-one-out" });
      return (theta, rng) => {
        const z = layer.forward(theta, rng);
        return z.backward(squaredDistances(z.value, b));
      };
    },
  },
  through("simple", "SIMPLE", 1, "hard", ({ k, b }) => simple(kSubset(b.length, k))),
  {
    // On states ‖z − b‖² = ⟨z, 1 − 2b⟩ + ‖b‖²: so written, SIMPLE is the exact gradient.
    name: "simple-linear",
    label: "SIMPLE, linear loss",
    learningRate: 1,
    soft: false,
    make({ k, b }) {
      const layer = simple(kSubset(b.length, k));
      return (theta, rng) => {
        const z = layer.forward(theta, rng);
        return z.backward(z.value.map((_, i) => 1 - 2 * b[i % b.length]!));
      };
    },
  },
  through("sst", "exponential family", 1, "soft", ({ k, b }) =>
    stochasticSoftmax(exponentialFamily(kSubset(b.length, k)), { temperature: 3 }),
  ),
  through("sst-hard", "exp. family, hard", 1, "hard", ({ k, b }) =>
    stochasticSoftmax(exponentialFamily(kSubset(b.length, k)), { temperature: 1, hard: true }),
  ),
  through("euclidean", "Euclidean", 1, "soft", ({ k, b }) =>
    stochasticSoftmax(euclidean(kSubset(b.length, k)), { temperature: 3 }),
  ),
  through("binary-entropy", "binary entropy", 2, "soft", ({ k, b }) =>
    stochasticSoftmax(binaryEntropy(kSubset(b.length, k)), { temperature: 3 }),
  ),
  through("categorical-entropy", "categorical entropy", 1, "soft", ({ k, b }) =>
    stochasticSoftmax(categoricalEntropy(kSubset(b.length, k)), { temperature: 3 }),
  ),
  through("relaxed-subset", "SoftSub", 0.2, "soft", ({ k, b }) =>
    relaxedSubset(kSubset(b.length, k), { temperature: 3 }),
  ),
  through("learn-to-explain", "L2X", 1, "soft", ({ k, b }) =>
    learnToExplain(kSubset(b.length, k), { temperature: 3 }),
  ),
];

/** The loss ‖z − b‖², with z hard or soft as the layer gives it. */
function through(
  name: string,
  label: string,
  learningRate: number,
  states: "hard" | "soft",
  make: (instance: Instance) => Layer,
): Other {
  return {
    name,
    label,
    learningRate,
    soft: states === "soft",
    make(instance) {
      const { b } = instance;
      const layer = make(instance);
      return (theta, rng) => {
        const z = layer.forward(theta, rng);
        return z.backward(z.value.map((value, i) => 2 * (value - b[i % b.length]!)));
      };
    },
  };
}
