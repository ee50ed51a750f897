/** The interaction net: where points go next, by the messages that edges let through. */
import { nn, numpy as np } from "@jax-js/jax";
import { type Dense, dense, initDense } from "../../lab/nn/dense.ts";
import { initPairwise, type Pairwise, pairwise } from "../../lab/nn/pairwise.ts";
import type { Rng } from "../../src/index.ts";

export type Decoder = { message: Pairwise; sent: Dense; first: Dense; second: Dense; out: Dense };

export function initDecoder(rng: Rng, hidden: number): Decoder {
  return {
    message: initPairwise(rng.split(0), 2, hidden),
    sent: initDense(rng.split(1), hidden, hidden),
    first: initDense(rng.split(2), 2 + hidden, hidden),
    second: initDense(rng.split(3), hidden, hidden),
    out: initDense(rng.split(4), hidden, 2),
  };
}

/**
 * Σ (x̂ − x)² of each series; each segment is predicted from its first positions on.
 *
 * @param starts (rows · segments) × n × 2.
 * @param targets steps × (rows · segments) × n × 2.
 * @param weights steps × (rows · segments).
 * @param z rows × n × n, sender first.
 */
export function squaredErrors(
  params: Decoder,
  starts: np.Array,
  targets: np.Array,
  weights: np.Array,
  z: np.Array,
): np.Array {
  const { message, sent, first, second, out } = params;
  const [steps, all, n] = targets.shape as [number, number, number];
  const rows = z.shape[0]!;
  const segments = all / rows;
  const hidden = sent.bias.shape[0]!;
  const open = z.reshape([rows, 1, n, n, 1]);
  let x = starts;
  let errors = np.zeros([all]);
  for (let step = 0; step < steps; step++) {
    const sentOn = nn.relu(dense(shared(sent), nn.relu(pairwise(shared(message), x.ref))));
    const through = sentOn.reshape([rows, segments, n, n, hidden]).mul(open.ref);
    const received = np.sum(through, 2).reshape([all, n, hidden]);
    const seen = np.concatenate([x.ref, received], 2);
    const hiddenState = nn.relu(dense(shared(second), nn.relu(dense(shared(first), seen))));
    x = x.add(dense(shared(out), hiddenState));
    const missed = np.sum(np.square(x.ref.sub(targets.ref.slice(step, [], [], []))), [1, 2]);
    errors = errors.add(missed.mul(weights.ref.slice(step, [])));
  }
  for (const rest of [x, targets, weights, open]) rest.dispose();
  for (const layer of [message, sent, first, second, out]) for (const a of Object.values(layer)) a.dispose();
  return np.sum(errors.reshape([rows, segments]), 1);
}

/** A layer's parameters once more. */
function shared<T extends Readonly<Record<string, np.Array>>>(layer: T): T {
  return Object.fromEntries(Object.entries(layer).map(([key, array]) => [key, array.ref])) as T;
}
