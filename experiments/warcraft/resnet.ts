/** The front of ResNet18: 7×7 convolution with stride 2, max pool, and two blocks of two 3×3 convolutions. */
import { nn, type numpy as np } from "@jax-js/jax";
import type { Rng } from "../../src/index.ts";
import {
  type BatchNorm,
  type BatchStatistics,
  batchNorm,
  batchNormTraining,
  initBatchNorm,
} from "../nn/batch-norm.ts";
import { type Convolution, convolution2d, initConvolution2d } from "../nn/convolution.ts";
import { heNormal } from "../nn/initialisers.ts";
import { adaptiveMaxPool2d, maxPool2d } from "../nn/max-pool.ts";

export const CHANNELS = 64;

/** A convolution without bias, normalised. */
type Normed = { convolution: Convolution; norm: BatchNorm };
export type ResNet = { first: Normed; layers: Normed[] };
export type ResNetStatistics = { first: BatchStatistics; layers: BatchStatistics[] };

/** Layers of the two blocks. */
const LAYERS = 4;

export function initResNet(rng: Rng): { params: ResNet; statistics: ResNetStatistics } {
  const made = (key: number, window: number, inputs: number) => {
    const { params: norm, statistics } = initBatchNorm(CHANNELS);
    const convolution = initConvolution2d(rng.split(key), [window, window], inputs, CHANNELS, {
      weight: heNormal,
      bias: false,
    });
    return { params: { convolution, norm }, statistics };
  };
  const first = made(0, 7, 3);
  const layers = Array.from({ length: LAYERS }, (_, i) => made(1 + i, 3, CHANNELS));
  return {
    params: { first: first.params, layers: layers.map((layer) => layer.params) },
    statistics: { first: first.statistics, layers: layers.map((layer) => layer.statistics) },
  };
}

/**
 * Images × rows × cols × 3 → images × side × side × CHANNELS.
 * @param training normalise by the batch, and return the running statistics with it mixed in; else by those, and return
 * none.
 */
export function resNet(
  params: ResNet,
  statistics: ResNetStatistics,
  images: np.Array,
  side: number,
  training: boolean,
): { features: np.Array; statistics: ResNetStatistics | Record<string, never> } {
  const normed = (
    { convolution, norm }: Normed,
    running: BatchStatistics,
    x: np.Array,
    options: { stride: number; padding: number },
  ): { y: np.Array; statistics: BatchStatistics } => {
    const z = convolution2d(convolution, x, options);
    if (training) return batchNormTraining(norm, running, z);
    return { y: batchNorm(norm, running, z), statistics: running };
  };
  const first = normed(params.first, statistics.first, images, { stride: 2, padding: 3 });
  let x = maxPool2d(nn.relu(first.y), { window: 3, stride: 2, padding: 1 });
  const after: BatchStatistics[] = [];
  for (let i = 0; i < LAYERS; i += 2) {
    const inner = normed(params.layers[i]!, statistics.layers[i]!, x.ref, { stride: 1, padding: 1 });
    const outer = normed(params.layers[i + 1]!, statistics.layers[i + 1]!, nn.relu(inner.y), {
      stride: 1,
      padding: 1,
    });
    x = nn.relu(outer.y.add(x));
    after.push(inner.statistics, outer.statistics);
  }
  return {
    features: adaptiveMaxPool2d(x, side),
    statistics: training ? { first: first.statistics, layers: after } : {},
  };
}
