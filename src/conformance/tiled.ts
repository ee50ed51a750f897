/**
 * The context of `rows` equal rows: arrays repeated, and what is no array belongs to every row. A list holds a context a
 * part, or, unless `ofParts`, is an array like others.
 */
export function tiled<C>(context: C | undefined, rows: number, ofParts = true): C | undefined {
  if (Array.isArray(context) && ofParts) return context.map((part) => tiled(part, rows)) as C;
  if (Array.isArray(context) || isTyped(context)) return repeated(context, rows) as C;
  if (typeof context !== "object" || context === null || Object.keys(context).length === 0) return context;
  return Object.fromEntries(
    Object.entries(context).map(([key, value]) => [
      key,
      Array.isArray(value) || isTyped(value) ? repeated(value, rows) : value,
    ]),
  ) as C;
}

function isTyped(value: unknown): value is Float64Array {
  return ArrayBuffer.isView(value) && "slice" in value;
}

function repeated(list: readonly unknown[] | Float64Array, rows: number): unknown {
  const items: unknown[] = Array.from({ length: rows }, () => Array.from<unknown>(list)).flat();
  // Of the same kind.
  return Array.isArray(list) ? items : (list.constructor as Float64ArrayConstructor).from(items as number[]);
}
