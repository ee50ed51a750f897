/** BeerAdvocate's reviews in the form of Lei, Barzilay and Jaakkola (2016): ratings, tokens, marks, word vectors. */
import { join } from "node:path";
import { readBytes } from "../../lab/data/read-bytes.ts";
import { unexpected } from "../../lab/data/unexpected.ts";
import { isObject } from "../../lab/run/json.ts";
import type { L2xConfig } from "./config.ts";
import { type Data, type Examples, gathered } from "./examples.ts";

const ANNOTATIONS = "annotations.json";
const VECTORS = "review+wiki.filtered.200.txt.gz";

interface Review {
  readonly words: readonly string[];
  readonly target: number;
  readonly marked?: readonly number[];
}

/** @throws DataError that names the file and the line for what is missing or damaged. */
export function readReviews(folder: string, config: L2xConfig): Data {
  const { aspect, length, trainExamples, heldOutExamples, annotatedExamples } = config;
  const part = (name: string, most: number): Review[] =>
    readRated(join(folder, `reviews.aspect${aspect}.${name}.txt.gz`), aspect, length, most);
  const lists = [
    part("train", trainExamples),
    part("heldout", heldOutExamples),
    readAnnotated(join(folder, ANNOTATIONS), aspect, length, annotatedExamples),
  ];
  const used = new Set(lists.flatMap((list) => list.flatMap(({ words }) => words)));
  const { words, vectors, features } = readVectors(join(folder, VECTORS), used);
  const numbers = new Map(words.map((word, i) => [word, i]));
  const [train, heldOut, annotated] = lists.map((list) =>
    gathered(list.map(({ words, ...rest }) => ({ ...rest, items: words.map((w) => numbers.get(w) ?? 0) }))),
  ) as [Examples, Examples, Examples];
  return {
    ...{ vectors, features, words, train, heldOut, annotated, longest: length },
    description: `BeerAdvocate, aspect ${aspect}: ${train.count} training, ${heldOut.count} held-out and ${annotated.count} annotated reviews, cut at ${length} words`,
  };
}

function linesOf(file: string): string[] {
  const lines = new TextDecoder().decode(readBytes(file)).split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** A line: ratings in [0, 1] with spaces between them, a tab, tokens with spaces between them. */
function readRated(file: string, aspect: number, length: number, most: number): Review[] {
  const reviews = linesOf(file)
    .slice(0, most)
    .map((line, i) => {
      const tab = line.indexOf("\t");
      if (tab < 0) throw unexpected(`${file}, line ${i + 1}`, "ratings, a tab and words", "no tab");
      const target = rating(line.slice(0, tab).trim().split(/\s+/)[aspect], `${file}, line ${i + 1}`, aspect);
      return { words: someWords(line.slice(tab + 1).split(/\s+/), length, `${file}, line ${i + 1}`), target };
    });
  if (reviews.length < 2) throw unexpected(file, "two reviews or more, one a line", `${reviews.length}`);
  return reviews;
}

/** A line: a JSON object of tokens x, ratings y, and for each aspect the ends [start, end) of what is marked. */
function readAnnotated(file: string, aspect: number, length: number, most: number): Review[] {
  const reviews = linesOf(file)
    .slice(0, most)
    .map((line, i) => {
      const at = `${file}, line ${i + 1}`;
      let value: unknown;
      try {
        value = JSON.parse(line);
      } catch (error) {
        throw unexpected(at, "a JSON object", (error as Error).message);
      }
      const { x, y, [String(aspect)]: spans } = isObject(value) ? value : {};
      if (!(Array.isArray(x) && Array.isArray(y) && Array.isArray(spans))) {
        throw unexpected(at, `an object of lists x, y and "${aspect}"`, line.slice(0, 60));
      }
      const words = someWords(x.map(String), length, at);
      const marked = new Array<number>(words.length).fill(0);
      for (const span of spans) {
        const [from, to] = Array.isArray(span) ? span : [];
        if (!(Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from <= to && to <= x.length)) {
          throw unexpected(at, `spans [start, end) within ${x.length} words`, JSON.stringify(span));
        }
        marked.fill(1, from, to);
      }
      return { words, target: rating(y[aspect], at, aspect), marked };
    });
  if (reviews.length === 0) throw unexpected(file, "a JSON object a line", "an empty file");
  return reviews;
}

function rating(text: unknown, at: string, aspect: number): number {
  const value = text === undefined || text === "" ? Number.NaN : Number(text);
  if (!(value >= 0 && value <= 1)) {
    throw unexpected(at, `a rating in [0, 1] of aspect ${aspect}`, `${text ?? "none"}`);
  }
  return value;
}

function someWords(all: readonly string[], length: number, at: string): string[] {
  const words = all.filter((word) => word !== "").slice(0, length);
  if (words.length === 0) throw unexpected(at, "words", "none");
  return words;
}

/** A line: a word and its numbers. Row 0 is that of all words without a vector: zeros. */
function readVectors(
  file: string,
  used: ReadonlySet<string>,
): { words: string[]; vectors: Float32Array; features: number } {
  const words = ["?"];
  const rows: number[][] = [];
  let features: number | undefined;
  for (const [i, line] of linesOf(file).entries()) {
    const [word, ...texts] = line.trim().split(/\s+/);
    features ??= texts.length;
    const numbers = texts.map(Number);
    if (features === 0 || numbers.length !== features || !numbers.every(Number.isFinite)) {
      throw unexpected(
        `${file}, line ${i + 1}`,
        `a word and ${features || "its"} numbers`,
        line.slice(0, 60),
      );
    }
    if (!used.has(word!)) continue;
    words.push(word!);
    rows.push(numbers);
  }
  if (rows.length === 0) throw unexpected(file, "vectors of the reviews' words", "none of them");
  const vectors = new Float32Array(words.length * features!);
  for (const [i, row] of rows.entries()) vectors.set(row, (i + 1) * features!);
  return { words, vectors, features: features! };
}
