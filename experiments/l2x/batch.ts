import { shuffled } from "../../lab/run/shuffled.ts";
import type { Rng } from "../../src/index.ts";
import type { Data, Examples } from "./examples.ts";

export interface Batch {
  /** Items that each row has room for. */
  readonly width: number;
  /** rows × width × features, zeros behind a row's items. */
  readonly features: Float32Array<ArrayBuffer>;
  /** Items of each row. */
  readonly lengths: Int32Array;
  readonly targets: Float32Array<ArrayBuffer>;
  /** rows × width: of each item how much it says by itself (`univariate`). */
  readonly scores: Float32Array;
}

/** Widths of batches, as shares of the longest example's: one program is compiled for each. */
const WIDTHS = [0.25, 0.5, 0.75, 1] as const;

/** Copies examples into arrays that it reuses: a batch holds until the next of its width is made. */
export function batcher(
  { vectors, features, longest }: Pick<Data, "vectors" | "features" | "longest">,
  rows: number,
): (examples: Examples, chosen: ArrayLike<number>, scores: Float32Array) => Batch {
  const widths = [...new Set(WIDTHS.map((share) => Math.ceil(share * longest)))];
  const rooms = new Map<number, Batch>();
  return ({ starts, items, targets }, chosen, scores) => {
    let most = 0;
    for (let row = 0; row < rows; row++) {
      most = Math.max(most, starts[chosen[row]! + 1]! - starts[chosen[row]!]!);
    }
    const width = widths.find((width) => width >= most)!;
    const made = rooms.get(width) ?? room(rows, width, features);
    rooms.set(width, made);
    made.features.fill(0);
    made.scores.fill(0);
    for (let row = 0; row < rows; row++) {
      const [from, to] = [starts[chosen[row]!]!, starts[chosen[row]! + 1]!];
      made.lengths[row] = to - from;
      made.targets[row] = targets[chosen[row]!]!;
      for (let i = from; i < to; i++) {
        const [item, at] = [items[i]!, row * width + i - from];
        made.features.set(vectors.subarray(item * features, (item + 1) * features), at * features);
        made.scores[at] = scores[item]!;
      }
    }
    return made;
  };
}

function room(rows: number, width: number, features: number): Batch {
  return {
    width,
    features: new Float32Array(rows * width * features),
    lengths: new Int32Array(rows),
    targets: new Float32Array(rows),
    scores: new Float32Array(rows * width),
  };
}

/** Batches whose examples are drawn together; sorted among themselves, they need not be padded to the longest. */
const POOL = 16;

/** A random order of whole batches, each of examples of about the same length; what is left over waits for another epoch. */
export function epochOrder({ count, starts }: Examples, batch: number, rng: Rng): Int32Array[] {
  const order = shuffled(count, rng.split(0));
  const batches: Int32Array[] = [];
  const whole = count - (count % batch);
  for (let from = 0; from < whole; from += POOL * batch) {
    const pool = order.subarray(from, Math.min(whole, from + POOL * batch));
    pool.sort((a, b) => starts[a + 1]! - starts[a]! - (starts[b + 1]! - starts[b]!));
    for (let at = 0; at < pool.length; at += batch) batches.push(pool.subarray(at, at + batch));
  }
  return Array.from(shuffled(batches.length, rng.split(1)), (i) => batches[i]!);
}

/** All of `chosen`, by length; the last batch is filled up with its last example, which `count` leaves out. */
export function inBatches(
  { starts }: Examples,
  chosen: Int32Array,
  batch: number,
): { readonly indices: Int32Array; readonly count: number }[] {
  const sorted = chosen.slice().sort((a, b) => starts[a + 1]! - starts[a]! - (starts[b + 1]! - starts[b]!));
  return Array.from({ length: Math.ceil(sorted.length / batch) }, (_, b) => {
    const own = sorted.subarray(b * batch, (b + 1) * batch);
    const indices = new Int32Array(batch).fill(own.at(-1)!);
    indices.set(own);
    return { indices, count: own.length };
  });
}
