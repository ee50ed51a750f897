/**
 * Beer reviews that nobody wrote. A rating is told by phrases such as "not very crisp at all" within sentences on its
 * aspect, and by nothing else: lengths, the order of sentences and what surrounds them are drawn apart from the ratings.
 */
import type { Rng } from "../../src/index.ts";
import { ASPECTS, type L2xConfig, SHORTEST } from "./config.ts";
import { type Data, type Examples, gathered } from "./examples.ts";
import { BAD, FILLER, GOOD, OTHERS, STRENGTHS, SUBJECTS, VERBS } from "./lexicon.ts";

const split = (text: string): string[] => (text === "" ? [] : text.split(" "));
const [GOOD_WORDS, BAD_WORDS, OTHER_SUBJECTS, VERB_WORDS, FILLER_WORDS] = [
  GOOD,
  BAD,
  OTHERS,
  VERBS,
  FILLER,
].map(split) as [string[], string[], string[], string[], string[]];
const ASPECT_WORDS = SUBJECTS.map(({ names, good, bad }) => ({
  names: split(names),
  good: split(good),
  bad: split(bad),
}));
const STRENGTH_WORDS = STRENGTHS.map(split);

/** All words, numbered. */
const WORDS: readonly string[] = [
  ...new Set([
    ...[".", "not", "at", "all"],
    ...ASPECT_WORDS.flatMap(({ names, good, bad }) => [...names, ...good, ...bad]),
    ...[OTHER_SUBJECTS, GOOD_WORDS, BAD_WORDS, STRENGTH_WORDS.flat(), VERB_WORDS, FILLER_WORDS].flat(),
  ]),
];
const NUMBERS: ReadonlyMap<string, number> = new Map(WORDS.map((word, i) => [word, i]));

/** What each word shares with others. */
const TRAITS: ReadonlyMap<string, readonly string[]> = new Map(
  [
    ...ASPECT_WORDS.flatMap(({ names, good, bad }, a) => [
      { words: names, traits: ["thing", `aspect ${a}`] },
      { words: good, traits: ["opinion", `aspect ${a}`, "praise"] },
      { words: bad, traits: ["opinion", `aspect ${a}`, "blame"] },
    ]),
    { words: OTHER_SUBJECTS, traits: ["thing"] },
    { words: GOOD_WORDS, traits: ["opinion", "praise"] },
    { words: BAD_WORDS, traits: ["opinion", "blame"] },
    ...STRENGTH_WORDS.map((words, strength) => ({ words, traits: ["strength", `strength ${strength}`] })),
    { words: VERB_WORDS, traits: ["verb"] },
    { words: FILLER_WORDS, traits: ["filler"] },
  ].flatMap(({ words, traits }) => words.map((word) => [word, traits] as const)),
);

/** A way to say how good something is. */
interface Phrase {
  readonly praise: boolean;
  readonly negated: boolean;
  readonly strength: number;
  /** Of a negation, "at all". */
  readonly tail: boolean;
  /** In [0, 1]. */
  readonly value: number;
}

/** How much more often something is said plainly than by each of the ways to negate its opposite. */
const PLAIN = 6;
/** From the worst to the best, as often as they are used, symmetrically: turning praise into blame turns the value around. */
const PHRASES: readonly Phrase[] = [true, false]
  .flatMap((praise) =>
    STRENGTH_WORDS.flatMap((_, strength) =>
      [
        { negated: false, tail: false, size: 0.15 + 0.1 * strength },
        // Less is denied than was said; "not very" denies little, "at all" makes up for it.
        { negated: true, tail: false, size: -0.18 + 0.03 * strength },
        { negated: true, tail: true, size: -0.32 + 0.03 * strength },
      ]
        // Nobody says "not slightly crisp".
        .filter(({ negated }) => !negated || strength > 0)
        .flatMap(({ negated, tail, size }) =>
          new Array<Phrase>(negated ? 1 : PLAIN).fill({
            ...{ praise, negated, strength, tail },
            value: 0.5 + (praise ? size : -size),
          }),
        ),
    ),
  )
  .sort((a, b) => a.value - b.value);

/** How often an opinion is in words that are said of anything: what it is on, its sentence tells alone. */
const GENERAL = 0.8;
/** How alike the opinions on one thing are: squared correlation of each with what the reviewer thinks of it. */
const AGREEMENT = 0.8;
/** Words of a sentence's opinions, and of what stands before and behind them, at most. */
const [MOST_OPINION, PADDING] = [12, 4];

export function makeReviews(config: L2xConfig, rng: Rng): Data {
  const { trainExamples, heldOutExamples, annotatedExamples, embedding } = config;
  const [train, heldOut, annotated] = [trainExamples, heldOutExamples, annotatedExamples].map((count, i) =>
    reviews(config, count, rng.split(i)),
  ) as [Examples, Examples, Examples];
  const vectors = wordVectors(embedding, rng.split(3));
  return {
    vectors,
    features: embedding,
    words: WORDS,
    longest: config.length,
    train,
    heldOut,
    annotated,
    description: `made by the experiment: ${trainExamples} training, ${heldOutExamples} held-out and ${annotatedExamples} annotated reviews on ${ASPECTS[config.aspect]}, of ${SHORTEST} to ${config.length} words`,
  };
}

/**
 * Words that are used alike have vectors that are alike, as those that are trained on much text have: the mean of what a
 * word shares with others and of what it has alone, of variance 1.
 */
