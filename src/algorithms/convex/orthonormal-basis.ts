/**
 * An orthonormal basis of what has been added, by Gram–Schmidt with one repetition (Daniel, Gragg, Kaufman, Stewart
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
  /** The first `count` are the basis. */
  const vectors: Float64Array[] = [];
  const rest = new Float64Array(size);
  let count = 0;

  const dot = (a: Float64Array, b: Float64Array): number => {
    let sum = 0;
    for (let i = 0; i < size; i++) sum += a[i]! * b[i]!;
    return sum;
  };
  /** a ← a + scale · b. */
  const accumulate = (a: Float64Array, scale: number, b: Float64Array): void => {
    for (let i = 0; i < size; i++) a[i] = a[i]! + scale * b[i]!;
  };

  return {
    clear(): void {
      count = 0;
    },
    add(direction): boolean {
      rest.set(direction);
      const length = Math.sqrt(dot(rest, rest));
      for (let pass = 0; pass < 2; pass++) {
        for (let v = 0; v < count; v++) accumulate(rest, -dot(rest, vectors[v]!), vectors[v]!);
      }
      const left = Math.sqrt(dot(rest, rest));
      if (!(left > DEPENDENT * length)) return false;
      if (count === vectors.length) vectors.push(new Float64Array(size));
      const vector = vectors[count++]!;
      for (let i = 0; i < size; i++) vector[i] = rest[i]! / left;
      return true;
    },
    project(vector, out): void {
      out.fill(0);
      for (let v = 0; v < count; v++) accumulate(out, dot(vector, vectors[v]!), vectors[v]!);
    },
  };
}
