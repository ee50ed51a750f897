/** By how much, as a share, the totals of rows and of columns may differ: what sums of doubles lose. */
const ROUNDING = 1e-9;

/**
 * Copies the `row`-th lists of positive sums into `rowSums` and `columnSums`, with the columns' total made the rows' where
 * rounding has parted them.
 */
export function loadTransportSums(
  who: string,
  ofRows: ArrayLike<number>,
  ofColumns: ArrayLike<number>,
  row: number | undefined,
  rowSums: Float64Array,
  columnSums: Float64Array,
): void {
  const at = row === undefined ? "" : ` of row ${row}`;
  const load = (what: string, from: ArrayLike<number>, to: Float64Array): number => {
    const start = from.length === to.length ? 0 : (row ?? 0) * to.length; // a list for all rows, or one each
    let total = 0;
    for (let i = 0; i < to.length; i++) {
      const sum = from[start + i]!;
      if (!(sum >= 1e-100 && sum <= 1e100)) {
        throw new RangeError(`${who}: ${what}${at} expected numbers in [1e-100, 1e100], got ${sum} at ${i}`);
      }
      to[i] = sum;
      total += sum;
    }
    return total;
  };
  const supply = load("rowSums", ofRows, rowSums);
  const demand = load("columnSums", ofColumns, columnSums);
  if (!(Math.abs(supply - demand) <= ROUNDING * supply)) {
    throw new RangeError(`${who}: columnSums${at} expected the rows' total, ${supply}, got ${demand}`);
  }
  if (supply === demand) return;
  for (let j = 0; j < columnSums.length; j++) columnSums[j] = (columnSums[j]! * supply) / demand;
}
