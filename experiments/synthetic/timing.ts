import type { Cell } from "../../lab/experiment.ts";
import { kSubset, type Rng, straightThrough, sumOfGamma } from "../../src/index.ts";
import type { Instance } from "./data.ts";
import { expectedLoss, ITERATIONS } from "./model.ts";

/** What Figure 7 times, as the paper does it by enumeration, and the same by our recursions. */
export const timed = [
  "expectation, all states",
  "faithful sample, all states",
  "expectation, exact recursion",
  "faithful sample, exact recursion",
  "perturb-and-MAP, SoG",
] as const;

/** Quick evaluations are timed many at once: a clock has no nanoseconds. */
const BATCH = 200;

/** Median and quartiles of the seconds that each takes at size m with k = m/2: a busy machine spoils a mean. */
export async function timings(cell: Cell, size: number, evaluations: number): Promise<void> {
  const stream = cell.rng("instance");
  const k = size / 2;
  const theta = Float64Array.from({ length: size }, () => stream.normal());
  const b = Float64Array.from({ length: size }, () => Math.abs(stream.normal()));
  const instance: Instance = { k, theta, b };
  const subsets = kSubset(size, k);
  const weights = new Float64Array(binomial(size, k));
  const z = new Float64Array(size);
  const exact = expectedLoss(instance);
  const layer = straightThrough(subsets, { noise: sumOfGamma({ k, iterations: ITERATIONS }) });
  const work: readonly { readonly batch: number; once(rng: Rng): number }[] = [
    { batch: 1, once: () => enumerate(instance, weights, subsets.states!()) },
    {
      batch: 1,
      once(rng) {
        enumerate(instance, weights, subsets.states!());
        return pick(weights, rng.uniform());
      },
    },
    { batch: BATCH, once: () => exact(theta)[0]! },
    {
      batch: BATCH,
      once(rng) {
        subsets.sample(theta, rng, z);
        return z[0]!;
      },
    },
    { batch: BATCH, once: (rng) => layer.forward(theta, rng).value[0]! },
  ];
  for (const [w, { batch, once }] of work.entries()) {
    const seconds: number[] = [];
    for (let e = -1; e < evaluations; e++) {
      const rng = cell.rng("evaluation", w, e + 1);
      const start = performance.now();
      for (let i = 0; i < batch; i++) once(rng.split(i));
      // The first evaluation compiles the code.
      if (e >= 0) seconds.push((performance.now() - start) / 1000 / batch);
      await cell.safePoint(e, (w + (e + 1) / evaluations) / work.length);
    }
    seconds.sort((a, c) => a - c);
    const at = (share: number): number => seconds[Math.round(share * (evaluations - 1))]!;
    cell.metric({ size, timed: timed[w]!, seconds: { median: at(0.5), low: at(0.25), high: at(0.75) } });
  }
}

/** E‖z − b‖² by going through all states; their weights exp⟨z, θ⟩ are left in `weights`. */
export function enumerate(
  { theta, b }: Instance,
  weights: Float64Array,
  states: Iterable<Float64Array>,
): number {
  const n = theta.length;
  let total = 0;
  let sum = 0;
  let state = 0;
  for (const z of states) {
    let score = 0;
    let loss = 0;
    for (let i = 0; i < n; i++) {
      score += z[i]! * theta[i]!;
      loss += (z[i]! - b[i]!) ** 2;
    }
    const weight = Math.exp(score);
    weights[state++] = weight;
    total += weight;
    sum += weight * loss;
  }
  return sum / total;
}

/** The index that a uniform number picks with probability proportional to `weights`. */
function pick(weights: Float64Array, uniform: number): number {
  let left = uniform * weights.reduce((sum, w) => sum + w, 0);
  for (let i = 0; i < weights.length; i++) {
    left -= weights[i]!;
    if (left <= 0) return i;
  }
  return weights.length - 1;
}

export function binomial(n: number, k: number): number {
  let value = 1;
  for (let i = 1; i <= k; i++) value = (value * (n - k + i)) / i;
  return Math.round(value);
}
