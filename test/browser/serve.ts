/** A web server over the library's modules, compiled as they are asked for, and the frameworks in node_modules. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = new URL("../../", import.meta.url);
const importMap = {
  imports: {
    "@jax-js/jax": "/node_modules/@jax-js/jax/dist/index.js",
    "@tensorflow/tfjs": "/tfjs.js",
    "@tensorflow/tfjs-core": "/tfjs.js",
  },
};
const page = `<!doctype html><meta charset="utf-8"><title>hardgrad</title>
<script type="importmap">${JSON.stringify(importMap)}</script>`;

/**
 * One stylesheet-free page at /; at /isolated the same, allowed to share memory with workers; at /strict an empty one whose
 * policy forbids to compile WebAssembly.
 */
export async function serve(): Promise<{ url: string; close(): void }> {
  const server: Server = createServer(async ({ url = "/" }, response) => {
    // Workers and modules of an isolated page need the headers as well.
    response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
    response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
    if (url === "/strict") response.setHeader("Content-Security-Policy", "default-src 'self'");
    if (url === "/isolated") response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
    try {
      const [type, body] = await load(url);
      response.setHeader("Content-Type", type);
      response.end(body);
    } catch {
      response.statusCode = 404;
      response.end();
    }
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function load(url: string): Promise<[type: string, body: string]> {
  if (url === "/" || url === "/isolated") return ["text/html", page];
  if (url === "/strict") return ["text/html", "<!doctype html><title>hardgrad</title>"];
  if (url === "/tfjs.js") return ["text/javascript", await tfModule()];
  const asked = fileURLToPath(new URL(`.${url}`, root));
  // Workers are named as they will be built.
  const path = existsSync(asked) ? asked : asked.replace(/\.js$/, ".ts");
  const text = await readFile(path, "utf8");
  return ["text/javascript", path.endsWith(".ts") ? compile(text, path) : text];
}

/** Modules are asked for by every page and worker. */
const compiled = new Map<string, string>();

/** What `npm run build` makes of a module, but for the extensions in its imports. */
function compile(text: string, fileName: string): string {
  const compilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    verbatimModuleSyntax: true,
  };
  const script = compiled.get(text) ?? ts.transpileModule(text, { fileName, compilerOptions }).outputText;
  compiled.set(text, script);
  return script;
}

/** TensorFlow.js as its script defines it, under its modules' names. */
async function tfModule(): Promise<string> {
  const names = Object.keys(await import("@tensorflow/tfjs")).filter((name) => name !== "default");
  return `import "/node_modules/@tensorflow/tfjs/dist/tf.min.js";\n${names.map((name) => `export const ${name} = tf["${name}"];`).join("\n")}\n`;
}
