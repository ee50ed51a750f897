/** One search at a time: the caller fills `cost` and `closed`, calls `search` and walks back along `previous`. */
export interface GridSearch {
  /** Of entering each cell, ≥ 0. */
  readonly cost: Float64Array;
  /** 1 where a cell may not be entered, as on the border; the search closes what it has reached. */
  readonly closed: Uint8Array;
  /** The cell before each cell that was reached. */
  readonly previous: Int32Array;
  /** False where the target is cut off. */
  search(): boolean;
}

/**
 * Dijkstra's algorithm (1959) from cell to cell of a grid with a closed border, whose neighbours lie at the same
 * `steps` everywhere; O(n log n) for n cells. What a cell costs does not depend on where one comes from, so that it is
 * reached best at the first time: it is closed then, nothing in the heap changes, and the search ends at the target's sight.
 *
 * Invariant: the first `size` of `keys`, distances, and `cells` are a binary heap, and Infinity follows. While the least is
 * being left its place is free, and the first new cell takes it.
 */
export function gridSearch(count: number, steps: Int32Array, source: number, target: number): GridSearch {
  const cost = new Float64Array(count);
  const previous = new Int32Array(count);
  const closed = new Uint8Array(count);
  const heapKeys = new Float64Array(count + 2);
  const heapCells = new Int32Array(count + 2);

  function search(): boolean {
    const keys = heapKeys;
    const cells = heapCells;
    if (closed[source] === 1 || closed[target] === 1) return false;
    closed[source] = 1;
    let size = 0;
    let cell = source;
    let base = cost[source]!;
    while (closed[target] === 0) {
      let free = size > 0;
      for (let s = 0; s < steps.length; s++) {
        const next = cell + steps[s]!;
        if (closed[next] === 1) continue;
        closed[next] = 1;
        previous[next] = cell;
        const key = base + cost[next]!;
        if (free) {
          free = false;
          sink(next, key, size);
          continue;
        }
        let i = size++;
        keys[size] = Infinity;
        while (i > 0) {
          const parent = (i - 1) >> 1;
          if (keys[parent]! <= key) break;
          keys[i] = keys[parent]!;
          cells[i] = cells[parent]!;
          i = parent;
        }
        keys[i] = key;
        cells[i] = next;
      }
      if (free) {
        size--;
        const last = keys[size]!;
        keys[size] = Infinity;
        if (size > 0) sink(cells[size]!, last, size);
      }
      if (size === 0) return false;
      cell = cells[0]!;
      base = keys[0]!;
    }
    return true;
  }

  /** Puts a cell where the least was. */
  function sink(cell: number, key: number, size: number): void {
    const keys = heapKeys;
    const cells = heapCells;
    let i = 0;
    for (let child = 1; child < size; child = 2 * i + 1) {
      child += +(keys[child + 1]! < keys[child]!);
      if (keys[child]! >= key) break;
      keys[i] = keys[child]!;
      cells[i] = cells[child]!;
      i = child;
    }
    keys[i] = key;
    cells[i] = cell;
  }

  return { cost, closed, previous, search };
}
