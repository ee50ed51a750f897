import { transportSimplex } from "../algorithms/assignments/transport-simplex.ts";
import type { Structure, With } from "../contracts.ts";
import { checkLength, checkNumbers, checkTheta, describe, MAP_RANGE } from "../core/check.ts";
import { checkContextKeys, checkMask } from "../core/check-context.ts";
import { checkRoom } from "../core/room.ts";

/** By how much, as a share, the totals of rows and of columns may differ: what sums of doubles lose. */
const ROUNDING = 1e-9;

/** What may differ from row to row of a batch. */
export interface TransportContext {
  /** rows × (rows of a plan): what each row of the plan sums to. */
  readonly rowSums?: ArrayLike<number>;
  /** rows × (columns of a plan). */
  readonly columnSums?: ArrayLike<number>;
  /** rows × m; a pair with mask 0 carries nothing. */
  readonly mask?: ArrayLike<number>;
}

export interface Transport extends With<Structure<TransportContext>, "states"> {
  readonly rowSums: Float64Array;
  readonly columnSums: Float64Array;
}

/**
 * Transport plans: what goes from each of r places to each of c others, where all that is here must go and all that is
 * wanted there must come. z is an r × c matrix ≥ 0 with these row and column sums; θ is the gain, minus the cost, of a unit.
 *
 * C = the vertices of { z ≥ 0 : Σ_j z_ij = rowSums_i, Σ_i z_ij = columnSums_j }; with whole sums they are whole. MAP is
 * the transportation simplex, about r + c pivots of O(r c). −Infinity forbids a pair. Its entropic relaxation is
 * `sinkhorn(transport(…))`.
 *
 * @param rowSums one number in [1e-100, 1e100] a row.
 * @param columnSums one a column; the same total, up to 1e-9 of it.
 * @returns the structure; θ and z have shape [r, c].
 * @throws TypeError or RangeError for sums that are none, RangeError for a row whose allowed pairs hold no plan.
 * @example
 * import { minimizing, transport } from "hardgrad";
 * const z = new Float64Array(6);
 * minimizing(transport([3, 2], [1, 2, 2])).map(Float64Array.of(1, 2, 9, 9, 4, 1), z);
 * z; // Float64Array [1, 2, 0, 0, 0, 2]
 * @see Dantzig (1951), "Application of the simplex method to a transportation problem"; Peyré and Cuturi: Computational
 *   optimal transport (2019), Section 3.
 */
export function transport(rowSums: ArrayLike<number>, columnSums: ArrayLike<number>): Transport {
  const who = "transport";
  const [r, c] = [length(who, "rowSums", rowSums), length(who, "columnSums", columnSums)];
  checkRoom(who, `plans of ${r} × ${c}`, 5 * r * c);
  const size = r * c;
  const solver = transportSimplex(r, c);
  const own = { rowSums: new Float64Array(r), columnSums: new Float64Array(c) };
  loadTransportSums(who, rowSums, columnSums, undefined, own.rowSums, own.columnSums);

  function checkContext(context: TransportContext | undefined, rows: number): void {
    checkContextKeys(who, context, ["rowSums", "columnSums", "mask"]);
    if (context?.rowSums !== undefined) checkNumbers(who, "context.rowSums", context.rowSums, rows * r);
    if (context?.columnSums !== undefined)
      checkNumbers(who, "context.columnSums", context.columnSums, rows * c);
    if (context?.mask !== undefined) checkMask(who, context.mask, rows * size);
  }

  function load(context: TransportContext | undefined, row: number): void {
    loadTransportSums(
      who,
      context?.rowSums ?? own.rowSums,
      context?.columnSums ?? own.columnSums,
      row,
      solver.rowSums,
      solver.columnSums,
    );
  }

  return {
    name: who,
    shape: [r, c],
    ...own,

    map(theta, out, context): void {
      const rows = checkTheta(who, theta, size, "theta", MAP_RANGE);
      checkLength(who, "out", out, rows * size);
      checkContext(context, rows);
      const result = new Float64Array(rows * size);
      const mask = context?.mask;
      for (let row = 0; row < rows; row++) {
        load(context, row);
        for (let i = 0, at = row * size; i < size; i++, at++) {
          solver.value[i] = mask !== undefined && mask[at] === 0 ? -Infinity : theta[at]!;
        }
        if (!solver.solve()) throw new RangeError(`${who}: row ${row} has no plan without a forbidden pair`);
        result.set(solver.plan, row * size);
      }
      out.set(result);
    },

    *states(context): Generator<Float64Array> {
      checkContext(context, 1);
      load(context, 0);
      const rows = solver.rowSums.slice();
      const columns = solver.columnSums.slice();
      const met = new Set<string>();
      const z = new Float64Array(size);
      // Every vertex is a forest, so from some leaf on its pairs can be filled one by one with all that fits.
      function* fill(): Generator<Float64Array> {
        let done = true;
        for (let i = 0; i < r; i++) {
          if (rows[i] === 0) continue;
          for (let j = 0; j < c; j++) {
            const amount = Math.min(rows[i]!, columns[j]!);
            if (amount === 0 || context?.mask?.[i * c + j] === 0) continue;
            done = false;
            const [ofRow, ofColumn] = [rows[i]!, columns[j]!];
            z[i * c + j] = amount;
            rows[i] = ofRow - amount;
            columns[j] = ofColumn - amount;
            yield* fill();
            z[i * c + j] = 0;
            rows[i] = ofRow;
            columns[j] = ofColumn;
          }
        }
        if (!done || rows.some((left) => left > 0) || met.has(z.join())) return;
        met.add(z.join());
        yield z.slice();
      }
      yield* fill();
    },
  };
}

function length(who: string, what: string, sums: ArrayLike<number>): number {
  if (typeof sums !== "object" || sums === null || !Number.isInteger(sums.length) || sums.length < 1) {
    throw new TypeError(`${who}: ${what} expected a list of at least one number, got ${describe(sums)}`);
  }
  checkNumbers(who, what, sums, sums.length);
  return sums.length;
}

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
