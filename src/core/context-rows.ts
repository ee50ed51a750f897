/**
 * How a context divides by rows: its arrays hold rows × something entries, so that the share of some rows is a slice of
 * each, and so is an array, typed or plain, that is the whole context; what is no array belongs to every row. The list of
 * contexts that `product` takes divides one by one, which `product` says by a rule of its own.
 */
import type { Structure } from "../contracts.ts";

/**
 * The context of rows `from` … `to` − 1 of a batch of `rows`, by the structure's own rule where it has one. What is no context
 * stays as it is, for its reader to refuse.
 */
export function contextRows<C>(
  who: string,
  structure: Structure<never>,
  context: C,
  rows: number,
  from: number,
  to: number,
): C {
  if (structure.contextRows && context !== undefined) {
    return structure.contextRows(context as never, rows, from, to) as C;
  }
  return divide(who, context, rows, (array, width) => array.slice(from * width, to * width)) as C;
}

/** The context of the rows that `chosen` names, at most `rows` of them. */
export function pickContextRows<C>(who: string, context: C, rows: number, chosen: readonly number[]): C {
  return divide(who, context, rows, (array, width) => {
    // Of the same kind, and the caller's stays as it is.
    const out = array.slice(0, chosen.length * width);
    chosen.forEach((row, i) => {
      for (let j = 0; j < width; j++) out[i * width + j] = array[row * width + j]!;
    });
    return out;
  }) as C;
}

interface Numbers {
  readonly length: number;
  [index: number]: number;
  slice(from: number, to: number): Numbers;
}

function divide(
  who: string,
  context: unknown,
  rows: number,
  part: (array: Numbers, width: number) => unknown,
): unknown {
  const share = (what: string, array: Numbers): unknown => {
    const width = rows === 0 ? 0 : array.length / rows;
    if (Number.isInteger(width)) return part(array, width);
    const expected = `expected a multiple of ${rows} entries, as there are rows`;
    throw new RangeError(`${who}: ${what} ${expected}, got ${array.length}`);
  };
  if (Array.isArray(context) || isTyped(context)) return share("context", context);
  if (typeof context !== "object" || context === null) return context;
  const fields = Object.entries(context);
  // A Map, say, hides what it holds.
  if (fields.length === 0) return context;
  return Object.fromEntries(
    fields.map(([key, value]) => [
      key,
      Array.isArray(value) || isTyped(value) ? share(`context.${key}`, value) : value,
    ]),
  );
}

function isTyped(value: unknown): value is Numbers {
  return ArrayBuffer.isView(value) && "slice" in value;
}
