/** Maps of pairs of vertices, arrays rows × senders × receivers × features, for networks on complete graphs. */
import { numpy as np } from "@jax-js/jax";
import type { Rng } from "../../src/contracts.ts";
import { type Initialiser, uniformByInputs, zeros } from "./initialisers.ts";

/** A dense layer on [sender, receiver], as the two halves of its weight. */
export type Pairwise = { sender: np.Array; receiver: np.Array; bias: np.Array };

export function initPairwise(
  rng: Rng,
  inputs: number,
  outputs: number,
  weight: Initialiser = uniformByInputs,
): Pairwise {
  const half = (key: number): np.Array => weight(rng.split(key), [inputs, outputs], 2 * inputs, outputs);
  const bias = weight === uniformByInputs ? uniformByInputs : zeros;
  return { sender: half(0), receiver: half(1), bias: bias(rng.split(2), [outputs], 2 * inputs, outputs) };
}

/**
 * W [x_i, x_j] + b for all pairs. Each half is a product over the vertices, and the pairs are sums: n products of a
 * vertex where concatenated pairs would need n².
 *
 * @param x rows × n × inputs.
 * @returns rows × n × n × outputs, the sender first.
 */
export function pairwise({ sender, receiver, bias }: Pairwise, x: np.Array): np.Array {
  const [rows, n] = x.shape as [number, number, number];
  const outputs = bias.shape[0]!;
  const from = np.dot(x.ref, sender).reshape([rows, n, 1, outputs]);
  const to = np.dot(x, receiver).add(bias).reshape([rows, 1, n, outputs]);
  return from.add(to);
}
