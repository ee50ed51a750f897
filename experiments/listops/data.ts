/** Made expressions in three splits that share none. */
import type { Rng } from "../../src/index.ts";
import type { ListopsConfig } from "./config.ts";
import { drawExpression, fill, type Sentence } from "./expressions.ts";
import { DIGITS, PADDING } from "./words.ts";

export interface Expressions {
  readonly count: number;
  /** Words of the longest expression that there may be. */
  readonly length: number;
  /** expressions × length, filled up with `PADDING`. */
  readonly words: Uint8Array;
  readonly lengths: Int32Array;
  /** expressions × length: where each word's operator is; −1 for the first word and for padding. */
  readonly heads: Int32Array;
  readonly answers: Uint8Array;
}

export interface Data {
  readonly train: Expressions;
  readonly validation: Expressions;
  readonly test: Expressions;
  readonly description: string;
}

/** Draws for one expression, after which its split has too few. */
const PATIENCE = 10_000;

/** Each answer is as frequent as the others in every split, up to one. Which split an expression may be in is its own. */
export function makeData(config: ListopsConfig, rng: Rng): Data {
  const { trainExpressions, validationExpressions, testExpressions, depth, length } = config;
  const counts = [trainExpressions, validationExpressions, testExpressions];
  const [train, validation, test] = counts.map((_, split) =>
    makeSplit(config, counts, split, rng.split(split)),
  ) as [Expressions, Expressions, Expressions];
  return {
    train,
    validation,
    test,
    description: `made by the experiment: ${trainExpressions} training, ${validationExpressions} validation and ${testExpressions} test expressions, nested at most ${depth} deep, of at most ${length} words`,
  };
}

function makeSplit(
  { depth, length }: ListopsConfig,
  counts: readonly number[],
  split: number,
  rng: Rng,
): Expressions {
  const count = counts[split]!;
  const made: Expressions = {
    count,
    length,
    words: new Uint8Array(count * length).fill(PADDING),
    lengths: new Int32Array(count),
    heads: new Int32Array(count * length).fill(-1),
    answers: Uint8Array.from({ length: count }, (_, i) => i % DIGITS),
  };
  for (let i = 0; i < count; i++) {
    const own = rng.row(i);
    let sentence: Sentence;
    let tries = 0;
    do {
      if (tries++ === PATIENCE) {
        throw new RangeError(
          `depth=${depth} and length=${length} allow too few expressions for ${counts.join(", ")} different ones`,
        );
      }
      sentence = fill(drawExpression(own, depth, length), made.answers[i]!, own);
    } while (splitOf(sentence.words, counts) !== split);
    made.words.set(sentence.words, i * length);
    made.heads.set(sentence.heads, i * length);
    made.lengths[i] = sentence.words.length;
  }
  return made;
}

/** The one split that an expression may be in, by a hash of its words (FNV-1a), in proportion to the splits' sizes. */
function splitOf(words: readonly number[], counts: readonly number[]): number {
  let hash = 0x811c9dc5;
  for (const word of words) hash = Math.imul(hash ^ word, 0x01000193);
  // The last words reach the high bits only through another round.
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  const all = counts.reduce((a, b) => a + b, 0);
  const place = (((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32) * all;
  const [train, validation] = counts as [number, number];
  return place < train ? 0 : place < train + validation ? 1 : 2;
}
