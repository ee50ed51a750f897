/** The factor-graph encoder: from the points' movement to a logit a pair. */
import { numpy as np } from "@jax-js/jax";
import { elu } from "../../lab/nn/activations.ts";
import {
  type BatchNorm,
  type BatchStatistics,
  batchNorm,
  batchNormTraining,
  initBatchNorm,
} from "../../lab/nn/batch-norm.ts";
import { type Dense, dense, initDense } from "../../lab/nn/dense.ts";
import { glorotUniform } from "../../lab/nn/initialisers.ts";
import { initPairwise, type Pairwise, pairwise } from "../../lab/nn/pairwise.ts";
import type { Rng } from "../../src/index.ts";

/** A second dense layer with ELU, and batch norm, after a first of any kind. */
type Rest = { second: Dense; norm: BatchNorm };
export type Encoder = {
  points: Rest & { first: Dense };
  pairs: Rest & { first: Pairwise };
  gathered: Rest & { first: Dense };
  last: Rest & { first: Pairwise; skip: np.Array };
  out: Dense;
};

export function initEncoder(
  rng: Rng,
  inputs: number,
  hidden: number,
): { params: Encoder; statistics: BatchStatistics[] } {
  const layer = (key: number, from: number, to = hidden): Dense =>
    initDense(rng.split(key), from, to, glorotUniform);
  const rest = (key: number): Rest => ({ second: layer(key, hidden), norm: initBatchNorm(hidden).params });
  return {
    params: {
      points: { first: layer(0, inputs), ...rest(1) },
      pairs: { first: initPairwise(rng.split(2), hidden, hidden, glorotUniform), ...rest(3) },
      gathered: { first: layer(4, hidden), ...rest(5) },
      last: {
        first: initPairwise(rng.split(6), hidden, hidden, glorotUniform),
        skip: layer(7, hidden).weight,
        ...rest(8),
      },
      out: layer(9, hidden, 1),
    },
    statistics: [0, 1, 2, 3].map(() => initBatchNorm(hidden).statistics),
  };
}

/**
 * @param seen rows × n × inputs.
 * @param statistics of the four batch norms, in order.
 * @returns logits, rows × n × n, the sender first; the statistics with the batch mixed in where it is for training.
 */
export function encode(
  { points, pairs, gathered, last, out }: Encoder,
  seen: np.Array,
  statistics: readonly BatchStatistics[],
  training: boolean,
): { logits: np.Array; statistics: BatchStatistics[] } {
  const n = seen.shape[1]!;
  const mixed: BatchStatistics[] = [];
  const finish = ({ second, norm }: Rest, first: np.Array): np.Array => {
    const own = statistics[mixed.length]!;
    const x = elu(dense(second, elu(first)));
    const made = training ? batchNormTraining(norm, own, x) : { y: batchNorm(norm, own, x), statistics: own };
    mixed.push(made.statistics);
    return made.y;
  };
  const ofPoints = finish(points, dense(points.first, seen));
  const ofPairs = finish(pairs, pairwise(pairs.first, ofPoints));
  // What a point receives from the others.
  const others = np.ones([n, n]).sub(np.eye(n)).reshape([1, n, n, 1]);
  const sum = np.sum(ofPairs.ref.mul(others), 1).mul(1 / n);
  const ofGathered = finish(gathered, dense(gathered.first, sum));
  const both = pairwise(last.first, ofGathered).add(np.dot(ofPairs, last.skip));
  const logits = dense(out, finish(last, both));
  return { logits: logits.reshape([-1, n, n]), statistics: mixed };
}
