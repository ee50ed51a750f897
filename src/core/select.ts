/** A reusable search for the k-th largest of up to `capacity` numbers, expected O(n); scratch 2 × capacity. */
export interface Selector {
  /**
   * A threshold T with at most k of x[0..n) above it and at least k at or above it, 1 ≤ k ≤ n.
   * The numbers are finite; x is not changed.
   */
  threshold(x: Float64Array, n: number, k: number): number;
}

/** Below k = n / SCAN_BELOW a heap of the k best, scanned against its least, beats partitioning. */
const SCAN_BELOW = 8;
/** Partitions by interpolated pivots before ordinary quickselect, which ends on any input, ties included. */
const MAX_PARTITIONS = 12;

export function selector(capacity: number): Selector {
  const first = new Float64Array(capacity + 1);
  const second = new Float64Array(capacity + 1);
  const third = new Float64Array(capacity + 1);

  /**
   * Quickselect whose pivot is interpolated between the bounds, as if values were uniform there, and whose
   * partition is free of branches: on random data, mispredicted branches are what quickselect's time goes to.
   */
  function partition(x: Float64Array, n: number, k: number): number {
    let low = x[0]!;
    let high = low;
    for (let i = 1; i < n; i++) {
      low = Math.min(low, x[i]!);
      high = Math.max(high, x[i]!);
    }
    let source: Float64Array = x;
    let above: Float64Array = first;
    let below: Float64Array = second;
    let spare: Float64Array = third;
    let count = n;
    let need = k;
    for (let round = 0; round < MAX_PARTITIONS; round++) {
      // The spread of extreme values would overflow; their halves do not. Every third pivot bisects.
      const fraction = round % 3 === 2 ? 0.5 : (count - need) / count;
      const pivot = low * (1 - fraction) + high * fraction;
      let a = 0;
      let b = 0;
      for (let i = 0; i < count; i++) {
        const value = source[i]!;
        const isAbove = +(value > pivot);
        above[a] = value;
        below[b] = value;
        a += isAbove;
        b += 1 - isAbove;
      }
      if (a === need) return pivot;
      const free = source === x ? spare : source;
      if (a > need) {
        source = above;
        above = free;
        count = a;
        low = pivot;
      } else {
        source = below;
        below = free;
        count = b;
        need -= a;
        high = pivot;
      }
      spare = free;
    }
    return quickselect(source, count, need);
  }

  /** Hoare's quickselect on x[0..n), in place. */
  function quickselect(x: Float64Array, n: number, k: number): number {
    let low = 0;
    let high = n - 1;
    const rank = k - 1;
    while (low < high) {
      const pivot = x[(low + high) >> 1]!;
      let i = low;
      let j = high;
      while (i <= j) {
        while (x[i]! > pivot) i++;
        while (x[j]! < pivot) j--;
        if (i <= j) {
          const swap = x[i]!;
          x[i++] = x[j]!;
          x[j--] = swap;
        }
      }
      if (rank <= j) high = j;
      else if (rank >= i) low = i;
      else break;
    }
    return x[rank]!;
  }

  /** Keeps the k best in a min-heap; most numbers cost one comparison with its root. */
  function scan(x: Float64Array, n: number, k: number): number {
    const heap = first;
    for (let i = 0; i < k; i++) heap[i] = x[i]!;
    for (let i = (k >> 1) - 1; i >= 0; i--) sink(heap, k, i, heap[i]!);
    let least = heap[0]!;
    for (let i = k; i < n; i++) {
      const value = x[i]!;
      if (value > least) {
        sink(heap, k, 0, value);
        least = heap[0]!;
      }
    }
    return least;
  }

  return { threshold: (x, n, k) => (k * SCAN_BELOW < n ? scan(x, n, k) : partition(x, n, k)) };
}

/** Puts `value` at position i of a min-heap of k and lets it sink. */
function sink(heap: Float64Array, k: number, start: number, value: number): void {
  let i = start;
  for (;;) {
    let child = 2 * i + 1;
    if (child >= k) break;
    if (child + 1 < k && heap[child + 1]! < heap[child]!) child++;
    if (heap[child]! >= value) break;
    heap[i] = heap[child]!;
    i = child;
  }
  heap[i] = value;
}
