/** What is right about arcs without any learning. */
import type { ListopsConfig } from "./config.ts";
import type { Expressions } from "./data.ts";
import { type EdgeScore, scoreEdges } from "./evaluate.ts";
import { methodOf } from "./methods.ts";
import { CLOSE, DIGITS } from "./words.ts";

export const FLOORS = ["random-arborescence", "nearest-operator"] as const;

/** Expected scores of uniform arborescences, and those of the last operator before each word as its head. */
export async function floors(
  config: ListopsConfig,
  expressions: Expressions,
): Promise<Readonly<Record<(typeof FLOORS)[number], EdgeScore>>> {
  const { uniform } = methodOf("arborescence-gumbel", config);
  const { length } = expressions;
  return {
    "random-arborescence": (await scoreEdges(config, expressions, ({ lengths }) => uniform(lengths)))!,
    "nearest-operator": (await scoreEdges(config, expressions, ({ words, lengths, heads }) => {
      const graphs = new Float32Array(heads.length);
      for (const [row, end] of lengths.entries()) {
        let operator = 0;
        for (let at = 1; at < end; at++) {
          graphs[(row * length + operator) * length + at] = 1;
          const word = words[row * length + at]!;
          if (word >= DIGITS && word < CLOSE) operator = at;
        }
      }
      return graphs;
    }))!,
  };
}
