import type { Structure } from "../contracts.ts";
import { describe } from "../core/check.ts";
import { solverSize } from "../core/structure-argument.ts";

/** The structure that a module's default export makes of `data`. */
export async function makeStructure(url: string, data: unknown): Promise<Structure<never>> {
  const module: { readonly default?: unknown } = await import(
    /* @vite-ignore */ /* webpackIgnore: true */ url
  );
  const make = module.default;
  const expected = `threaded: the default export of ${url} expected a function that makes a structure`;
  if (typeof make !== "function") throw new TypeError(`${expected}, got ${describe(make)}`);
  const structure: unknown = await make(data);
  solverSize("threaded", structure, `what ${url} makes`);
  return structure as Structure<never>;
}
