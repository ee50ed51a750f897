/** Memories in both directions: what is read, and how likely each word is another's head. */
import { nn, numpy as np } from "@jax-js/jax";
import { type Dense, dense, initDense } from "../../lab/nn/dense.ts";
import { embedding, initEmbedding } from "../../lab/nn/embedding.ts";
import { glorotUniform } from "../../lab/nn/initialisers.ts";
import { initLstm, type Lstm, lstm } from "../../lab/nn/lstm.ts";
import type { Rng } from "../../src/index.ts";
import { DIGITS, WORDS } from "./words.ts";

export type Reader = { table: np.Array; left: Lstm; right: Lstm };

export function initReader(rng: Rng, memory: number): Reader {
  return {
    table: initEmbedding(rng.split(0), WORDS, memory),
    left: initLstm(rng.split(1), memory, memory),
    right: initLstm(rng.split(2), memory, memory),
  };
}

/** What a memory has read up to each word from the left, and another from the right: rows × words × memory each. */
function read({ table, left, right }: Reader, words: np.Array, mask: np.Array): [np.Array, np.Array] {
  const x = embedding(table, words);
  return [lstm(left, x.ref, mask.ref), lstm(right, x, mask, true)];
}

export type Encoder = { reader: Reader; head: Dense; dependent: Dense };

export function initEncoder(rng: Rng, memory: number): Encoder {
  const side = (key: number): Dense => initDense(rng.split(key), 2 * memory, memory, glorotUniform);
  return { reader: initReader(rng.split(0), memory), head: side(1), dependent: side(2) };
}

/** θ, rows × words × words, the head first: products of what a word is as a head and as a dependent, over √memory. */
export function scores({ reader, head, dependent }: Encoder, words: np.Array, mask: np.Array): np.Array {
  const memory = head.bias.shape[0]!;
  const x = np.concatenate(read(reader, words, mask), 2);
  const heads = dense(head, x.ref);
  const dependents = np.transpose(dense(dependent, x), [0, 2, 1]);
  return np.matmul(heads, dependents).div(Math.sqrt(memory));
}

/** The unstructured network: the memories' last states, classified. */
export type Plain = { reader: Reader; first: Dense; out: Dense };

export function initPlain(rng: Rng, memory: number): Plain {
  return {
    reader: initReader(rng.split(0), memory),
    first: initDense(rng.split(1), 2 * memory, memory),
    out: initDense(rng.split(2), memory, DIGITS),
  };
}

/** Logits of answers, rows × 10. */
export function classify({ reader, first, out }: Plain, words: np.Array, mask: np.Array): np.Array {
  const [left, right] = read(reader, words, mask);
  const both = np.concatenate([left.slice([], left.shape[1]! - 1, []), right.slice([], 0, [])], 1);
  return dense(out, nn.relu(dense(first, both)));
}
