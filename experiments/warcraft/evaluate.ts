import { gridPath, minimizing, pathOptimality } from "../../src/index.ts";
import { batcher, type Maps } from "./maps.ts";
import type { Method } from "./methods.ts";
import type { Model, ModelState } from "./model.ts";

export type Score = {
  /** Share of maps whose predicted path is as cheap as the best. */
  readonly accuracy: number;
  /** Mean over maps of what the predicted path costs beyond the best, as a share of that; null where some are no paths. */
  readonly excess: number | null;
};

export interface Predictions {
  /** A number a cell of each map: cost, or log-odds. */
  readonly values: Float32Array;
  /** A predicted path each; not necessarily a path if the network predicts that directly. */
  readonly paths: Float32Array;
}

/** Predicts without noise; maps 0 … count − 1. */
export async function predict(
  model: Model,
  state: ModelState,
  { predicts }: Pick<Method, "predicts">,
  maps: Maps,
  count: number,
  batch: number,
): Promise<Predictions> {
  const cells = maps.side ** 2;
  const makeBatch = batcher(maps, batch);
  const values = new Float32Array(count * cells);
  for (let from = 0; from < count; from += batch) {
    // Programs are for one size: the last batch is filled up with the last map.
    const indices = Int32Array.from({ length: batch }, (_, i) => Math.min(from + i, count - 1));
    const made = await model.predict(state, makeBatch(indices, 0).pixels);
    values.set(made.subarray(0, Math.min(batch, count - from) * cells), from * cells);
  }
  const paths = new Float32Array(values.length);
  if (predicts === "costs") minimizing(gridPath(maps.side, maps.side)).map(values, paths);
  else for (let i = 0; i < paths.length; i++) paths[i] = +(values[i]! > 0);
  return { values, paths };
}

export function score({ predicts }: Pick<Method, "predicts">, paths: Float32Array, maps: Maps): Score {
  const optimal = optimalPaths(paths, maps);
  return {
    accuracy: optimal.filter((is) => is).length / optimal.length,
    excess: predicts === "costs" ? excess(paths, maps) : null,
  };
}

/** Of each map, whether the marked cells are a path, and as cheap as the best. */
export function optimalPaths(
  marked: Float32Array,
  { side, costs, paths }: Pick<Maps, "side" | "costs" | "paths">,
): boolean[] {
  const cells = side ** 2;
  const shortest = shortestWithin(marked, side);
  return Array.from({ length: marked.length / cells }, (_, map) => {
    const own = (values: Float32Array): Float32Array => values.subarray(map * cells, (map + 1) * cells);
    const isPath = own(marked).every((z, i) => z === shortest[map * cells + i]);
    return isPath && pathOptimality(own(marked), own(paths), own(costs), cells) === 1;
  });
}

/**
 * The path of fewest cells in each map that leaves the marked ones only where it must: marked cells that are a path
 * without a detour are their own.
 */
function shortestWithin(marked: Float32Array, side: number): Float32Array {
  const dear = 1e6;
  const z = new Float32Array(marked.length);
  const costs = marked.map((on) => (on === 1 ? 1 : dear));
  minimizing(gridPath(side, side)).map(costs, z);
  return z;
}

function excess(paths: Float32Array, { side, costs, paths: best }: Maps): number {
  const cells = side ** 2;
  const count = paths.length / cells;
  let sum = 0;
  for (let map = 0; map < count; map++) {
    let [found, least] = [0, 0];
    for (let i = map * cells; i < (map + 1) * cells; i++) {
      found += paths[i]! * costs[i]!;
      least += best[i]! * costs[i]!;
    }
    sum += least > 0 ? found / least - 1 : 0;
  }
  return sum / count;
}
