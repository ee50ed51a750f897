import type { Cell } from "../../lab/experiment.ts";
import { tensor } from "../../lab/run/safetensors.ts";
import { type Instance, optimum } from "./data.ts";
import { expectedLoss, type GradientEstimator } from "./model.ts";

export interface Descent {
  readonly runs: number;
  readonly steps: number;
  readonly learningRate: number;
  readonly momentum: number;
  /** Called with the optimality gaps of all runs, before each update. */
  record?(step: number, gaps: Float64Array): void;
}

/**
 * Stochastic gradient descent with momentum (v ← m v + g, θ ← θ − η v), all runs at once as rows of one θ.
 * @returns the optimality gap of each run before the last update, as the authors' code records it.
 */
export async function descend(
  cell: Cell,
  instance: Instance,
  gradient: GradientEstimator,
  { runs, steps, learningRate, momentum, record }: Descent,
): Promise<Float64Array> {
  const n = instance.theta.length;
  const best = optimum(instance);
  const loss = expectedLoss(instance);
  const saved = cell.restored?.tensors;
  const theta = new Float64Array(runs * n).map((_, i) => instance.theta[i % n]!);
  const velocity = new Float64Array(runs * n);
  if (saved?.theta) theta.set(saved.theta.data as Float64Array);
  if (saved?.velocity) velocity.set(saved.velocity.data as Float64Array);
  let gaps = new Float64Array(runs);
  for (let step = (cell.restored?.step ?? -1) + 1; step < steps; step++) {
    const last = step === steps - 1;
    if (last || record !== undefined) gaps = loss(theta).map((value) => value - best);
    record?.(step, gaps);
    if (last) break;
    const g = gradient(theta, cell.rng(step));
    for (let i = 0; i < theta.length; i++) {
      velocity[i] = momentum * velocity[i]! + g[i]!;
      theta[i] = theta[i]! - learningRate * velocity[i]!;
    }
    await cell.safePoint(step, (step + 1) / steps, () => ({
      tensors: { theta: tensor(theta, [runs, n]), velocity: tensor(velocity, [runs, n]) },
    }));
  }
  return gaps;
}