function wordVectors(size: number, rng: Rng): Float32Array {
  const vector = (stream: Rng): number[] => Array.from({ length: size }, () => stream.normal());
  const names = [...new Set([...TRAITS.values()].flat())];
  const traits = new Map(names.map((name, i) => [name, vector(rng.split(0).split(i))]));
  const vectors = WORDS.flatMap((word, w) => {
    const parts = [
      vector(rng.split(1).split(w)),
      ...(TRAITS.get(word) ?? []).map((name) => traits.get(name)!),
    ];
    return parts[0]!.map((_, i) => parts.reduce((sum, part) => sum + part[i]!, 0) / Math.sqrt(parts.length));
  });
  return Float32Array.from(vectors);
}

/** Review i depends on the generator's row i alone. */
function reviews({ aspect, length, correlation }: L2xConfig, count: number, rng: Rng): Examples {
  return gathered(Array.from({ length: count }, (_, i) => review(rng.row(i), aspect, length, correlation)));
}

type Review = { readonly items: number[]; readonly target: number; readonly marked: number[] };
interface Sentence {
  readonly words: readonly string[];
  /** Where in it, from the first word to the one behind the last, something is said of the aspect. */
  readonly told: readonly [number, number];
  /** Of its opinions, where they are on the aspect. */
  readonly values: readonly number[];
}

function review(rng: Rng, aspect: number, most: number, correlation: number): Review {
  const length = SHORTEST + Math.floor(rng.uniform() * (most - SHORTEST + 1));
  const shared = rng.normal();
  // Ratings as they are before they are said: normal with this correlation.
  const ratings = ASPECTS.map(
    () => Math.sqrt(correlation) * shared + Math.sqrt(1 - correlation) * rng.normal(),
  );
  // The aspect itself, then the other ones and what nobody rates, as far as they fit; the rest is filler.
  const others = [0, 1, 2, 3].filter((a) => a !== aspect);
  const sentences: Sentence[] = [];
  let left = length;
  for (const about of [aspect, ...shuffle([aspect, ...others, ...others, -1, -1], rng)]) {
    const made = sentence(about, about < 0 ? rng.normal() : ratings[about]!, rng);
    if (made.words.length > left) continue;
    sentences.push(about === aspect ? made : { ...made, told: [0, 0], values: [] });
    left -= made.words.length;
  }
  while (left > 0) {
    const size = Math.min(left, 4 + Math.floor(rng.uniform() * 12));
    sentences.push({ words: [...filler(size - 1, rng), "."], told: [0, 0], values: [] });
    left -= size;
  }
  const [items, marked]: [number[], number[]] = [[], []];
  for (const sentence of shuffle(sentences, rng)) {
    for (const [i, word] of sentence.words.entries()) {
      items.push(NUMBERS.get(word)!);
      marked.push(i >= sentence.told[0] && i < sentence.told[1] ? 1 : 0);
    }
  }
  const values = sentences.flatMap(({ values }) => values);
  return { items, target: values.reduce((a, b) => a + b, 0) / values.length, marked };
}

/** "i think the palate is lovely not very crisp and good to me .": at most 20 words, so that one always fits. */
function sentence(about: number, rating: number, rng: Rng): Sentence {
  const own = ASPECT_WORDS[about];
  const values: number[] = [];
  const opinions: string[] = [];
  for (let left = 1 + Math.floor(3 * rng.uniform()); left > 0; left--) {
    const { praise, negated, strength, tail, value } = phraseAt(
      normalRank(Math.sqrt(AGREEMENT) * rating + Math.sqrt(1 - AGREEMENT) * rng.normal()),
    );
    const { good, bad } =
      own === undefined || rng.uniform() < GENERAL ? { good: GOOD_WORDS, bad: BAD_WORDS } : own;
    const words = [
      ...(left === 1 && opinions.length > 0 ? ["and"] : []),
      ...(negated ? ["not"] : []),
      ...(STRENGTH_WORDS[strength]!.length > 0 ? [pick(STRENGTH_WORDS[strength]!, rng)] : []),
      pick(praise ? good : bad, rng),
      ...(tail ? ["at", "all"] : []),
    ];
    if (opinions.length + words.length > MOST_OPINION) break;
    opinions.push(...words);
    values.push(value);
  }
  const subject = pick(own?.names ?? OTHER_SUBJECTS, rng);
  const core = rng.uniform() < 0.5 ? [subject, pick(VERB_WORDS, rng), ...opinions] : [...opinions, subject];
  const before = Math.floor(rng.uniform() * (PADDING + 1));
  return {
    words: [
      ...filler(before, rng),
      ...core,
      ...filler(Math.floor(rng.uniform() * (PADDING + 1 - before)), rng),
      ".",
    ],
    told: [before, before + core.length],
    values,
  };
}

function phraseAt(rank: number): Phrase {
  return PHRASES[Math.min(PHRASES.length - 1, Math.floor(rank * PHRASES.length))]!;
}

/** Frequent words first, as in any text: rank r with probability about 1 / r. */
function filler(count: number, rng: Rng): string[] {
  const words = FILLER_WORDS.length;
  return Array.from({ length: count }, () => FILLER_WORDS[Math.floor((words + 1) ** rng.uniform()) - 1]!);
}

function pick(words: readonly string[], rng: Rng): string {
  return words[Math.floor(rng.uniform() * words.length)]!;
}

function shuffle<T>(list: readonly T[], rng: Rng): T[] {
  const out = [...list];
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(rng.uniform() * (i + 1));
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}

/** Φ(x), by the logistic approximation of Bowling et al. (2009), within 2e-4. */
function normalRank(x: number): number {
  return 1 / (1 + Math.exp(-(1.5976 * x + 0.07056 * x ** 3)));
}
