/** Praise and blame made from a few words. A sentence is ten words; each is a one among the words that are known. */
import type { Rng } from "hardgrad";
import type { Instances } from "./learn.ts";

export const praise = ["great", "good", "lovely", "brilliant", "funny", "moving", "clever", "warm"];
export const blame = ["bad", "boring", "dull", "awful", "clumsy", "cold", "silly", "slow"];
export const rest =
  "the a film book music story hero end and but was is it i saw read heard with my friend last week in of very this we".split(
    " ",
  );
export const vocabulary = [...praise, ...blame, ...rest];
export const LENGTH = 10;
/** One number for each known word, and whether there is a word. */
export const FEATURES = vocabulary.length + 1;

export function wordsOf(sentence: string): string[] {
  return (sentence.toLowerCase().match(/[\p{L}']+/gu) ?? []).slice(0, LENGTH);
}

/** Unknown words are words without a meaning. */
export function encodeWords(words: readonly string[]): Float32Array {
  const x = new Float32Array(LENGTH * FEATURES);
  words.forEach((word, i) => {
    const known = vocabulary.indexOf(word);
    if (known >= 0) x[i * FEATURES + known] = 1;
    x[(i + 1) * FEATURES - 1] = 1;
  });
  return x;
}

export function sentences(count: number, random: Rng): Instances {
  const labels = Float32Array.from({ length: count }, (_, i) => i % 2);
  const x = new Float32Array(count * LENGTH * FEATURES);
  const one = (list: readonly string[]): string => list[Math.floor(random.uniform() * list.length)]!;
  labels.forEach((label, i) => {
    const length = 4 + Math.floor(random.uniform() * (LENGTH - 3));
    const words = Array.from({ length }, () => one(rest));
    // Two words that tell, or one where they meet.
    for (let word = 0; word < 2; word++)
      words[Math.floor(random.uniform() * length)] = one(label ? praise : blame);
    x.set(encodeWords(words), i * LENGTH * FEATURES);
  });
  return { x, labels };
}
