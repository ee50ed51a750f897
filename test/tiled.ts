/** The context of `rows` equal rows. */
export function tiled<C>(context: C | undefined, rows: number): C | undefined {
  if (context === undefined) return undefined;
  const lists = Object.entries(context as Record<string, ArrayLike<number>>);
  const times = Array.from({ length: rows });
  return Object.fromEntries(lists.map(([key, list]) => [key, times.flatMap(() => Array.from(list))])) as C;
}
