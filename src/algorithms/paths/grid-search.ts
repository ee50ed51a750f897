import { makeHeap } from "../graphs/heap.ts";

/** One search at a time: the caller fills `cost` and `closed`, calls `search` and walks back along `previous`. */
export interface GridSearch {
  /** Of entering each cell, ≥ 0. */
  readonly cost: Float64Array;
  /** 1 where a cell may not be entered, as on the border; the search closes what it has settled. */
  readonly closed: Uint8Array;
  /** The cell before each cell that was reached. */
  readonly previous: Int32Array;
  /** False where the target is cut off. */
  search(): boolean;
}

/**
 * Dijkstra's algorithm (1959) from cell to cell of a grid with a closed border, whose neighbours lie at the same
 * `steps` everywhere; O(n log n) for n cells. Invariant: a closed cell's distance is final.
 */
export function gridSearch(cells: number, steps: Int32Array, source: number, target: number): GridSearch {
  const cost = new Float64Array(cells);
  const distance = new Float64Array(cells);
  const previous = new Int32Array(cells);
  const closed = new Uint8Array(cells);
  const heap = makeHeap(cells);

  function search(): boolean {
    distance.fill(Infinity);
    heap.clear();
    distance[source] = cost[source]!;
    if (closed[source] === 1) return false;
    for (let cell = source; cell !== target; cell = heap.pop()) {
      if (cell < 0) return false;
      closed[cell] = 1;
      const base = distance[cell]!;
      for (let s = 0; s < steps.length; s++) {
        const next = cell + steps[s]!;
        if (closed[next] === 1) continue;
        const reached = base + cost[next]!;
        if (reached < distance[next]!) {
          distance[next] = reached;
          previous[next] = cell;
          heap.push(next, reached);
        }
      }
    }
    return true;
  }

  return { cost, closed, previous, search };
}
