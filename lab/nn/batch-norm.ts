import { lax, numpy as np } from "@jax-js/jax";

/** One number a feature, the last axis. */
export type BatchNorm = { scale: np.Array; shift: np.Array };
/** Running statistics: no parameters, but part of the model. */
export type BatchStatistics = { mean: np.Array; variance: np.Array };

export interface BatchNormOptions {
  /** Share of a new batch in the running statistics, 0.1 by default as in PyTorch. */
  readonly momentum?: number;
  /** 1e-5 by default. */
  readonly epsilon?: number;
}

export function initBatchNorm(features: number): { params: BatchNorm; statistics: BatchStatistics } {
  return {
    params: { scale: np.ones([features]), shift: np.zeros([features]) },
    statistics: { mean: np.zeros([features]), variance: np.ones([features]) },
  };
}

/**
 * Normalises each feature by the batch's mean and (biased) variance over all other axes, and returns the running
 * statistics with this batch mixed in, its variance unbiased.
 */
export function batchNormTraining(
  params: BatchNorm,
  statistics: BatchStatistics,
  x: np.Array,
  { momentum = 0.1, epsilon = 1e-5 }: BatchNormOptions = {},
): { y: np.Array; statistics: BatchStatistics } {
  const axes = x.shape.map((_, i) => i).slice(0, -1);
  const count = x.size / x.shape.at(-1)!;
  const mean = np.mean(x.ref, axes);
  const centred = x.sub(mean.ref);
  const variance = np.mean(np.square(centred.ref), axes);
  const mix = (old: np.Array, now: np.Array): np.Array =>
    old.mul(1 - momentum).add(lax.stopGradient(now).mul(momentum));
  const unbiased = variance.ref.mul(count / Math.max(1, count - 1));
  return {
    y: affine(params, centred, variance, epsilon),
    statistics: { mean: mix(statistics.mean, mean), variance: mix(statistics.variance, unbiased) },
  };
}

/** Normalises by the running statistics. */
export function batchNorm(
  params: BatchNorm,
  { mean, variance }: BatchStatistics,
  x: np.Array,
  { epsilon = 1e-5 }: BatchNormOptions = {},
): np.Array {
  return affine(params, x.sub(mean), variance, epsilon);
}

function affine(
  { scale, shift }: BatchNorm,
  centred: np.Array,
  variance: np.Array,
  epsilon: number,
): np.Array {
  return centred.mul(scale.div(np.sqrt(variance.add(epsilon)))).add(shift);
}
