/** The front of ResNet18: 7×7 convolution with stride 2, max pool, and two blocks of two 3×3 convolutions. */
import { nn, type numpy as np } from "@jax-js/jax";
import {
  type BatchNorm,
  type BatchStatistics,
  batchNorm,
  batchNormTraining,
  initBatchNorm,
} from "../../lab/nn/batch-norm.ts";
import {
  type Convolution,
  type ConvolutionOptions,
  convolution2d,
  initConvolution2d,
} from "../../lab/nn/convolution.ts";
import { heNormal } from "../../lab/nn/initialisers.ts";
import { adaptiveMaxPool2d, maxPool2d } from "../../lab/nn/max-pool.ts";
import type { Stage } from "./stage.ts";
import { TILE } from "./tiles.ts";

export const CHANNELS = 64;

/** Rows × cells × pixels → rows × cells × CHANNELS, in three stages. */
export function resNet(side: number): Stage[] {
  const half = [2 * side, 2 * side, CHANNELS];
  return [
    normed([{ window: 7, inputs: 3, stride: 2, padding: 3 }], half, (x, [first]) => {
      const picture = x
        .reshape([-1, side, side, TILE, TILE, 3])
        .transpose([0, 1, 3, 2, 4, 5])
        .reshape([-1, side * TILE, side * TILE, 3]);
      return maxPool2d(nn.relu(first!(picture)), { window: 3, stride: 2, padding: 1 });
    }),
    block(half, (y) => y),
    block([side * side, CHANNELS], (y) => adaptiveMaxPool2d(y, side).reshape([-1, side * side, CHANNELS])),
  ];
}

/** Two convolutions, added to what comes in. */
function block(outputShape: readonly number[], after: (y: np.Array) => np.Array): Stage {
  const convolution = { window: 3, inputs: CHANNELS, stride: 1, padding: 1 };
  return normed([convolution, convolution], outputShape, (x, [inner, outer]) =>
    after(nn.relu(outer!(nn.relu(inner!(x.ref))).add(x))),
  );
}

type Shape = ConvolutionOptions & { readonly window: number; readonly inputs: number };
/** A convolution without bias, normalised. */
type Normed = { convolution: Convolution; norm: BatchNorm };

/** A stage with these convolutions, each followed by batch norm. */
function normed(
  shapes: readonly Shape[],
  outputShape: readonly number[],
  apply: (x: np.Array, convolutions: ((x: np.Array) => np.Array)[]) => np.Array,
): Stage {
  return {
    outputShape,
    init(rng) {
      const norms = shapes.map(() => initBatchNorm(CHANNELS));
      const params = shapes.map(
        ({ window, inputs }, i): Normed => ({
          convolution: initConvolution2d(rng.split(i), [window, window], inputs, CHANNELS, {
            weight: heNormal,
            bias: false,
          }),
          norm: norms[i]!.params,
        }),
      );
      return { params, statistics: norms.map((norm) => norm.statistics) };
    },
    apply(params, statistics, x, training) {
      const after: BatchStatistics[] = [];
      const convolutions = shapes.map((shape, i) => (x: np.Array) => {
        const { convolution, norm } = (params as Normed[])[i]!;
        const running = (statistics as BatchStatistics[])[i]!;
        const z = convolution2d(convolution, x, shape);
        if (!training) return batchNorm(norm, running, z);
        const made = batchNormTraining(norm, running, z);
        after[i] = made.statistics;
        return made.y;
      });
      return { y: apply(x, convolutions), statistics: after };
    },
  };
}
