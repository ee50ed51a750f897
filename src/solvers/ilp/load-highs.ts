import type { Highs, InitOptions } from "highs";
import { checkMethod } from "../../core/check.ts";

export type { Highs };

/**
 * Loads HiGHS, a solver compiled to WebAssembly: the package "highs", which is installed beside hardgrad. Solving is
 * synchronous afterwards; in a browser, larger programs belong in a worker.
 *
 * @param options where a browser finds `highs.wasm`: `locateFile`, `wasmBinary` or `wasmModule` of the package.
 * @throws Error if the package is not installed.
 * @example
 * import { loadHighs } from "hardgrad/ilp";
 * const highs = await loadHighs();
 * highs.version.major; // 1
 */
export async function loadHighs(options?: InitOptions): Promise<Highs> {
  let loaded: unknown;
  try {
    loaded = await import("highs");
  } catch (cause) {
    throw new Error('hardgrad/ilp needs the package "highs": npm install highs', { cause });
  }
  // The package's types describe its CommonJS build; its ES module exports the loader itself.
  const { default: load } = loaded as { default: (options?: InitOptions) => Promise<Highs> };
  return load(options);
}

/** What `ilp(model)` forgets: TypeScript says so, JavaScript would find out in the middle. */
export function checkHighs(who: string, highs: unknown): void {
  checkMethod(who, "the first argument", highs, "createModel", "what `await loadHighs()` returns");
}
