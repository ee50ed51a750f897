/** The estimators in the race: the layer that the page runs, and the very code that makes it. */
import {
  blackBox,
  type ExponentialFamily,
  exponentialFamily,
  gumbel,
  identity,
  imle,
  type Layer,
  type Noise,
  perturbation,
  perturbedOptimizer,
  scoreFunction,
  simple,
  stochasticSoftmax,
  straightThrough,
  sumOfGamma,
} from "hardgrad";

export interface Dials {
  /** λ, τ, S. */
  readonly lambda: number;
  readonly tau: number;
  readonly samples: number;
  readonly noise: string;
}

export interface Method {
  readonly name: string;
  readonly label: string;
  /** Learning rate that the dial multiplies: of 0.02, 0.2 and 1 the one that does best over all structures and losses. */
  readonly rate: number;
  /** Dials that it reads, and those of them that change nothing where dL/dz is the same in every state. */
  readonly reads: readonly (keyof Dials)[];
  readonly sameIfLinear?: readonly (keyof Dials)[];
  /** Whether `backward` takes the losses themselves instead of their gradients. */
  readonly losses?: true;
  layer(structure: ExponentialFamily, dials: Dials): Layer;
  /** The call as one would write it. */
  code(dials: Dials): string;
  /** Names that the call imports. */
  readonly imports: readonly string[];
}

/** κ of Sum-of-Gamma is the number of ones; where states differ in it, 4 stands for all. */
const KAPPA = 4;

function noiseOf(structure: ExponentialFamily, { noise }: Dials): Noise {
  return noise === "gumbel" ? gumbel() : sumOfGamma({ k: structure.cardinality ?? KAPPA });
}

const noiseCode = ({ noise }: Dials): string =>
  noise === "gumbel" ? "gumbel()" : `sumOfGamma({ k: structure.cardinality ?? ${KAPPA} })`;

const perturbed = (dials: Dials): string =>
  `noise: ${noiseCode(dials)}, temperature: ${dials.tau}, samples: ${dials.samples}`;

export const methods: readonly Method[] = [
  {
    name: "imle",
    label: "I-MLE",
    rate: 0.2,
    reads: ["lambda", "tau", "samples", "noise"],
    layer: (structure, dials) =>
      imle(structure, {
        noise: noiseOf(structure, dials),
        temperature: dials.tau,
        samples: dials.samples,
        target: perturbation({ lambda: dials.lambda }),
      }),
    code: (dials) =>
      `imle(structure, { ${perturbed(dials)}, target: perturbation({ lambda: ${dials.lambda} }) })`,
    imports: ["imle", "perturbation"],
  },
  {
    name: "simple",
    label: "SIMPLE",
    rate: 0.2,
    reads: ["tau", "samples"],
    sameIfLinear: ["samples"],
    layer: (structure, { tau, samples }) => simple(structure, { temperature: tau, samples }),
    code: ({ tau, samples }) => `simple(structure, { temperature: ${tau}, samples: ${samples} })`,
    imports: ["simple"],
  },
  {
    name: "sst",
    label: "stochastic softmax",
    rate: 0.2,
    reads: ["tau", "samples"],
    layer: (structure, { tau, samples }) =>
      stochasticSoftmax(exponentialFamily(structure), { noise: gumbel(), temperature: tau, samples }),
    code: ({ tau, samples }) =>
      `stochasticSoftmax(exponentialFamily(structure), { noise: gumbel(), temperature: ${tau}, samples: ${samples} })`,
    imports: ["stochasticSoftmax", "exponentialFamily", "gumbel"],
  },
  {
    name: "ste",
    label: "straight-through",
    rate: 0.02,
    reads: ["tau", "samples", "noise"],
    sameIfLinear: ["tau", "samples", "noise"],
    layer: (structure, dials) =>
      straightThrough(structure, {
        noise: noiseOf(structure, dials),
        temperature: dials.tau,
        samples: dials.samples,
      }),
    code: (dials) => `straightThrough(structure, { ${perturbed(dials)} })`,
    imports: ["straightThrough"],
  },
  {
    name: "sfe",
    label: "score function",
    rate: 0.02,
    reads: ["tau", "samples"],
    losses: true,
    layer: (structure, { tau, samples }) =>
      scoreFunction(structure, {
        temperature: tau,
        samples,
        baseline: samples > 1 ? "leave-one-out" : "none",
      }),
    code: ({ tau, samples }) =>
      `scoreFunction(structure, { temperature: ${tau}, samples: ${samples}, baseline: "${samples > 1 ? "leave-one-out" : "none"}" })`,
    imports: ["scoreFunction"],
  },
  {
    name: "perturbed",
    label: "perturbed optimizer",
    rate: 0.02,
    reads: ["tau", "samples"],
    layer: (structure, { tau, samples }) => perturbedOptimizer(structure, { temperature: tau, samples }),
    code: ({ tau, samples }) => `perturbedOptimizer(structure, { temperature: ${tau}, samples: ${samples} })`,
    imports: ["perturbedOptimizer"],
  },
  {
    name: "black-box",
    label: "black box",
    rate: 1,
    reads: ["lambda"],
    layer: (structure, { lambda }) => blackBox(structure, { lambda }),
    code: ({ lambda }) => `blackBox(structure, { lambda: ${lambda} })`,
    imports: ["blackBox"],
  },
  {
    name: "identity",
    label: "identity",
    rate: 0.02,
    reads: [],
    layer: (structure) => identity(structure),
    code: () => "identity(structure)",
    imports: ["identity"],
  },
];
