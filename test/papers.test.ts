/** "From the papers to the code" (site/papers.md): everything that the page names exists, and no number is left out. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { experiments } from "../experiments/experiments.ts";

const PAGE = "site/papers.md";
const text = readFileSync(PAGE, "utf8");

interface Link {
  readonly words: string;
  readonly path: string;
}

/** Links of the tables, with paths from the root of the repository. */
const links: readonly Link[] = Array.from(
  text.matchAll(/(?<=[|,;:.] |[a-z] )\[([^\]]+)\]\(([^)]+)\)/g),
  ([, words, target]) => ({ words: words!, path: join(dirname(PAGE), target!) }),
);

/** A file with what it re-exports, for the entry points of the package. */
const sourceOf = (path: string): string => readFileSync(path, "utf8");

function exportsName(source: string, name: string): boolean {
  return new RegExp(
    `export (?:async )?(?:function|const|interface|class|type) ${name}\\b|export (?:type )?\\{[^}]*\\b${name}\\b`,
  ).test(source);
}

test("the tables have links of each kind", () => {
  const ends = (end: string): number => links.filter(({ path }) => path.endsWith(end)).length;
  expect([ends(".test.ts"), ends("README.md"), ends(".md")].every((count) => count > 5)).toBe(true);
});

describe("what is linked exists", () => {
  test.each(links.map(({ words, path }) => [words, path]))("%s in %s", (words, path) => {
    expect(existsSync(path), path).toBe(true);
    const source = sourceOf(path);
    const name = /^`(\w+)(?:\.(\w+))?`$/.exec(words);
    if (name) {
      expect(exportsName(source, name[1]!), `${path} exports ${name[1]}`).toBe(true);
      if (name[2]) expect(source).toMatch(new RegExp(`\\b${name[2]}\\??[(:]`));
    } else if (path.startsWith("experiments/") && path.endsWith("README.md")) {
      expect(experiments.map((experiment) => experiment.name)).toContain(words);
    } else if (path.endsWith(".ts")) {
      // A title, or its beginning where values are put into it.
      expect(source.match(/(?<=(?:test|describe)(?:\.\w+(?:\([^\n]*?\))?)?\(\s*["`])[^"`]+/g)).toContainEqual(
        expect.stringContaining(words),
      );
    }
  });
});

describe("every number has a row", () => {
  const section = (title: string): string => text.split(/^## /m).find((part) => part.startsWith(title))!;
  /** First cells of a section's rows, such as "Eq. 4, 5" or "Fig. 3, bottom; 5". */
  function numbered(title: string, kind: string): number[] {
    const cells = Array.from(section(title).matchAll(/^\| ([^|]+) \|/gm), ([, cell]) => cell!);
    return cells
      .flatMap((cell) =>
        Array.from(cell.replace(/\[\d.*?\]/g, "").matchAll(/(Eq|Fig|Table|Algorithms?)\.? ([\d–,; a-z]+)/g)),
      )
      .filter(([, found]) => found!.replace(/s$/, "") === kind)
      .flatMap(([, , list]) =>
        Array.from(list!.matchAll(/(\d+)(?:–(\d+))?/g)).flatMap(([, from, to]) =>
          Array.from({ length: Number(to ?? from) - Number(from) + 1 }, (_, i) => Number(from) + i),
        ),
      );
  }
  test.each([
    ["I-MLE", "Eq", 18],
    ["I-MLE", "Fig", 11],
    ["I-MLE", "Table", 5],
    ["I-MLE", "Algorithm", 1],
    ["Stochastic softmax tricks", "Eq", 8],
    ["Stochastic softmax tricks", "Fig", 5],
    ["Stochastic softmax tricks", "Table", 3],
    ["SIMPLE", "Eq", 11],
    ["SIMPLE", "Fig", 4],
    ["SIMPLE", "Table", 3],
    ["SIMPLE", "Algorithm", 6],
  ])("%s: %s 1 to %i", (title, kind, last) => {
    const found = new Set(numbered(title, kind));
    expect([...found].sort((a, b) => a - b)).toStrictEqual(Array.from({ length: last }, (_, i) => i + 1));
  });
});
