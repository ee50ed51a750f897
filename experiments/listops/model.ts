/** Networks that answer expressions: along a latent graph, along a given one, and without any. */
import { jit, nn, numpy as np, tree } from "@jax-js/jax";
import { adam } from "../../lab/nn/optimiser.ts";
import { read } from "../../lab/nn/read.ts";
import { type AnyPiece, chain, type Tree } from "../../src/frameworks/jax.ts";
import type { Layer, Rng } from "../../src/index.ts";
import type { Batch } from "./batch.ts";
import type { ListopsConfig } from "./config.ts";
import { answer, type Decoder, initDecoder } from "./decoder.ts";
import { classify, type Encoder, initEncoder, initPlain, type Plain, scores } from "./encoder.ts";
import { DIGITS } from "./words.ts";

/** Everything that a training changes, of each of the network's pieces in order. */
export type ModelState = { params: Tree[]; optimiser: Tree[] };
export type LengthsLayer = Layer<ArrayLike<number>>;

export interface Network {
  init(rng: Rng): ModelState;
  /** One update by the batch's mean cross-entropy. Consumes the state. */
  step(
    state: ModelState,
    batch: Batch,
    layer: LengthsLayer | undefined,
    rng: Rng,
  ): Promise<{ state: ModelState; loss: number }>;
  /** θ, rows × words × words; absent where the network infers no graph. The state is kept. */
  readonly encode?: (state: ModelState, batch: Batch) => Promise<Float32Array>;
  /** Logits of answers, rows × 10, along these graphs where it uses any. The state is kept. */
  answers(state: ModelState, batch: Batch, graphs: Float32Array | undefined): Promise<Float32Array>;
  dispose(): void;
}

/** Programs are traced when they are first used. */
export type Networks = Readonly<Record<"latent" | "given" | "plain", Network>>;

type Arrays = { words: np.Array; mask: np.Array; answers: np.Array; heads: np.Array };
type Drawn = { readonly layer: LengthsLayer; readonly lengths: ArrayLike<number> };

export function listopsNetworks(config: ListopsConfig): Networks {
  const { length, batch: rows, memory, hidden, depth } = config;
  const square = [length, length];
  const { init: fresh, update } = adam({ rate: config.rate });

  const wordsOf = ({ words }: Batch): np.Array => np.array(words, { shape: [rows, length] });
  const maskOf = ({ mask }: Batch): np.Array => np.array(mask, { shape: [rows, length] });
  const graphsOf = (graphs: Float32Array): np.Array =>
    np.array(graphs as Float32Array<ArrayBuffer>, { shape: [rows, ...square] });
  const onDevice = (batch: Batch): Arrays => ({
    words: wordsOf(batch),
    mask: maskOf(batch),
    answers: np.array(batch.answers, { shape: [rows, DIGITS] }),
    heads: graphsOf(batch.heads),
  });
  const crossEntropy = (logits: np.Array, answers: np.Array): np.Array =>
    np.sum(nn.logSoftmax(logits, -1).mul(answers)).div(-rows);

  function network(
    inits: readonly ((rng: Rng) => Tree)[],
    pieces: readonly AnyPiece[],
    rest: Pick<Network, "encode" | "answers" | "dispose">,
    layers: readonly Layer<Drawn>[] = [],
  ): Network {
    const model = chain({ pieces, layers, update });
    return {
      ...rest,
      init(rng) {
        const params = inits.map((make, i) => make(rng.split(i)));
        return { params, optimiser: params.map((piece) => fresh(piece)) };
      },
      async step({ params, optimiser }, batch, layer, rng) {
        const draws = layers.map(() => ({ rng, context: { layer: layer!, lengths: batch.lengths } }));
        const made = await model.stepAsync(params as never, optimiser, onDevice(batch) as never, draws);
        return {
          state: { params: made.params as unknown as Tree[], optimiser: made.states as Tree[] },
          loss: made.loss,
        };
      },
      dispose() {
        model.dispose();
        rest.dispose();
      },
    };
  }

  // One set of programs for all laws: which layer stands in the middle is said in each step.
  const chosen: Layer<Drawn> = {
    name: "listops",
    inputShape: square,
    outputShape: square,
    forward: (theta, rng, drawn) => drawn!.layer.forward(theta, rng, drawn!.lengths),
  };
  const scored = jit((params: Encoder, words: np.Array, mask: np.Array) => scores(params, words, mask));
  const answered = jit((params: Decoder, words: np.Array, z: np.Array) => answer(params, words, z, depth));
  const classified = jit((params: Plain, words: np.Array, mask: np.Array) => classify(params, words, mask));
  const along = (params: Tree, batch: Batch, graphs: Float32Array): Promise<Float32Array> =>
    read(answered(tree.ref(params) as Decoder, wordsOf(batch), graphsOf(graphs)));

  return {
    latent: network(
      [(rng) => initEncoder(rng, memory), (rng) => initDecoder(rng, hidden)],
      [
        (params: Encoder, { words, mask, answers, heads }: Arrays) => {
          tree.dispose([answers, heads]);
          return scores(params, words, mask);
        },
        (params: Decoder, { words, mask, answers, heads }: Arrays, z: np.Array) => {
          tree.dispose([mask, heads]);
          return crossEntropy(answer(params, words, z, depth), answers);
        },
      ],
      {
        encode: ({ params }, batch) =>
          read(scored(tree.ref(params[0]!) as Encoder, wordsOf(batch), maskOf(batch))),
        answers: ({ params }, batch, graphs) => along(params[1]!, batch, graphs!),
        dispose: scored.dispose,
      },
      [chosen],
    ),
    given: network(
      [(rng) => initDecoder(rng, hidden)],
      [
        (params: Decoder, { words, mask, answers, heads }: Arrays) => {
          mask.dispose();
          return crossEntropy(answer(params, words, heads, depth), answers);
        },
      ],
      {
        answers: ({ params }, batch) => along(params[0]!, batch, batch.heads),
        dispose: answered.dispose,
      },
    ),
    plain: network(
      [(rng) => initPlain(rng, memory)],
      [
        (params: Plain, { words, mask, answers, heads }: Arrays) => {
          heads.dispose();
          return crossEntropy(classify(params, words, mask), answers);
        },
      ],
      {
        answers: ({ params }, batch) =>
          read(classified(tree.ref(params[0]!) as Plain, wordsOf(batch), maskOf(batch))),
        dispose: classified.dispose,
      },
    ),
  };
}
