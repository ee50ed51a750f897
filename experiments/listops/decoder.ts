/** Messages along the latent graph, from words to their heads; the first word's state is classified. */
import { nn, numpy as np, tree } from "@jax-js/jax";
import { type Dense, dense, initDense } from "../../lab/nn/dense.ts";
import { embedding, initEmbedding } from "../../lab/nn/embedding.ts";
import { heNormal } from "../../lab/nn/initialisers.ts";
import type { Rng } from "../../src/index.ts";
import { DIGITS, WORDS } from "./words.ts";

/** One layer of messages for all rounds: what an operator does to its operands does not depend on where it stands. */
export type Decoder = { table: np.Array; message: Dense; received: np.Array; state: Dense; out: Dense };

export function initDecoder(rng: Rng, hidden: number): Decoder {
  const layer = (key: number, to = hidden): Dense => initDense(rng.split(key), hidden, to, heNormal);
  return {
    table: initEmbedding(rng.split(0), WORDS, hidden),
    message: layer(1),
    received: layer(2).weight,
    state: layer(3),
    out: layer(4, DIGITS),
  };
}

/**
 * Logits of answers, rows × 10. A word's state is made of the word and of the sum of its dependents' messages, gated by the
 * word; it knows nothing of the sentence but by the graph.
 *
 * @param z rows × words × words, the head first; for undirected edges symmetric: messages go both ways.
 */
export function answer(
  { table, message, received, state, out }: Decoder,
  words: np.Array,
  z: np.Array,
  rounds: number,
): np.Array {
  const own = embedding(table, words);
  const stateOf = (x: np.Array): np.Array => nn.relu(dense(tree.ref(state), nn.relu(x)));
  let h = stateOf(own.ref);
  for (let round = 0; round < rounds; round++) {
    const messages = nn.relu(dense(tree.ref(message), h));
    const sums = np.matmul(z.ref, messages);
    h = stateOf(own.ref.add(np.dot(sums.mul(nn.relu(own.ref)), received.ref)));
  }
  const logits = dense(out, h.slice([], 0, []));
  for (const rest of [own, z, received, message, state]) tree.dispose(rest);
  return logits;
}
