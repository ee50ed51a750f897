/**
 * An indexed binary min-heap on flat typed arrays, for shortest paths.
 *
 * Invariant: keys[i] ≥ keys[(i − 1) >> 1], and place[items[i]] = i; an item is in the heap at most once, so its room
 * is bounded by the number of items and it never grows. Scratch: 16 bytes an item, allocated once and re-used.
 */
export interface Heap {
  /** How many items are in the heap. */
  size(): number;
  /** Empties the heap in O(size). */
  clear(): void;
  /** Inserts `item` with this key, or lowers its key; a key that is not lower changes nothing. O(log size). */
  push(item: number, key: number): void;
  /** Removes the item of the least key and returns it; −1 where the heap is empty. O(log size). */
  pop(): number;
}

/**
 * A heap for the items 0 … capacity − 1. Keys are doubles without NaN. The order of items with equal keys follows
 * from the order of the calls alone.
 * @example
 * const heap = makeHeap(3);
 * heap.push(0, 2.5);
 * heap.push(2, 7);
 * heap.push(2, 1); // lowers
 * heap.pop(); // 2
 */
export function makeHeap(capacity: number): Heap {
  const keys = new Float64Array(capacity);
  const items = new Int32Array(capacity);
  const place = new Int32Array(capacity).fill(-1);
  /** For hot loops: V8 does not keep a closure's arrays in registers once there are two heaps. */
  const own = { keys, items, place };
  let n = 0;
  return {
    size: () => n,
    clear() {
      for (let i = 0; i < n; i++) place[items[i]!] = -1;
      n = 0;
    },
    push(item, key) {
      const { keys, items, place } = own;
      let i = place[item]!;
      if (i < 0) i = n++;
      else if (!(key < keys[i]!)) return;
      while (i > 0) {
        const parent = (i - 1) >> 1;
        if (keys[parent]! <= key) break;
        const moved = items[parent]!;
        keys[i] = keys[parent]!;
        items[i] = moved;
        place[moved] = i;
        i = parent;
      }
      keys[i] = key;
      items[i] = item;
      place[item] = i;
    },
    pop() {
      if (n === 0) return -1;
      const { keys, items, place } = own;
      const top = items[0]!;
      place[top] = -1;
      n--;
      if (n === 0) return top;
      const key = keys[n]!;
      const item = items[n]!;
      let i = 0;
      for (;;) {
        let child = 2 * i + 1;
        if (child >= n) break;
        if (child + 1 < n && keys[child + 1]! < keys[child]!) child++;
        if (keys[child]! >= key) break;
        const moved = items[child]!;
        keys[i] = keys[child]!;
        items[i] = moved;
        place[moved] = i;
        i = child;
      }
      keys[i] = key;
      items[i] = item;
      place[item] = i;
      return top;
    },
  };
}
