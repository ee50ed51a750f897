/** hardgrad/threads: structures whose rows are spread over threads. */
import type { Structure, With } from "../contracts.ts";
import { checkInteger, checkOptions, describe } from "../core/check.ts";
import type { Composed, ContextOf } from "../core/composed.ts";
import type { Disposing } from "../core/disposing.ts";
import { MOST_HELPERS } from "./control.ts";
import { makeStructure } from "./make-structure.ts";
import { messageOf } from "./message-of.ts";
import { checkPlatform } from "./start-threads.ts";
import { startTeam } from "./team.ts";
import { threadedStructure } from "./threaded-structure.ts";

export type { Disposing } from "../core/disposing.ts";
export { ThreadError } from "./team.ts";

/** What a module of `threaded` exports by default. */
export type Maker = (data: never) => Structure<never> | Promise<Structure<never>>;

/** A structure with what the maker's has: exact inference, states, cardinality, a report. */
export type Threaded<M extends Maker> = Shared<Awaited<ReturnType<M>>>;
type Shared<S extends Structure<never>> = Composed<S, ContextOf<S>> &
  ([S] extends [{ report(): unknown }] ? With<Structure<ContextOf<S>>, "report"> : unknown) &
  Disposing;

export interface ThreadedOptions<M extends Maker = Maker> {
  /** Threads that solve, the calling one included; 1 starts none. More than there are cores slow each other down. */
  readonly threads: number;
  /** What the default export is called with, in each thread with a copy. */
  readonly data?: Parameters<M>[0];
  /**
   * Node: command-line options of the threads, as its `Worker` takes them; by default the process's. Where the module is
   * TypeScript, they register its loader.
   */
  readonly execArgv?: readonly string[];
}

/**
 * A structure whose rows are spread over threads: the same values, bits, errors and report as without them.
 *
 * The default export of the module at `url` makes the structure, in the calling thread and in each of the others, and may
 * be asynchronous. Estimators, relaxations and adapters take the result as it is, since it is synchronous: the calling thread
 * solves its share and waits for the rest. Rows go out in small shares, taken as threads get free. A call whose rows take
 * less time than handing them over stays on the calling thread, and so does one whose generator or context cannot be
 * sent (a function in it, say). A context divides by rows as its arrays do, or as the structure's `contextRows` says.
 *
 * In a browser the calling thread is a worker of a cross-origin isolated page: a page's own thread may not wait.
 * Threads end with `dispose()`, with the process or page, and where one of them fails.
 *
 * @param url a module that can be imported in a worker; what bundlers rename goes through them first.
 * @param options see {@link ThreadedOptions}.
 * @throws (the promise) TypeError or RangeError for wrong options, Error where threads cannot wait or share memory here and
 *   where the module makes no structure. Calls throw what the structure throws, found by solving the whole batch alone;
 *   `ThreadError` where a thread has ended by itself, from then on.
 * @example
 * // tour.ts
 * export default ({ n }: { n: number }) => tour(n);
 * // elsewhere; `make` is the type of tour.ts's default export
 * const tours = await threaded<typeof make>(new URL("./tour.ts", import.meta.url), { threads: 4, data: { n: 12 } });
 * const layer = imle(tours);
 */
export async function threaded<M extends Maker = () => Structure>(
  url: URL,
  options: ThreadedOptions<M>,
): Promise<Threaded<M>> {
  const who = "threaded";
  if (!(url instanceof URL)) {
    throw new TypeError(
      `${who}: url expected a URL, as new URL("./structure.js", import.meta.url) makes, got ${describe(url)}`,
    );
  }
  checkOptions(who, options, ["threads", "data", "execArgv"]);
  const { threads, data, execArgv } = options ?? {};
  checkInteger(who, "threads", threads, 1, MOST_HELPERS + 1);
  if (threads > 1) {
    checkPlatform(who);
    try {
      structuredClone(data);
    } catch (cause) {
      throw new TypeError(`${who}: data expected what can be sent to a thread: ${messageOf(cause)}`, {
        cause,
      });
    }
  }
  const structure: Structure<never> & Partial<Disposing> = await makeStructure(url.href, data);
  try {
    const reported = Object.keys(structure.report?.() ?? {}).length;
    const team =
      threads > 1 ? await startTeam({ url: url.href, data, threads, execArgv, reported }) : undefined;
    return threadedStructure(structure, team) as Threaded<M>;
  } catch (error) {
    structure.dispose?.();
    throw error;
  }
}
