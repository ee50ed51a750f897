import {
  type FloatArray,
  gumbel,
  imle,
  kSubset,
  type Layer,
  perturbation,
  type Rng,
  scoreFunction,
  straightThrough,
  sumOfGamma,
} from "../../src/index.ts";
import type { Instance } from "./data.ts";

export const methods = ["imle-sog", "imle-gumbel", "ste-gumbel", "ste-sog", "sfe"] as const;
export type Method = (typeof methods)[number];

/** Writes an estimate of ∇L for each row of θ; row r draws from `rng.row(r)`. */
export type GradientEstimator = (theta: Float64Array, rng: Rng) => FloatArray;

/** SoG(k, 1, 10), the noise of all experiments with it. */
export const ITERATIONS = 10;

/** The estimators of Appendix D.1, one sample each; I-MLE's is Algorithm 1, not divided by λ. */
export function gradientEstimator(instance: Instance, method: Method, lambda: number): GradientEstimator {
  const { b, k } = instance;
  const subsets = kSubset(b.length, k);
  if (method === "sfe") {
    const layer = scoreFunction(subsets);
    return (theta, rng) => {
      const z = layer.forward(theta, rng);
      return z.backward(squaredDistances(z.value, b));
    };
  }
  const noise = method.endsWith("sog") ? sumOfGamma({ k, iterations: ITERATIONS }) : gumbel();
  const layer: Layer = method.startsWith("imle")
    ? imle(subsets, { noise, target: perturbation({ lambda }), scale: "none" })
    : straightThrough(subsets, { noise });
  return (theta, rng) => {
    const z = layer.forward(theta, rng);
    return z.backward(z.value.map((value, i) => 2 * (value - b[i % b.length]!)));
  };
}

/**
 * L(θ) = E‖z − b‖² for each row of θ, exactly: z_i² = z_i, so the loss is affine in z and its mean needs the marginals
 * alone, L = Σ_i μ_i (1 − 2 b_i) + ‖b‖².
 */
export function expectedLoss({ b, k }: Instance): (theta: Float64Array) => Float64Array {
  const n = b.length;
  const subsets = kSubset(n, k);
  const offset = b.reduce((sum, x) => sum + x * x, 0);
  return (theta) => {
    const mu = new Float64Array(theta.length);
    subsets.marginals(theta, mu);
    return Float64Array.from({ length: theta.length / n }, (_, row) => {
      let loss = offset;
      for (let i = 0; i < n; i++) loss += mu[row * n + i]! * (1 - 2 * b[i]!);
      return loss;
    });
  };
}

/** ‖z − b‖² for each row of z. */
export function squaredDistances(z: FloatArray, b: Float64Array): Float64Array {
  const n = b.length;
  return Float64Array.from({ length: z.length / n }, (_, row) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += (z[row * n + i]! - b[i]!) ** 2;
    return sum;
  });
}
