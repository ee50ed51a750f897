/** The examples of the documentation: `@example` blocks of docstrings, ```ts blocks of README, guides and experiments. */
import { readdirSync, readFileSync } from "node:fs";

const root = new URL("../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");

export interface Example {
  /** File and line. */
  readonly name: string;
  readonly path: string;
  readonly code: string;
}

function example(path: string, source: string, at: number, code: string): Example {
  return { name: `${path}:${source.slice(0, at).split("\n").length}`, path, code };
}

function ofDocstrings(path: string): Example[] {
  const source = read(path);
  return Array.from(
    source.matchAll(/\/\*\*(?:(?!\*\/)[\s\S])*?@example\n((?:(?!\*\/)[\s\S])*?)(?=\n\s*\* @|\*\/)/g),
    (m) => example(path, source, m.index, m[1]!.replace(/^ *\* ?/gm, "").replace(/^```\w*$/gm, "")),
  );
}

function ofMarkdown(path: string): Example[] {
  const source = read(path);
  return Array.from(source.matchAll(/^```ts\n([\s\S]*?)^```/gm), (m) =>
    example(path, source, m.index, m[1]!),
  );
}

const filesBelow = (folder: string, extension: string): string[] =>
  readdirSync(new URL(folder, root), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(extension))
    .map((path) => `${folder}/${path}`)
    .sort();

/** All examples that stand alone: those that import something. */
export function documentedExamples(): Example[] {
  const sources = filesBelow("src", ".ts").filter((path) => !path.endsWith(".test.ts"));
  const pages = [
    ...filesBelow("site", ".md").filter((path) => !/^site\/(api|dist|\.vitepress)\//.test(path)),
    ...filesBelow("experiments", ".md"),
    "README.md",
  ];
  return [...sources.flatMap(ofDocstrings), ...pages.flatMap(ofMarkdown)].filter(({ code }) =>
    /^import /m.test(code),
  );
}
