/** Sentences that praise or blame (Pang and Lee 2005, sentence polarity v1.0): real ones, or made reviews by their side of ½. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readBytes, streamBytes } from "../../lab/data/read-bytes.ts";
import { tarEntries } from "../../lab/data/tar.ts";
import { unexpected } from "../../lab/data/unexpected.ts";
import { shuffled } from "../../lab/run/shuffled.ts";
import type { Rng } from "../../src/index.ts";
import type { L2xConfig } from "./config.ts";
import { type Data, type Examples, gathered } from "./examples.ts";
import { makeReviews } from "./made-reviews.ts";

export const ARCHIVE = "rt-polaritydata.tar.gz";
const SIDES = ["neg", "pos"] as const;

/** Reviews instead of sentences, with a class instead of a rating. */
export function makeSentences(config: L2xConfig, rng: Rng): Data {
  const made = makeReviews(config, rng);
  const classes = (examples: Examples): Examples => ({
    ...examples,
    targets: examples.targets.map((target) => +(target > 0.5)),
  });
  const [train, heldOut, annotated] = [made.train, made.heldOut, made.annotated].map(classes) as [
    Examples,
    Examples,
    Examples,
  ];
  return { ...made, train, heldOut, annotated, description: `${made.description}, as praise or blame` };
}

/** A tenth is held out. @throws DataError for what is missing, damaged or empty. */
export async function readSentences(folder: string, config: L2xConfig, rng: Rng): Promise<Data> {
  const { trainExamples, heldOutExamples, length, embedding } = config;
  const files = await readFiles(folder);
  const all = SIDES.flatMap((side, target) => {
    const { path, text } = files[side];
    const lines = text.split("\n").map((line) => line.split(" ").filter((word) => word !== ""));
    const sentences = lines.filter((words) => words.length > 0);
    if (sentences.length < 10)
      throw unexpected(path, "10 sentences or more, one a line", `${sentences.length}`);
    return sentences.map((words) => ({ words: words.slice(0, length), target }));
  });
  const order = Array.from(shuffled(all.length, rng.split(0)), (i) => all[i]!);
  const held = Math.min(heldOutExamples, Math.floor(all.length / 10));
  const taken = order.slice(held, held + trainExamples);
  // Some sentences are there twice: those must not be in both parts.
  const known = new Set(taken.map(({ words }) => words.join(" ")));
  const apart = order.slice(0, held).filter(({ words }) => !known.has(words.join(" ")));

  const counts = new Map<string, [number, number]>();
  for (const { words, target } of taken) {
    for (const word of new Set(words)) {
      const count = counts.get(word) ?? [0, 0];
      count[target]!++;
      counts.set(word, count);
    }
  }
  // What occurs once can be learned by heart, and nothing else.
  const words = ["?", ...[...counts].filter(([, [no, yes]]) => no + yes > 1).map(([word]) => word)];
  const numbers = new Map(words.map((word, i) => [word, i]));
  const stream = rng.split(1);
  const vectors = Float32Array.from({ length: words.length * embedding }, (_, i) => {
    // The first number of a vector is how much likelier the word is in praise, the others tell words apart.
    const [no, yes] = counts.get(words[Math.floor(i / embedding)]!) ?? [0, 0];
    return i % embedding === 0 ? Math.log((yes + 5) / (no + 5)) : stream.normal();
  });
  const examples = (list: typeof taken): Examples =>
    gathered(
      list.map(({ words, target }) => ({ items: words.map((word) => numbers.get(word) ?? 0), target })),
    );
  const heldOut = examples(apart);
  return {
    ...{ vectors, features: embedding, words, train: examples(taken), heldOut, annotated: heldOut },
    longest: length,
    description: `sentence polarity: ${taken.length} training and ${apart.length} held-out sentences of ${all.length}`,
  };
}

type Side = (typeof SIDES)[number];
type Files = Readonly<Record<Side, { readonly path: string; readonly text: string }>>;

/** Unpacked, gzip or not, or out of the archive. */
async function readFiles(folder: string): Promise<Files> {
  const decode = (bytes: Uint8Array): string => new TextDecoder("latin1").decode(bytes);
  const archive = join(folder, ARCHIVE);
  const found: Partial<Record<Side, { path: string; text: string }>> = {};
  for (const side of SIDES) {
    const plain = join(folder, `rt-polarity.${side}`);
    const path = existsSync(plain) ? plain : `${plain}.gz`;
    if (existsSync(path) || !existsSync(archive)) found[side] = { path, text: decode(readBytes(path)) };
  }
  if (!found.neg || !found.pos) {
    for await (const entry of tarEntries(streamBytes(archive), archive)) {
      const side = SIDES.find((side) => entry.path.endsWith(`rt-polarity.${side}`));
      if (side === undefined) continue;
      const parts: Uint8Array[] = [];
      for await (const part of entry.body) parts.push(part.slice());
      found[side] = { path: `${archive}:${entry.path}`, text: decode(Buffer.concat(parts)) };
    }
  }
  for (const side of SIDES) {
    if (!found[side]) throw unexpected(archive, `a file rt-polarity.${side}`, "none");
  }
  return found as Files;
}
