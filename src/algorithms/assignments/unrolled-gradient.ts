/** The gradient of Sinkhorn's rounds one by one, in reverse. */
import { ARENA_END, type KernelModule } from "../../core/kernels.ts";
import type { TransportKernels } from "../../core/transport-kernels.ts";
import { across, down } from "./matrix-vector.ts";
import { MATRIX, scalingKernels, vectorAt } from "./scaling-kernels.ts";

/**
 * X ∘ G into `out`, with its sums by rows and by columns: what rounds in reverse begin with. Returns Σ |X ∘ G|; `sizes` is
 * scratch of n numbers.
 */
export function weightedCotangent(
  plan: Float64Array,
  n: number,
  cotangent: Float64Array,
  rows: Float64Array,
  columns: Float64Array,
  sizes: Float64Array,
  out: Float64Array,
): number {
  const native = scalingKernels(n, n * n + 3 * (n + 1));
  if (native) {
    const { run, f64 } = native;
    const [rowsAt, columnsAt, sizesAt, outAt] = [
      vectorAt(n, 0),
      vectorAt(n, 1),
      vectorAt(n, 2),
      vectorAt(n, 3),
    ];
    f64.set(plan.subarray(0, n * n), MATRIX);
    f64.set(cotangent.subarray(0, n * n), outAt);
    run.weighted(8 * MATRIX, n, 8 * outAt, 8 * rowsAt, 8 * columnsAt, 8 * sizesAt);
    rows.set(f64.subarray(rowsAt, rowsAt + n));
    columns.set(f64.subarray(columnsAt, columnsAt + n));
    sizes.set(f64.subarray(sizesAt, sizesAt + n));
    out.set(f64.subarray(outAt, outAt + n * n));
  } else {
    columns.fill(0, 0, n);
    for (let i = 0, at = 0; i < n; i++) {
      let even = 0;
      let odd = 0;
      let evenSize = 0;
      let oddSize = 0;
      for (let j = 0; j < n; j++, at++) {
        const x = plan[at]! * cotangent[at]!;
        out[at] = x;
        columns[j]! += x;
        if (j & 1) {
          odd += x;
          oddSize += Math.abs(x);
        } else {
          even += x;
          evenSize += Math.abs(x);
        }
      }
      rows[i] = even + odd;
      sizes[i] = evenSize + oddSize;
    }
  }
  let total = 0;
  for (let i = 0; i < n; i++) total += sizes[i]!;
  return total;
}

/**
 * Rounds in reverse: those of places `last`, …, `first` + 1 of `history`, each on one matrix K and beginning at the v of the
 * place before; the last place's stands for `repeats` more, which began at the same v. b = −log Σ_i exp(L + a) has minus
 * the matrix with columns of sum 1 as its derivative, and a = −log Σ_j exp(L + b before) minus that with rows of sum 1.
 * `rows` and `columns` hold the gradients by a and b, and do in the end; those by L are subtracted from `out`.
 *
 * The sum of their sizes never grows: the way back ends where all that `rounds` rounds could still bring is `negligible`.
 * Returns the rounds that are left.
 */
export function reverseRounds(
  matrix: Float64Array,
  n: number,
  history: Float64Array,
  first: number,
  last: number,
  repeats: number,
  rounds: number,
  negligible: number,
  rows: Float64Array,
  columns: Float64Array,
  scratch: Float64Array,
  out: Float64Array,
): number {
  const native = scalingKernels(n, n * n + 5 * (n + 1) + 4 * n);
  if (native) {
    return reverseByKernel(
      native,
      matrix,
      n,
      history,
      first,
      last,
      repeats,
      rounds,
      negligible,
      rows,
      columns,
      out,
    );
  }
  const sums = scratch.subarray(0, n);
  const ofRows = scratch.subarray(n, 2 * n);
  const ofColumns = scratch.subarray(2 * n, 3 * n);
  let left = rounds;
  for (let place = last; place > first; place--) {
    const u = history.subarray(2 * n * place, 2 * n * place + n);
    const v = history.subarray(2 * n * place + n, 2 * n * (place + 1));
    const before = history.subarray(2 * n * place - n, 2 * n * place);
    ofRows.fill(0);
    ofColumns.fill(0);
    // What rounds of the same scalings do to L is a matrix of rank 2 times K.
    let done = 0;
    for (const times = place === last ? repeats + 1 : 1; done < times; done++) {
      let largest = 0;
      for (let j = 0; j < n; j++) {
        largest = Math.max(largest, Math.abs(columns[j]!), Math.abs(rows[j]!));
      }
      if (2 * (left - done) * largest <= negligible) break;
      for (let j = 0; j < n; j++) {
        const x = columns[j]! * v[j]!;
        columns[j] = x;
        ofColumns[j]! += x;
      }
      across(matrix, n, columns, sums);
      for (let i = 0; i < n; i++) {
        const x = u[i]! * (rows[i]! - u[i]! * sums[i]!);
        rows[i] = x;
        ofRows[i]! += x;
      }
      down(matrix, n, rows, sums);
      for (let j = 0; j < n; j++) {
        columns[j] = -sums[j]! * before[j]!;
        rows[j] = 0;
      }
    }
    if (done === 0) return 0;
    for (let i = 0, at = 0; i < n; i++) {
      const scale = u[i]!;
      const ofRow = ofRows[i]!;
      for (let j = 0; j < n; j++, at++) {
        out[at]! -= matrix[at]! * (scale * ofColumns[j]! + ofRow * before[j]!);
      }
    }
    left -= done;
  }
  return left;
}

/** As many places at a time as fit the arena. */
function reverseByKernel(
  { run, f64 }: KernelModule<TransportKernels>,
  matrix: Float64Array,
  n: number,
  history: Float64Array,
  first: number,
  last: number,
  repeats: number,
  rounds: number,
  negligible: number,
  rows: Float64Array,
  columns: Float64Array,
  out: Float64Array,
): number {
  const at = (k: number): number => 8 * vectorAt(n, k);
  const outAt = vectorAt(n, 5);
  const historyAt = outAt + n * n;
  const [rowsAt, columnsAt] = [vectorAt(n, 0), vectorAt(n, 1)];
  const atOnce = Math.floor((ARENA_END / 8 - historyAt) / (2 * n)) - 1;
  f64.set(matrix.subarray(0, n * n), MATRIX);
  f64.set(rows.subarray(0, n), rowsAt);
  f64.set(columns.subarray(0, n), columnsAt);
  f64.set(out.subarray(0, n * n), outAt);
  let left = rounds;
  for (let end = last; end > first && left > 0; ) {
    const begin = Math.max(first, end - atOnce);
    f64.set(history.subarray(2 * n * begin, 2 * n * (end + 1)), historyAt);
    left = run.reverseRounds(
      8 * MATRIX,
      n,
      8 * historyAt,
      end - begin,
      end === last ? repeats : 0,
      left,
      negligible,
      at(0),
      at(1),
      at(2),
      at(3),
      at(4),
      8 * outAt,
    );
    end = begin;
  }
  rows.set(f64.subarray(rowsAt, rowsAt + n));
  columns.set(f64.subarray(columnsAt, columnsAt + n));
  out.set(f64.subarray(outAt, outAt + n * n));
  return left;
}
