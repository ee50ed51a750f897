import type { Data } from "./examples.ts";

/**
 * Of each row of the table of vectors |correlation| of its being in a text with what is to be explained, over the
 * training texts. Words that are rare have no large one by chance: it shrinks with the root of their frequency.
 */
export function univariate({ train, words }: Pick<Data, "train" | "words">): Float32Array {
  const { count, starts, items, targets } = train;
  const mean = targets.reduce((a, b) => a + b, 0) / count;
  const variance = targets.reduce((a, b) => a + (b - mean) ** 2, 0) / count;
  const [seen, sums] = [new Float64Array(words.length), new Float64Array(words.length)];
  const last = new Int32Array(words.length).fill(-1);
  for (let i = 0; i < count; i++) {
    for (let at = starts[i]!; at < starts[i + 1]!; at++) {
      const item = items[at]!;
      if (last[item] === i) continue;
      last[item] = i;
      seen[item]!++;
      sums[item]! += targets[i]! - mean;
    }
  }
  return Float32Array.from(seen, (texts, item) => {
    const spread = Math.sqrt(texts * (1 - texts / count) * variance * count);
    return spread > 0 ? Math.abs(sums[item]!) / spread : 0;
  });
}
