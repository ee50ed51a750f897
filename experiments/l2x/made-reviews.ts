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
const PLAIN = 3;
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

/** How often an aspect is praised or blamed in words that are said of anything. */
const GENERAL = 0.3;
/** Words of a sentence about an aspect without its opinion, at most. */
const PADDING = 4;
/** Words of a sentence at most: subject, verb, "not", strength, adjective, "at all", the padding and the full stop. */
const LONGEST_SENTENCE = 7 + PADDING + 1;

export function makeReviews(config: L2xConfig, rng: Rng): Data {
  const { trainExamples, heldOutExamples, annotatedExamples, embedding } = config;
  const [train, heldOut, annotated] = [trainExamples, heldOutExamples, annotatedExamples].map((count, i) =>
    reviews(config, count, rng.split(i)),
  ) as [Examples, Examples, Examples];
  const vectors = new Float32Array(WORDS.length * embedding);
  const stream = rng.split(3);
  for (let i = 0; i < vectors.length; i++) vectors[i] = stream.normal();
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

/** Review i depends on the generator's row i alone. */
function reviews({ aspect, length, correlation }: L2xConfig, count: number, rng: Rng): Examples {
  return gathered(Array.from({ length: count }, (_, i) => review(rng.row(i), aspect, length, correlation)));
}

type Review = { readonly items: number[]; readonly target: number; readonly marked: number[] };
/** One sentence, and where in it, from the first word to the one behind the last, something is said of an aspect. */
type Sentence = { readonly words: readonly string[]; readonly told: readonly [number, number] };

function review(rng: Rng, aspect: number, most: number, correlation: number): Review {
  const length = SHORTEST + Math.floor(rng.uniform() * (most - SHORTEST + 1));
  const shared = rng.normal();
  // Ranks of the ratings: normal with this correlation, and uniform when taken through Φ.
  const ranks = ASPECTS.map(() =>
    normalRank(Math.sqrt(correlation) * shared + Math.sqrt(1 - correlation) * rng.normal()),
  );
  const room = Math.floor(length / LONGEST_SENTENCE);
  // The aspect itself, the other ones and what nobody rates, as many as surely fit; the rest is filler.
  const others = [0, 1, 2, 3].filter((a) => a !== aspect);
  const about = [aspect, ...shuffle([...others, -1, aspect, ...others, -1, -1], rng)].slice(
    0,
    Math.max(1, Math.min(room, 3 + Math.floor(rng.uniform() * 4))),
  );
  const sentences: Sentence[] = about.map((a) => {
    const made = sentence(a, a < 0 ? rng.uniform() : ranks[a]!, rng);
    return a === aspect ? made : { ...made, told: [0, 0] };
  });
  let left = length - sentences.reduce((sum, { words }) => sum + words.length, 0);
  while (left > 0) {
    const size = Math.min(left, 4 + Math.floor(rng.uniform() * 12));
    sentences.push({ words: [...filler(size - 1, rng), "."], told: [0, 0] });
    left -= size;
  }
  const [items, marked]: [number[], number[]] = [[], []];
  for (const sentence of shuffle(sentences, rng)) {
    for (const [i, word] of sentence.words.entries()) {
      items.push(NUMBERS.get(word)!);
      marked.push(i >= sentence.told[0] && i < sentence.told[1] ? 1 : 0);
    }
  }
  return { items, target: phraseAt(ranks[aspect]!).value, marked };
}

/** "i think the palate is not very crisp at all to me ." */
function sentence(aspect: number, rank: number, rng: Rng): Sentence {
  const { praise, negated, strength, tail } = phraseAt(rank);
  const own = ASPECT_WORDS[aspect];
  const general = own === undefined || rng.uniform() < GENERAL;
  const adjectives = general ? (praise ? GOOD_WORDS : BAD_WORDS) : praise ? own.good : own.bad;
  const opinion = [
    ...(negated ? ["not"] : []),
    ...(STRENGTH_WORDS[strength]!.length > 0 ? [pick(STRENGTH_WORDS[strength]!, rng)] : []),
    pick(adjectives, rng),
    ...(tail ? ["at", "all"] : []),
  ];
  const subject = pick(own?.names ?? OTHER_SUBJECTS, rng);
  const core = rng.uniform() < 0.5 ? [subject, pick(VERB_WORDS, rng), ...opinion] : [...opinion, subject];
  const before = Math.floor(rng.uniform() * (PADDING + 1));
  return {
    words: [
      ...filler(before, rng),
      ...core,
      ...filler(Math.floor(rng.uniform() * (PADDING + 1 - before)), rng),
      ".",
    ],
    told: [before, before + core.length],
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
