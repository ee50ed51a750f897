/**
 * What gradients are estimated of: E L(z) under p(z; θ), for structures small enough to enumerate. A new structure is a
 * line in the list.
 */
import { categorical, type ExponentialFamily, kSubset, type Rng } from "../../../src/index.ts";
import type { Instance, Loss } from "../estimator.ts";
import { exactGradient } from "../exact-gradient.ts";
import { linearLoss, squaredLoss } from "../separable-losses.ts";
import { publishedInstances } from "./published-instances.ts";

export interface Problem {
  readonly name: string;
  readonly label: string;
  /** Where the paper has it; its numbers are in summary.json. */
  readonly source?: string;
  readonly family: ExponentialFamily;
  /** Whether each of its states has a single one, so that Gumbel-softmax applies. */
  readonly oneHot: boolean;
  /** The loss of a state, given the target b. */
  loss(b: Float64Array): Loss;
}

export const problems: readonly Problem[] = [
  {
    name: "5-of-10",
    label: "5 of 10",
    source: "SIMPLE, Sec. 5.1, Figure 1",
    family: kSubset(10, 5),
    oneHot: false,
    loss: squaredLoss,
  },
  {
    name: "1-of-10",
    label: "1 of 10",
    source: "SIMPLE, Sec. 4, Figure 3",
    family: categorical(10),
    oneHot: true,
    loss: squaredLoss,
  },
  {
    name: "5-of-10-linear",
    label: "5 of 10, the same loss written linearly",
    family: kSubset(10, 5),
    oneHot: false,
    loss: linearLoss,
  },
];

/** The index-th instance: θ ~ N(0, 1), b = |N(0, 1)|. */
export function instanceOf(problem: Problem, kind: string, index: number, rng: Rng): Instance {
  const size = problem.family.shape.reduce((a, b) => a * b, 1);
  const stored = publishedInstances[index];
  const published = kind === "published" && stored !== undefined && stored.theta.length === size;
  const normals = () => Float64Array.from({ length: size }, () => rng.normal());
  const theta = published ? Float64Array.from(stored.theta) : normals();
  const b = published ? Float64Array.from(stored.b) : normals().map(Math.abs);
  const loss = problem.loss(b);
  return { theta, loss, exact: exactGradient(problem.family, theta, (z) => loss(z).value[0]!) };
}
