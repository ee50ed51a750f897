/** Structures that share whatever can be shared, however small, and count how often they did. */
import { pathToFileURL } from "node:url";
import { bundled } from "../../lab/test/bundled.ts";
import type { Structure } from "../../src/contracts.ts";
import type { ContextOf } from "../../src/core/composed.ts";
import type { Disposing } from "../../src/core/disposing.ts";
import { type Costs, startTeam } from "../../src/threads/team.ts";
import { threadedStructure } from "../../src/threads/threaded-structure.ts";
import makeStructure, { type Made, type Name } from "./structures.ts";

/** What the threads run, compiled, and what leads them there. */
export const folder = bundled({
  supervisor: "src/threads/supervisor.ts",
  worker: "src/threads/worker.ts",
  structures: "test/threads/structures.ts",
});
export const url = pathToFileURL(`${folder}/structures.js`);
const hooks = `const there = ${JSON.stringify(new URL("supervisor.js", url).href)};
export const resolve = (name, context, next) => next(name.endsWith("/src/threads/supervisor.js") ? there : name, context);`;
const data = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;
export const execArgv = [
  "--import",
  data(`import { register } from "node:module"; register(${JSON.stringify(data(hooks))});`),
];

export interface Sharing<S extends Structure<never>> {
  readonly threaded: S & Disposing;
  readonly plain: S;
  /** Calls that were shared. */
  readonly shared: () => number;
}

export async function sharing<N extends Name>(
  name: N,
  threads = 3,
  costs: Costs = { handover: 0, copy: 0 },
): Promise<Sharing<Made<N>>> {
  const make = () => makeStructure(name) as Made<N> | Promise<Made<N>>;
  const structure = await make();
  const reported = Object.keys((structure as Structure<ContextOf<Made<N>>>).report?.() ?? {}).length;
  const team = await startTeam({ url: url.href, data: name, threads, execArgv, reported });
  let shared = 0;
  const counting: typeof team = {
    ...team,
    solve(...call) {
      shared++;
      return team.solve(...call);
    },
  };
  return {
    threaded: threadedStructure(structure, counting, costs) as Made<N> & Disposing,
    plain: await make(),
    shared: () => shared,
  };
}
