/** The toy problem of I-MLE (Sec. 6) and its relatives: choose a structure, pay for it; all states can be counted. */
import {
  completeGraph,
  type ExponentialFamily,
  graphPath,
  kSubset,
  matching,
  type Rng,
  rng,
  spanningTree,
} from "hardgrad";

export interface Problem {
  readonly structure: ExponentialFamily;
  readonly size: number;
  readonly states: readonly Float64Array[];
  /** Where all runs begin. */
  readonly theta: Float64Array;
  /** L(z) of one state, and dL/dz. */
  loss(z: Float64Array): number;
  slope(z: Float64Array): Float64Array;
}

/** Right and down through a 4 × 4 grid of crossings: 20 paths over 24 edges. */
export const streets = {
  vertices: 16,
  edges: Array.from({ length: 16 }, (_, v): [number, number][] => [
    ...(v % 4 < 3 ? [[v, v + 1] as [number, number]] : []),
    ...(v < 12 ? [[v, v + 4] as [number, number]] : []),
  ]).flat(),
};

export const structures: Readonly<Record<string, () => ExponentialFamily>> = {
  "k-subset": () => kSubset(10, 5) as ExponentialFamily,
  tree: () => spanningTree(completeGraph(5)) as ExponentialFamily,
  matching: () => matching(4) as ExponentialFamily,
  path: () => graphPath(streets, 0, 15) as ExponentialFamily,
};

/** An instance: θ and b ~ N(0, 1), |b| for the loss as given (as the paper's code has it). */
export function problem(structureName: string, lossName: string, seed: number): Problem {
  const structure = structures[structureName]!();
  const size = structure.shape.reduce((a, b) => a * b);
  const random = rng(seed);
  const theta = normals(size, random);
  const b = normals(size, random);
  return {
    structure,
    size,
    states: Array.from(structure.states!()),
    theta,
    ...losses[lossName]!(b),
  };
}

function normals(length: number, random: Rng): Float64Array {
  return Float64Array.from({ length }, () => random.normal());
}

type Loss = Pick<Problem, "loss" | "slope">;

export const losses: Readonly<Record<string, (b: Float64Array) => Loss>> = {
  /** ‖z − |b|‖². */
  given: (b) => ({
    loss: (z) => z.reduce((sum, x, i) => sum + (x - Math.abs(b[i]!)) ** 2, 0),
    slope: (z) => z.map((x, i) => 2 * (x - Math.abs(b[i]!))),
  }),
  /** ⟨b, z⟩²: what one element costs depends on the others. */
  coupled: (b) => ({
    loss: (z) => dot(b, z) ** 2,
    slope: (z) => b.map((x) => 2 * dot(b, z) * x),
  }),
  /** ⟨b, z⟩. */
  linear: (b) => ({ loss: (z) => dot(b, z), slope: () => b }),
};

export function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, x, i) => sum + x * b[i]!, 0);
}

/** p(z) of every state, and the gradient of E L(z) that it gives: Cov(L, z). */
export function exact(p: Problem, theta: Float64Array): { mean: number; gradient: Float64Array } {
  const scores = p.states.map((z) => dot(z, theta));
  const top = Math.max(...scores);
  const weights = scores.map((s) => Math.exp(s - top));
  const total = weights.reduce((a, b) => a + b);
  const values = p.states.map((z) => p.loss(z));
  const mean = weights.reduce((sum, w, s) => sum + (w / total) * values[s]!, 0);
  const gradient = new Float64Array(p.size);
  p.states.forEach((z, s) => {
    const weight = (weights[s]! / total) * (values[s]! - mean);
    for (let i = 0; i < p.size; i++) gradient[i] = gradient[i]! + weight * z[i]!;
  });
  return { mean, gradient };
}
