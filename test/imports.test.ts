/** The house: which room may import from which, types included, and no circles anywhere. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";

/** What each room of the library, of the laboratory and of the experiments may import beside itself. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  "src/contracts.ts": [],
  "src/core": ["src/contracts.ts"],
  "src/algorithms": ["src/core", "src/contracts.ts"],
  "src/boundary": ["src/algorithms", "src/core", "src/contracts.ts"],
  "src/composition": ["src/core", "src/contracts.ts"],
  "src/structures": ["src/boundary", "src/composition", "src/algorithms", "src/core", "src/contracts.ts"],
  "src/noise": ["src/core", "src/contracts.ts"],
  "src/targets": ["src/core", "src/contracts.ts"],
  "src/relaxations": ["src/structures", "src/boundary", "src/algorithms", "src/core", "src/contracts.ts"],
  "src/losses": ["src/noise", "src/core", "src/contracts.ts"],
  "src/metrics": ["src/losses", "src/core", "src/contracts.ts"],
  "src/estimators": [
    "src/relaxations",
    "src/structures",
    "src/noise",
    "src/targets",
    "src/core",
    "src/contracts.ts",
  ],
  "src/probe": [
    "src/estimators",
    "src/relaxations",
    "src/noise",
    "src/targets",
    "src/losses",
    "src/core",
    "src/contracts.ts",
  ],
  "src/conformance": ["src/core", "src/contracts.ts"],
  "src/solvers": ["src/structures", "src/algorithms", "src/core", "src/contracts.ts"],
  "src/threads": ["src/core", "src/contracts.ts"],
  "src/frameworks": ["src/estimators", "src/core", "src/contracts.ts"],
  "src/index.ts": ["src"],
  lab: ["lab", "src"],
  "lab/cli": ["experiments/experiments.ts", "lab", "src"],
  experiments: ["experiments", "lab", "src"],
};

/** Every TypeScript file that is no test, with the files that it imports. */
const imports = new Map<string, readonly string[]>(
  ["src", "lab", "experiments"].flatMap((root) =>
    readdirSync(root, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name): [string, string[]] => {
        const path = join(root, name);
        const { importedFiles } = ts.preProcessFile(readFileSync(path, "utf8"));
        const local = importedFiles.map(({ fileName }) => fileName).filter((name) => name.startsWith("."));
        return [path, local.map((name) => join(dirname(path), name))];
      }),
  ),
);

const within = (path: string, room: string): boolean => path === room || path.startsWith(`${room}/`);

/** The most particular room of the table that holds a file. */
function roomOf(path: string): string | undefined {
  return Object.keys(ARROWS)
    .filter((room) => within(path, room))
    .sort((a, b) => b.length - a.length)[0];
}

test("every file stands in a room whose arrows are known", () => {
  expect([...imports.keys()].filter((path) => roomOf(path) === undefined)).toStrictEqual([]);
});

test("imports point one way", () => {
  const wrong = [...imports].flatMap(([path, targets]) => {
    if (/\.test\.ts$|^lab\/test\//.test(path)) return [];
    const room = roomOf(path)!;
    return targets
      .filter((target) => ![room, ...ARROWS[room]!].some((allowed) => within(target, allowed)))
      .map((target) => `${path} → ${target}`);
  });
  expect(wrong).toStrictEqual([]);
});

test("nothing imports in a circle", () => {
  const circles: string[] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (path: string): void => {
    const at = trail.indexOf(path);
    if (at >= 0) circles.push([...trail.slice(at), path].join(" → "));
    if (at >= 0 || done.has(path)) return;
    trail.push(path);
    for (const target of imports.get(path) ?? []) visit(target);
    trail.pop();
    done.add(path);
  };
  for (const path of imports.keys()) visit(path);
  expect(circles).toStrictEqual([]);
});
