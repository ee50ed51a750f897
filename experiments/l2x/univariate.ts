import type { Data } from "./examples.ts";

/**
 * Of each row of the table of vectors |correlation| with what is to be explained over the training examples: of a word's
 * being in a text, or of a patch's brightness. Words that are rare have no large one by chance: it shrinks with the
 * root of their frequency.
 */
export function univariate(data: Pick<Data, "train" | "words" | "vectors" | "features">): Float32Array {
  return data.words ? ofWords(data.train, data.words.length) : ofPatches(data);
}

function ofWords({ count, starts, items, targets }: Data["train"], words: number): Float32Array {
  const mean = targets.reduce((a, b) => a + b, 0) / count;
  const variance = targets.reduce((a, b) => a + (b - mean) ** 2, 0) / count;
  const [seen, sums] = [new Float64Array(words), new Float64Array(words)];
  const last = new Int32Array(words).fill(-1);
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

function ofPatches({ train, vectors, features }: Pick<Data, "train" | "vectors" | "features">): Float32Array {
  const { count, starts, items, targets } = train;
  const patches = starts[1]!;
  const label = targets.reduce((a, b) => a + b, 0) / count;
  const own = Float64Array.from({ length: patches }, (_, p) => {
    const light = (i: number): number => {
      const row = items[starts[i]! + p]! * features;
      return vectors.subarray(row, row + features).reduce((a, b) => a + b, 0);
    };
    const lights = Float64Array.from({ length: count }, (_, i) => light(i));
    const mean = lights.reduce((a, b) => a + b, 0) / count;
    let [xy, xx, yy] = [0, 0, 0];
    for (let i = 0; i < count; i++) {
      const [x, y] = [lights[i]! - mean, targets[i]! - label];
      xy += x * y;
      xx += x * x;
      yy += y * y;
    }
    return xx > 0 && yy > 0 ? Math.abs(xy) / Math.sqrt(xx * yy) : 0;
  });
  return Float32Array.from({ length: vectors.length / features }, (_, row) => own[row % patches]!);
}
