/** Every example of the documentation, docstrings included, passes the strict compiler as a user's file would. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";
import { documentedExamples } from "./documented-examples.ts";

const root = fileURLToPath(new URL("../", import.meta.url));

/** What the guides tell users to have: jax-js needs ESNext's declarations, TensorFlow.js is not checked itself. */
const options: ts.CompilerOptions = {
  strict: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ["lib.esnext.d.ts", "lib.dom.d.ts"],
  types: ["node"],
  skipLibCheck: true,
  noEmit: true,
  allowImportingTsExtensions: true,
  paths: {
    hardgrad: [join(root, "src/index.ts")],
    "hardgrad/ilp": [join(root, "src/solvers/ilp.ts")],
    "hardgrad/jax": [join(root, "src/frameworks/jax.ts")],
    "hardgrad/tfjs": [join(root, "src/frameworks/tfjs.ts")],
  },
};

test("examples are strict TypeScript", () => {
  // Each is a file of its own in the root, where its imports find the packages.
  const files = new Map(
    documentedExamples().map(({ name, code }, i) => [join(root, `example-${i}.ts`), { name, code }] as const),
  );
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.getSourceFile = (path, ...rest) => {
    const example = files.get(path);
    return example
      ? ts.createSourceFile(path, `${example.code}\nexport {};\n`, ts.ScriptTarget.ES2022)
      : getSourceFile(path, ...rest);
  };
  host.fileExists = (path) => files.has(path) || fileExists(path);
  const program = ts.createProgram([...files.keys()], options, host);
  const problems = [...files].flatMap(([path, { name }]) => {
    const source = program.getSourceFile(path)!;
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      (found) => {
        const line = source.getLineAndCharacterOfPosition(found.start ?? 0).line + 1;
        return `${name}, its line ${line}: ${ts.flattenDiagnosticMessageText(found.messageText, " ")}`;
      },
    );
  });
  expect(files.size).toBeGreaterThan(100);
  expect(problems).toStrictEqual([]);
}, 120_000);
