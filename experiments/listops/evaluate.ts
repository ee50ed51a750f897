import { type Batch, batcher } from "./batch.ts";
import type { ListopsConfig } from "./config.ts";
import type { Expressions } from "./data.ts";
import type { Method } from "./methods.ts";
import type { ModelState, Network } from "./model.ts";
import { DIGITS } from "./words.ts";

export type EdgeScore = {
  /** Share of the named arcs that are true, without those of `]`. */
  readonly precision: number;
  /** Share of the true arcs that are named. */
  readonly recall: number;
};
export type Score = { readonly accuracy: number; readonly edges: EdgeScore | null };

/** One pass over expressions, with hard graphs where the network infers any. */
export async function score(
  config: ListopsConfig,
  network: Network,
  state: ModelState,
  method: Method | undefined,
  expressions: Expressions,
): Promise<Score> {
  let right = 0;
  const edges = await scoreEdges(config, expressions, async (batch, rows) => {
    const graphs = method && (await infer(network, state, method, batch));
    const logits = await network.answers(state, batch, graphs);
    for (let row = 0; row < rows; row++) {
      const own = logits.subarray(row * DIGITS, (row + 1) * DIGITS);
      right += batch.answers[row * DIGITS + own.indexOf(Math.max(...own))]!;
    }
    return graphs;
  });
  return { accuracy: right / expressions.count, edges };
}

export async function infer(
  network: Network,
  state: ModelState,
  method: Method,
  batch: Batch,
): Promise<Float32Array> {
  return method.map(await network.encode!(state, batch), batch.lengths);
}

/**
 * Counted over all expressions together; null where there are no graphs.
 *
 * @param graphs of a batch, whose first `rows` rows count: the last may be padded. Marginals give expectations.
 */
export async function scoreEdges(
  config: ListopsConfig,
  expressions: Expressions,
  graphs: (batch: Batch, rows: number) => Float32Array | undefined | Promise<Float32Array | undefined>,
): Promise<EdgeScore | null> {
  const { count, length } = expressions;
  const makeBatch = batcher(expressions, config);
  const order = Int32Array.from({ length: count }, (_, i) => i);
  let [hits, named, real] = [0, 0, 0];
  for (let from = 0; from < count; from += config.batch) {
    const batch = makeBatch(order, from);
    const rows = Math.min(config.batch, count - from);
    const found = await graphs(batch, rows);
    if (found === undefined) continue;
    for (let i = 0; i < rows * length * length; i++) {
      if (batch.counted[i] === 0) continue;
      hits += found[i]! * batch.heads[i]!;
      named += found[i]!;
      real += batch.heads[i]!;
    }
  }
  // Who names no arc has found none.
  return real === 0 ? null : { precision: named === 0 ? 0 : hits / named, recall: hits / real };
}
