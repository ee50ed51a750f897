/** Structures by name, for threads: what is sent to them is the name. */
import { isMainThread } from "node:worker_threads";
import {
  categorical,
  completeGraph,
  gridPath,
  kSubset,
  linearChain,
  matching,
  product,
  repeat,
  type Structure,
  solver,
  spanningTree,
  tour,
} from "../../src/index.ts";
import { ilp, largeTour, loadHighs } from "../../src/solvers/ilp.ts";

/** What a solver below, or its end, does in the calling thread: a test sets it, in that thread alone. */
export const caller: { solve?: () => void; dispose?: () => void } = {};

/** θ of a row that ends the thread which solves it. */
export const DEADLY = 13;

/** One of two, where threads beside the caller meet their end. */
function mortal(end: () => void): Structure {
  return solver({
    shape: [2],
    solve(theta, z) {
      z[theta[0]! > theta[1]! ? 0 : 1] = 1;
      if (isMainThread) caller.solve?.();
      else if (theta[0] === DEADLY) end();
    },
  });
}

const makers = {
  kSubset: () => kSubset(5, 2),
  linearChain: () => linearChain(3, 2),
  spanningTree: () => spanningTree(completeGraph(4)),
  matching: () => matching(3),
  gridPath: () => gridPath(3, 3),
  tour: () => tour(4),
  product: () => product([kSubset(3, 1), categorical(2)]),
  repeat: () => repeat(kSubset(3, 1), 2),
  twoOfFour: async () =>
    ilp(await loadHighs(), {
      variables: 4,
      constraints: [{ terms: [0, 1, 2, 3].map((i) => [i, 1] as const), equals: 2 }],
    }),
  largeTour: async () => largeTour(await loadHighs(), 5),
  exits: () => mortal(() => process.exit(7)),
  diesLater: () =>
    mortal(() => {
      setTimeout(() => {
        throw new Error("out of a timer");
      }, 200);
    }),
  onlyHere: () => {
    if (!isMainThread) throw new RangeError("not in this thread");
    return { ...kSubset(2, 1), dispose: () => caller.dispose?.() };
  },
  never: () => {
    if (!isMainThread) process.exit(3);
    return kSubset(2, 1);
  },
  nothing: () => ({}) as Structure,
  shapeless: () => ({ name: "shapeless", map() {} }) as unknown as Structure,
  slow: () =>
    solver({
      shape: [1],
      solve() {
        if (isMainThread) caller.solve?.();
        else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
      },
    }),
  listed: () =>
    solver<readonly (number | { readonly v: number })[]>({
      shape: [1],
      solve(_, z, context, row) {
        const own = context![row]!;
        z[0] = typeof own === "number" ? own : own.v;
      },
    }),
  priced: () =>
    solver<{ readonly prices: readonly number[]; readonly budget: readonly number[]; price?: () => number }>({
      shape: [3],
      // The prices of the elements belong to all rows, the budgets to a row each.
      contextRows: ({ prices, budget }, _rows, from, to) => ({ prices, budget: budget.slice(from, to) }),
      solve(theta, z, context, row) {
        const { prices, budget } = context!;
        let left = budget[row]!;
        for (let i = 0; i < 3; i++) {
          z[i] = theta[i]! > 0 && prices[i]! <= left ? 1 : 0;
          left -= z[i]! * prices[i]!;
        }
      },
    }),
} satisfies Record<string, () => Structure<never> | Promise<Structure<never>>>;

export type Name = keyof typeof makers;
export type Made<N extends Name> = Awaited<ReturnType<(typeof makers)[N]>>;

export default (name: Name): Structure<never> | Promise<Structure<never>> => makers[name]();
