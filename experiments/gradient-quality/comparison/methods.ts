/** Every estimator of the library, with the dial that it has. A new one is an entry in the list. */
import {
  adaptive,
  binaryEntropy,
  blackBox,
  categoricalEntropy,
  euclidean,
  exponentialFamily,
  gumbel,
  gumbelSoftmax,
  identity,
  imle,
  learnToExplain,
  perturbation,
  perturbedOptimizer,
  relaxedSubset,
  scoreFunction,
  simple,
  sinkhorn,
  sparseMap,
  stochasticSoftmax,
  straightThrough,
} from "../../../src/index.ts";
import { type Estimator, repeated, throughLayer } from "../estimator.ts";
import { noiseScore } from "./noise-score.ts";
import type { Compared } from "./structures.ts";

export interface Dial {
  readonly symbol: "λ" | "β" | "t" | "ε";
  readonly values: readonly number[];
}

export interface ComparedMethod {
  readonly name: string;
  readonly label: string;
  /** What it needs, which is also whose expectation it is about. */
  readonly kind: "exact inference" | "perturb-and-MAP" | "MAP alone" | "relaxation";
  readonly dial?: Dial;
  /** Structures it is made for, by the structure's own name; all where absent. */
  readonly only?: readonly string[];
  make(structure: Compared, dial: number): Estimator;
}

const LAMBDA: Dial = { symbol: "λ", values: [0.1, 0.3, 1, 3, 10, 30, 100] };
const BETA: Dial = { symbol: "β", values: [0.1, 0.3, 1, 3, 10] };
const TEMPERATURE: Dial = { symbol: "t", values: [0.1, 0.3, 1, 3, 10, 30] };
const EPSILON: Dial = { symbol: "ε", values: [0.3, 1, 3, 10] };
const SUBSETS = ["kSubset"];
/** Samples of the estimators that need several; in brackets in their labels. */
export const LEAVE_ONE_OUT_SAMPLES = 4;
export const PERTURBED_SAMPLES = 10;

