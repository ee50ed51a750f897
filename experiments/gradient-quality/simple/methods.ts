/** The estimators of the paper's figures, and some beside them. A new one is an entry in the list. */
import {
  gumbel,
  gumbelSoftmax,
  imle,
  type Noise,
  perturbation,
  scoreFunction,
  simple,
  straightThrough,
  sumOfGamma,
} from "../../../src/index.ts";
import { type Estimator, repeated, throughLayer } from "../estimator.ts";
import type { Problem } from "./problems.ts";

/** What methods take from the configuration. */
interface Dials {
  readonly lambda: number;
  readonly temperature: number;
  readonly backwardSamples: number;
}

export interface Method {
  readonly name: string;
  readonly label: string;
  /** Problems it is made for; all where absent. */
  applies?(problem: Problem): boolean;
  make(problem: Problem, dials: Dials): Estimator;
}

export const methods: readonly Method[] = [
  {
    name: "exact",
    label: "exact",
    make: () => (instance, rows) => repeated(instance.exact, rows),
  },
  {
    name: "simple",
    label: "SIMPLE",
    make: ({ family }) => throughLayer(simple(family)),
  },
  {
    name: "simple-f",
    label: "SIMPLE-F",
    make: ({ family }, { backwardSamples }) =>
      throughLayer(simple(family, { backward: "exact-samples", backwardSamples })),
  },
  {
    name: "simple-b",
    label: "SIMPLE-B",
    make: (problem) =>
      throughLayer(simple(problem.family, { forward: "perturb-and-map", noise: noiseOf(problem) })),
  },
  {
    // As the notebook has it: z − z′ with independent z ~ p(θ) and z′ ~ p(θ − λ∇L).
    name: "simple-f-published",
    label: "SIMPLE-F, published code",
    make:
      ({ family }, { lambda }) =>
      ({ theta, loss }, rows, rng) => {
        const parameters = repeated(theta, rows);
        const [z, target, moved] = [parameters.slice(), parameters.slice(), parameters.slice()];
        family.sample(parameters, rng, z);
        perturbation({ lambda }).parameters(parameters, loss(z).gradient, moved);
        family.sample(moved, rng.split(0), target);
        return z.map((value, i) => value - target[i]!);
      },
  },
  {
    // As the notebook has it: a perturb-and-MAP state forward, μ(θ) − μ(θ − λ∇L) backward.
    name: "simple-b-published",
    label: "SIMPLE-B, published code",
    make: (problem, { lambda }) => {
      const { family } = problem;
      const sampler = simple(family, { forward: "perturb-and-map", noise: noiseOf(problem) });
      return ({ theta, loss }, rows, rng) => {
        const parameters = repeated(theta, rows);
        const [moved, mu, target] = [parameters.slice(), parameters.slice(), parameters.slice()];
        const { value } = sampler.forward(parameters, rng);
        perturbation({ lambda }).parameters(parameters, loss(value).gradient, moved);
        family.marginals(parameters, mu);
        family.marginals(moved, target);
        return mu.map((x, i) => x - target[i]!);
      };
    },
  },
  {
    name: "imle",
    label: "I-MLE",
    make: (problem, { lambda }) =>
      throughLayer(imle(problem.family, { noise: noiseOf(problem), target: perturbation({ lambda }) })),
  },
  {
    name: "imle-gumbel",
    label: "I-MLE, Gumbel noise",
    make: ({ family }, { lambda }) =>
      throughLayer(imle(family, { noise: gumbel(), target: perturbation({ lambda }) })),
  },
  {
    name: "ste",
    label: "straight-through",
    make: ({ family }) => throughLayer(straightThrough(family, { noise: gumbel() })),
  },
  {
    name: "sfe",
    label: "score function",
    make: ({ family }) => {
      const layer = scoreFunction(family);
      return ({ theta, loss }, rows, rng) => {
        const z = layer.forward(repeated(theta, rows), rng);
        return z.backward(loss(z.value).value) as Float64Array;
      };
    },
  },
  {
    name: "st-gumbel-softmax",
    label: "straight-through Gumbel-softmax",
    applies: ({ oneHot }) => oneHot,
    make: ({ family }, { temperature }) => throughLayer(gumbelSoftmax(family, { temperature, hard: true })),
  },
];

export function applicable(problem: Problem, config: { readonly methods: readonly string[] }): Method[] {
  return methods.filter(
    (method) => config.methods.includes(method.name) && (method.applies?.(problem) ?? true),
  );
}

/** The paper's noise: Sum-of-Gamma with κ = number of ones, s = 10. */
function noiseOf({ family }: Problem): Noise {
  return family.cardinality === undefined ? gumbel() : sumOfGamma({ k: family.cardinality, iterations: 10 });
}
