/** Structures that share whatever can be shared, however small, and count how often they did. */
import { TYPESCRIPT_THREADS } from "../../lab/run/typescript-threads.ts";
import type { Structure } from "../../src/contracts.ts";
import type { ContextOf } from "../../src/core/composed.ts";
import type { Disposing } from "../../src/core/disposing.ts";
import { type Costs, startTeam } from "../../src/threads/team.ts";
import { threadedStructure } from "../../src/threads/threaded-structure.ts";
import makeStructure, { type Made, type Name } from "./structures.ts";

export const url = new URL("./structures.ts", import.meta.url);
export const execArgv = TYPESCRIPT_THREADS;

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