export const methods: readonly ComparedMethod[] = [
  {
    name: "simple",
    label: "SIMPLE",
    kind: "exact inference",
    make: ({ family }) => throughLayer(simple(family)),
  },
  {
    name: "simple-f",
    label: "SIMPLE-F",
    kind: "exact inference",
    make: ({ family }) => throughLayer(simple(family, { backward: "exact-samples" })),
  },
  {
    name: "simple-b",
    label: "SIMPLE-B",
    kind: "exact inference",
    make: ({ family }) => throughLayer(simple(family, { forward: "perturb-and-map" })),
  },
  {
    name: "sfe",
    label: "score function",
    kind: "exact inference",
    make: ({ family }) => scored(family, 1),
  },
  {
    name: "sfe-loo",
    label: `score function (${LEAVE_ONE_OUT_SAMPLES})`,
    kind: "exact inference",
    make: ({ family }) => scored(family, LEAVE_ONE_OUT_SAMPLES),
  },
  {
    name: "imle",
    label: "I-MLE, SoG",
    kind: "perturb-and-MAP",
    dial: LAMBDA,
    make: ({ family }, lambda) => throughLayer(imle(family, { target: perturbation({ lambda }) })),
  },
  {
    name: "imle-gumbel",
    label: "I-MLE, Gumbel",
    kind: "perturb-and-MAP",
    dial: LAMBDA,
    make: ({ family }, lambda) =>
      throughLayer(imle(family, { noise: gumbel(), target: perturbation({ lambda }) })),
  },
  {
    name: "imle-central",
    label: "I-MLE, SoG, central",
    kind: "perturb-and-MAP",
    dial: LAMBDA,
    make: ({ family }, lambda) =>
      throughLayer(imle(family, { target: perturbation({ lambda }), difference: "central" })),
  },
  {
    name: "imle-adaptive",
    label: "I-MLE, λ = β‖θ‖/‖∇L‖",
    kind: "perturb-and-MAP",
    dial: BETA,
    make:
      ({ family }, beta) =>
      (instance, rows, rng) =>
        // A fresh one each time: its β moves.
        throughLayer(imle(family, { target: adaptive({ beta }) }))(instance, rows, rng),
  },
  {
    name: "straight-through",
    label: "straight-through",
    kind: "perturb-and-MAP",
    make: ({ family }) => throughLayer(straightThrough(family)),
  },
  {
    name: "perturbed",
    label: `perturbed (${PERTURBED_SAMPLES})`,
    kind: "perturb-and-MAP",
    dial: EPSILON,
    make: ({ family }, temperature) =>
      throughLayer(
        perturbedOptimizer(family, {
          temperature,
          samples: PERTURBED_SAMPLES,
          controlVariate: "leave-one-out",
        }),
      ),
  },
  {
    name: "perturbed-multiplicative",
    label: `multiplicative (${PERTURBED_SAMPLES})`,
    kind: "perturb-and-MAP",
    dial: EPSILON,
    make: ({ family }, temperature) =>
      throughLayer(
        perturbedOptimizer(family, {
          temperature,
          samples: PERTURBED_SAMPLES,
          perturbation: "multiplicative",
          controlVariate: "leave-one-out",
        }),
      ),
  },
  {
    name: "noise-score",
    label: "score of the noise",
    kind: "perturb-and-MAP",
    make: noiseScore,
  },
  {
    name: "black-box",
    label: "black box",
    kind: "MAP alone",
    dial: LAMBDA,
    make: ({ family }, lambda) => throughLayer(blackBox(family, { lambda })),
  },
  {
    name: "identity",
    label: "identity",
    kind: "MAP alone",
    make: ({ family }) => throughLayer(identity(family, { projection: "standardise" })),
  },
  relaxed("sst", "exponential family", ({ family }, temperature) =>
    throughLayer(stochasticSoftmax(exponentialFamily(family), { temperature })),
  ),
  relaxed("sst-hard", "exponential family, hard", ({ family }, temperature) =>
    throughLayer(stochasticSoftmax(exponentialFamily(family), { temperature, hard: true })),
  ),
  relaxed("sparse-map", "SparseMAP", ({ family }, temperature) =>
    throughLayer(stochasticSoftmax(sparseMap(family), { temperature })),
  ),
  relaxed(
    "gumbel-softmax",
    "Gumbel-softmax",
    ({ family }, temperature) => throughLayer(gumbelSoftmax(family, { temperature })),
    ["categorical"],
  ),
  relaxed(
    "euclidean",
    "Euclidean, top-k",
    ({ family }, temperature) => throughLayer(stochasticSoftmax(euclidean(family), { temperature })),
    SUBSETS,
  ),
  relaxed(
    "binary-entropy",
    "binary entropy, top-k",
    ({ family }, temperature) => throughLayer(stochasticSoftmax(binaryEntropy(family), { temperature })),
    SUBSETS,
  ),
  relaxed(
    "categorical-entropy",
    "categorical entropy, top-k",
    ({ family }, temperature) => throughLayer(stochasticSoftmax(categoricalEntropy(family), { temperature })),
    SUBSETS,
  ),
  relaxed(
    "relaxed-subset",
    "SoftSub",
    ({ family }, temperature) => throughLayer(relaxedSubset(family, { temperature })),
    SUBSETS,
  ),
  relaxed(
    "learn-to-explain",
    "L2X",
    ({ family }, temperature) => throughLayer(learnToExplain(family, { temperature })),
    SUBSETS,
  ),
  relaxed(
    "sinkhorn",
    "Sinkhorn",
    ({ family }, temperature) => throughLayer(stochasticSoftmax(sinkhorn(family), { temperature })),
    ["matching"],
  ),
];

export function applicable(structure: Compared): ComparedMethod[] {
  return methods.filter(({ only }) => only?.includes(structure.family.name) ?? true);
}

/** The dial's values; a method without a dial has one setting, called 0. */
export function settings(method: ComparedMethod): readonly number[] {
  return method.dial?.values ?? [0];
}

function relaxed(
  name: string,
  label: string,
  make: ComparedMethod["make"],
  only?: readonly string[],
): ComparedMethod {
  return { name, label, kind: "relaxation", dial: TEMPERATURE, make, ...(only ? { only } : {}) };
}

function scored(family: Compared["family"], samples: number): Estimator {
  const layer = scoreFunction(family, samples > 1 ? { samples, baseline: "leave-one-out" } : {});
  return ({ theta, loss }, rows, rng) => {
    const z = layer.forward(repeated(theta, rows), rng);
    return z.backward(loss(z.value).value) as Float64Array;
  };
}
