/** What structures and relaxations that are made of others share: where each part's numbers are, and whose error it is. */
import type { FloatArray, Part, Structure } from "../contracts.ts";
import { sizeOf } from "../core/shape.ts";

/** A structure, whose θ may have another shape than its z. */
export interface Shaped {
  readonly name: string;
  readonly structure: Structure<never>;
  readonly inputShape?: readonly number[];
}

/** Parts side by side, with the numbers of a row of z and of θ. */
export function sideBySide(parts: readonly Shaped[]): {
  readonly parts: readonly Part[];
  readonly size: number;
  readonly inputSize: number;
} {
  let size = 0;
  let inputSize = 0;
  const placed = parts.map(({ name, structure, inputShape }) => {
    const length = sizeOf(structure.shape);
    const inputLength = sizeOf(inputShape ?? structure.shape);
    const part = { name, structure, offset: size, length, inputOffset: inputSize, inputLength };
    size += length;
    inputSize += inputLength;
    return part;
  });
  return { parts: placed, size, inputSize };
}

/** The contexts of `count` parts. */
export function contextsOf(
  who: string,
  context: readonly unknown[] | undefined,
  count: number,
): readonly unknown[] {
  if (context === undefined) return new Array(count).fill(undefined);
  if (!Array.isArray(context)) {
    const got = context === null ? "null" : typeof context;
    throw new TypeError(`${who}: context expected a list of ${count} contexts, one a part, got ${got}`);
  }
  if (context.length === count) return context;
  throw new RangeError(`${who}: context expected ${count} contexts, one a part, got ${context.length}`);
}

/** `length` columns from `offset` on of rows of `width` numbers. */
export function columns(
  values: FloatArray,
  rows: number,
  width: number,
  offset: number,
  length: number,
): Float64Array {
  const out = new Float64Array(rows * length);
  for (let row = 0, to = 0; row < rows; row++) {
    for (let i = 0, from = row * width + offset; i < length; i++) out[to++] = values[from++]!;
  }
  return out;
}

/** Puts columns back. */
export function setColumns(
  part: Float64Array,
  out: Float64Array,
  rows: number,
  width: number,
  offset: number,
  length: number,
): void {
  for (let row = 0, from = 0; row < rows; row++) {
    for (let i = 0, to = row * width + offset; i < length; i++) out[to++] = part[from++]!;
  }
}

/** Runs what part `index` does; an error of its own says that it is this part's. */
export function atPart<T>(who: string, index: number, run: () => T): T {
  return renaming((message) => `${who}: part ${index}: ${message}`, run);
}

/**
 * Runs what the repetitions do; an error that names one of their rows, `first` and following, names the row and the
 * repetition instead.
 */
export function atRepetition<T>(who: string, times: number, first: number, run: () => T): T {
  return renaming((message) => {
    const found = message.replace(/\brow (\d+)\b/, (_, digits: string) => {
      const at = first + Number(digits);
      return `row ${Math.floor(at / times)}, repetition ${at % times}`;
    });
    return `${who}: ${found}`;
  }, run);
}

function renaming<T>(rename: (message: string) => string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const kind = [TypeError, RangeError].find((type) => error instanceof type) ?? Error;
    throw new kind(rename(error.message), { cause: error });
  }
}
