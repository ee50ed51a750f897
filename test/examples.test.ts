/**
 * Runs every example of the documentation: `@example` blocks of docstrings and ```ts blocks of the README and guides.
 * An expression statement that ends in `// value` must print that value.
 */
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { documentedExamples } from "./documented-examples.ts";

/** Modules by the names that users import. */
const modules: Record<string, () => Promise<unknown>> = {
  hardgrad: () => import("../src/index.ts"),
  "hardgrad/ilp": () => import("../src/solvers/ilp.ts"),
  "hardgrad/jax": () => import("../src/frameworks/jax.ts"),
  "hardgrad/tfjs": () => import("../src/frameworks/tfjs.ts"),
  "@jax-js/jax": () => import("@jax-js/jax"),
  "@tensorflow/tfjs": () => import("@tensorflow/tfjs"),
};

/** A printed value, as a comment may state it: a literal, a list, or a typed array. */
const VALUE =
  /^(-?\d[\d.e+-]*|-?Infinity|NaN|true|false|undefined|"[^"]*"|(?:Float(?:32|64)Array )?\[.*\])(?:$|\s*[:;—–(,].*$)/;

/** Rewrites an example so that imports load our sources and each stated value is compared. */
export function instrument(code: string): string {
  const lines = code
    .replace(/^import type .*$/gm, "")
    .replace(/^import (\{[\s\S]*?\}) from "([^"]+)";?$/gm, (_, names: string, from: string) => {
      return `const ${names.replace(/\btype \w+,?/g, "").replace(/ as /g, ": ")} = await load("${from}");`;
    })
    .replace(/^import \* as (\w+) from "([^"]+)";?$/gm, 'const $1 = await load("$2");')
    .split("\n")
    .map((line) => {
      const match = /^(?!const|let|for|if|return|\s)(.*?);?\s+\/\/ (.*)$/.exec(line);
      const value = match && VALUE.exec(match[2]!.trim());
      return value ? `check(${match[1]!.replace(/;$/, "")}, ${JSON.stringify(value[1])});` : line;
    });
  return ts.transpileModule(lines.join("\n"), {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  }).outputText;
}

function print(value: unknown): string {
  if (value instanceof Float32Array || value instanceof Float64Array) {
    return `${value.constructor.name} [${Array.from(value).join(", ")}]`;
  }
  if (Array.isArray(value)) return `[${value.map(print).join(", ")}]`;
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** Equal as text, or number by number to the digits that the comment gives. */
function expectPrinted(value: unknown, want: string): void {
  const got = print(value);
  const numbers = /-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/g;
  const skeleton = (text: string): string => text.replace(numbers, "#").replace(/\s+/g, "");
  expect(skeleton(got), `${got} printed, ${want} stated`).toBe(skeleton(want));
  const stated = want.match(numbers) ?? [];
  (got.match(numbers) ?? []).forEach((text, i) => {
    const digits = stated[i]!.split(".")[1]?.replace(/e.*/, "").length ?? 0;
    const scale = 10 ** Number(/e(.*)/.exec(stated[i]!)?.[1] ?? 0);
    const unit = 0.501 * 10 ** -digits * scale;
    expect(Math.abs(Number(text) - Number(stated[i])), `${got} printed, ${want} stated`).toBeLessThanOrEqual(
      Number.isInteger(Number(stated[i])) ? 1e-9 : unit,
    );
  });
}

async function run(code: string): Promise<void> {
  const AsyncFunction = (async () => {}).constructor as new (
    ...args: string[]
  ) => (...args: unknown[]) => Promise<void>;
  const load = (name: string): Promise<unknown> => {
    const module = modules[name];
    if (!module) throw new Error(`an example imports "${name}"`);
    return module();
  };
  await new AsyncFunction("load", "check", "console", instrument(code))(load, expectPrinted, {
    ...console,
    log: () => {},
  });
}

const examples = documentedExamples();
for (const path of new Set(examples.map((example) => example.path))) {
  describe(path, () => {
    for (const example of examples.filter((one) => one.path === path)) {
      test(`example at ${example.name}`, () => run(example.code));
    }
  });
}

describe("the checker of examples", () => {
  test("fails where a stated value is wrong", async () => {
    await expect(run("1 + 1; // 3")).rejects.toThrow(/2 printed, 3 stated/);
    await expect(run("1 / 3; // 0.34")).rejects.toThrow(/stated/);
  });

  test("accepts digits as stated, and words that are no value", async () => {
    await run("1 / 3; // 0.333\n[1, 0.5]; // [1, 0.5]\nMath.random(); // some number");
  });
});
