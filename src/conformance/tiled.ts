/** The context of `rows` equal rows; a list holds a context a part. */
export function tiled<C>(context: C | undefined, rows: number): C | undefined {
  if (context === undefined) return undefined;
  if (Array.isArray(context)) return context.map((part) => tiled(part, rows)) as C;
  const lists = Object.entries(context as Record<string, ArrayLike<number>>);
  const times = Array.from({ length: rows });
  return Object.fromEntries(lists.map(([key, list]) => [key, times.flatMap(() => Array.from(list))])) as C;
}
