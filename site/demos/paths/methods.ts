/** How shown paths become gradients of predicted costs. */
import { blackBox, fenchelYoung, gaussian, gumbel, hamming, imle, perturbation, type Rng } from "hardgrad";
import { CELLS, grid } from "./terrain.ts";

export interface Dials {
  /** λ, τ, S. */
  readonly lambda: number;
  readonly tau: number;
  readonly samples: number;
}

/** dL/dθ for rows of θ and of shown paths. */
export type Gradient = (theta: Float32Array, shown: Float32Array, random: Rng) => Float32Array;

export interface Method {
  readonly name: string;
  readonly label: string;
  /** Dials that it reads. */
  readonly reads: readonly (keyof Dials)[];
  gradient(dials: Dials): Gradient;
  /** The same as one would write it, and the names that it imports. */
  code(dials: Dials): string;
  readonly imports: readonly string[];
}

const byHamming =
  (layer: ReturnType<typeof imle>): Gradient =>
  (theta, shown, random) => {
    const z = layer.forward(theta, random);
    return z.backward(hamming(z.value, shown, CELLS).gradient) as Float32Array;
  };

export const methods: readonly Method[] = [
  {
    name: "imle",
    label: "I-MLE",
    reads: ["lambda", "tau", "samples"],
    gradient: ({ lambda, tau, samples }) =>
      byHamming(imle(grid, { noise: gumbel(), temperature: tau, samples, target: perturbation({ lambda }) })),
    code: ({ lambda, tau, samples }) =>
      `byHamming(imle(grid, { noise: gumbel(), temperature: ${tau}, samples: ${samples}, target: perturbation({ lambda: ${lambda} }) }))`,
    imports: ["gumbel", "hamming", "imle", "perturbation"],
  },
  {
    name: "black-box",
    label: "black box",
    reads: ["lambda"],
    gradient: ({ lambda }) => byHamming(blackBox(grid, { lambda })),
    code: ({ lambda }) => `byHamming(blackBox(grid, { lambda: ${lambda} }))`,
    imports: ["blackBox", "hamming"],
  },
  {
    name: "fenchel-young",
    label: "Fenchel–Young loss",
    reads: ["tau", "samples"],
    gradient({ tau, samples }) {
      const loss = fenchelYoung(grid, { noise: gaussian(), temperature: tau, samples });
      return (theta, shown, random) => loss(theta, shown, random).gradient as Float32Array;
    },
    code: ({ tau, samples }) => {
      const options = `{ noise: gaussian(), temperature: ${tau}, samples: ${samples} }`;
      return `((loss) => (theta, shown, random) => loss(theta, shown, random).gradient)(fenchelYoung(grid, ${options}))`;
    },
    imports: ["fenchelYoung", "gaussian"],
  },
];
