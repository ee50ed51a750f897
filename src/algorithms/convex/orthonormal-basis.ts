import { combineRows } from "../combine-rows.ts";
import { dotProducts } from "../dot-products.ts";

/**
 * An orthonormal basis of what has been added, by classical Gram–Schmidt with one repetition (Daniel, Gragg, Kaufman, Stewart
 * 1976: "twice is enough"), so that projections keep their digits beside hundreds of directions.
 *
 * Scratch: grows by one vector for each that is kept, at most as many as there are dimensions.
 */
export interface OrthonormalBasis {
  /** Forgets everything. */
  clear(): void;
  /** Adds a direction; false, and no change, if it lies in the span already. O(count · size). */
  add(direction: Float64Array): boolean;
  /** Projects onto the span. O(count · size). */
  project(vector: Float64Array, out: Float64Array): void;
}

/** What is left of a vector in the span beside its length: rounding. */
const DEPENDENT = 1e-9;

export function orthonormalBasis(size: number): OrthonormalBasis {
  let capacity = 3;
  /** Rows: the first `count` are the basis, the next is what is looked at. */
  let vectors: Float64Array = new Float64Array((capacity + 1) * size);
  let products: Float64Array = new Float64Array(capacity);
  const inSpan = new Float64Array(size);
  let count = 0;

  function grow(): void {
    const old = vectors;
    capacity *= 2;
    vectors = new Float64Array((capacity + 1) * size);
    vectors.set(old);
    products = new Float64Array(capacity);
  }

  /** Projects row `count` onto the span. */
  function project(out: Float64Array): void {
    dotProducts(vectors, size, count, 0, products, 0);
    combineRows(vectors, size, products, count, out);
  }

  /** Leaves of row `count` what is across the span. */
  function subtractProjection(): void {
    project(inSpan);
    const row = count * size;
    for (let i = 0; i < size; i++) vectors[row + i] = vectors[row + i]! - inSpan[i]!;
  }

  function length(): number {
    let square = 0;
    for (let i = count * size; i < (count + 1) * size; i++) square += vectors[i]! ** 2;
    return Math.sqrt(square);
  }

  return {
    clear(): void {
      count = 0;
    },
    add(direction): boolean {
      const row = count * size;
      vectors.set(direction, row);
      const before = length();
      subtractProjection();
      subtractProjection();
      const left = length();
      if (!(left > DEPENDENT * before)) return false;
      for (let i = row; i < row + size; i++) vectors[i] = vectors[i]! / left;
      if (++count === capacity) grow();
      return true;
    },
    project(vector, out): void {
      vectors.set(vector, count * size);
      project(out);
    },
  };
}
