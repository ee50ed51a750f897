/**
 * The passes over a matrix K ≥ 0 that Sinkhorn's rounds and their derivatives are made of, row-major n × n.
 *
 * Sums along a row have even and odd columns apart, and sums along a column take four rows at a time: so do two lanes.
 */
import { ARENA, ARENA_END, type KernelModule } from "../../core/kernels.ts";
import { exp } from "../../core/log-exp.ts";
import { type TransportKernels, transportKernels } from "../../core/transport-kernels.ts";

/** Sides from which copying a matrix pays. */
const WORTHWHILE = 8;

/** The kernels, if so many numbers fit the arena. */
function kernels(n: number, numbers: number): KernelModule<TransportKernels> | undefined {
  return 8 * numbers <= ARENA_END - ARENA ? transportKernels(n >= WORTHWHILE) : undefined;
}

/** The arena counted in doubles: a matrix lies there first, then vectors with room for one number more. */
const START: number = ARENA / 8;
const vectorAt = (n: number, k: number): number => START + n * n + k * (n + 1);

/** K = exp(L − row maximum); returns the largest range of a row, Infinity where a pair is forbidden. */
export function exponentials(score: Float64Array, n: number, out: Float64Array): number {
  const native = kernels(n, n * n);
  if (native) {
    const { run, f64 } = native;
    f64.set(score.subarray(0, n * n), START);
    const range = run.exponentials(ARENA, n);
    out.set(f64.subarray(START, START + n * n));
    return range;
  }
  let range = 0;
  for (let i = 0; i < n; i++) {
    let max = -Infinity;
    let min = Infinity;
    for (let at = i * n; at < (i + 1) * n; at++) {
      const x = score[at]!;
      if (x > max) max = x;
      if (x < min) min = x;
    }
    range = Math.max(range, max - min);
    for (let at = i * n; at < (i + 1) * n; at++) out[at] = exp(score[at]! - max);
  }
  return range;
}

/** K x, a sum a row. */
function across(matrix: Float64Array, n: number, x: Float64Array, out: Float64Array): void {
  const pairs = n & ~1;
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const row0 = i * n;
    const row1 = row0 + n;
    const row2 = row1 + n;
    const row3 = row2 + n;
    let even0 = 0;
    let even1 = 0;
    let even2 = 0;
    let even3 = 0;
    let odd0 = 0;
    let odd1 = 0;
    let odd2 = 0;
    let odd3 = 0;
    for (let j = 0; j < pairs; j += 2) {
      const a = x[j]!;
      const b = x[j + 1]!;
      even0 += matrix[row0 + j]! * a;
      odd0 += matrix[row0 + j + 1]! * b;
      even1 += matrix[row1 + j]! * a;
      odd1 += matrix[row1 + j + 1]! * b;
      even2 += matrix[row2 + j]! * a;
      odd2 += matrix[row2 + j + 1]! * b;
      even3 += matrix[row3 + j]! * a;
      odd3 += matrix[row3 + j + 1]! * b;
    }
    if (pairs < n) {
      const a = x[pairs]!;
      even0 += matrix[row0 + pairs]! * a;
      even1 += matrix[row1 + pairs]! * a;
      even2 += matrix[row2 + pairs]! * a;
      even3 += matrix[row3 + pairs]! * a;
    }
    out[i] = even0 + odd0;
    out[i + 1] = even1 + odd1;
    out[i + 2] = even2 + odd2;
    out[i + 3] = even3 + odd3;
  }
  for (; i < n; i++) {
    const row = i * n;
    let even = 0;
    let odd = 0;
    for (let j = 0; j < pairs; j += 2) {
      even += matrix[row + j]! * x[j]!;
      odd += matrix[row + j + 1]! * x[j + 1]!;
    }
    if (pairs < n) even += matrix[row + pairs]! * x[pairs]!;
    out[i] = even + odd;
  }
}

/** Kᵀ y, a sum a column. */
function down(matrix: Float64Array, n: number, y: Float64Array, out: Float64Array): void {
  for (let j = 0; j < n; j++) out[j] = 0;
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const row0 = i * n;
    const row1 = row0 + n;
    const row2 = row1 + n;
    const row3 = row2 + n;
    const y0 = y[i]!;
    const y1 = y[i + 1]!;
    const y2 = y[i + 2]!;
    const y3 = y[i + 3]!;
    for (let j = 0; j < n; j++) {
      const first = matrix[row0 + j]! * y0 + matrix[row1 + j]! * y1;
      const second = matrix[row2 + j]! * y2 + matrix[row3 + j]! * y3;
      out[j]! += first + second;
    }
  }
  for (; i < n; i++) {
    const row = i * n;
    const scale = y[i]!;
    for (let j = 0; j < n; j++) out[j]! += matrix[row + j]! * scale;
  }
}

/** Why rounds ended: all were done, row sums are right, scalings left the safe range, or nothing changes any more. */
export const COUNT = 0;
export const RIGHT = 1;
export const UNSAFE = 2;
export const FIXED = 3;

export interface Rounds {
  /** Rounds that were done; one that ends outside of the safe range does not count. */
  done: number;
  end: number;
}

/**
 * Up to `count` rounds u = 1 / (K v), v = 1 / (Kᵀ u), until row sums were right to within `tolerance` before the last,
 * a scaling is outside of [1 / safe, safe], or v is what it was, bit for bit, so that all further rounds would be the same.
 * With `history`, u and v of the k-th round go there, from 2 k n on.
 */
export function scalingRounds(
  matrix: Float64Array,
  n: number,
  u: Float64Array,
  v: Float64Array,
  sums: Float64Array,
  count: number,
  tolerance: number,
  safe: number,
  ended: Rounds,
  history?: Float64Array,
): void {
  const vectors = 3 * (n + 1);
  const native = kernels(n, n * n + vectors + 2 * n * count);
  if (native) {
    const { run, f64 } = native;
    f64.set(matrix.subarray(0, n * n), START);
    const [uAt, vAt, sumsAt, historyAt] = [0, 1, 2, 3].map((k) => vectorAt(n, k)) as [
      number,
      number,
      number,
      number,
    ];
    f64.set(u.subarray(0, n), uAt);
    f64.set(v.subarray(0, n), vAt);
    const found = run.scalingRounds(
      ARENA,
      n,
      8 * uAt,
      8 * vAt,
      8 * sumsAt,
      count,
      tolerance,
      safe,
      history ? 8 * historyAt : 0,
    );
    ended.done = found >> 2;
    ended.end = found & 3;
    u.set(f64.subarray(uAt, uAt + n));
    v.set(f64.subarray(vAt, vAt + n));
    history?.set(f64.subarray(historyAt, historyAt + 2 * n * ended.done));
    return;
  }
  const least = 1 / safe;
  ended.end = COUNT;
  ended.done = 0;
  while (ended.done < count) {
    let residual = 0;
    let isSafe = true;
    let changed = false;
    across(matrix, n, v, sums);
    for (let i = 0; i < n; i++) {
      const sum = sums[i]!;
      const off = Math.abs(u[i]! * sum - 1);
      if (!(off <= residual)) residual = off;
      const scale = 1 / sum;
      if (!(scale < safe && scale > least)) isSafe = false;
      u[i] = scale;
    }
    down(matrix, n, u, sums);
    for (let j = 0; j < n; j++) {
      const scale = 1 / sums[j]!;
      if (!(scale < safe && scale > least)) isSafe = false;
      if (scale !== v[j]) changed = true;
      v[j] = scale;
    }
    if (!isSafe) {
      ended.end = UNSAFE;
      return;
    }
    if (history) {
      const at = 2 * n * ended.done;
      for (let i = 0; i < n; i++) {
        history[at + i] = u[i]!;
        history[at + n + i] = v[i]!;
      }
    }
    ended.done++;
    if (residual <= tolerance) {
      ended.end = RIGHT;
      return;
    }
    if (!changed) {
      ended.end = FIXED;
      return;
    }
  }
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
  const native = kernels(n, 2 * n * n + 6 * (n + 1) + 4 * n);
  if (native)
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
  f64.set(matrix.subarray(0, n * n), START);
  f64.set(rows.subarray(0, n), rowsAt);
  f64.set(columns.subarray(0, n), columnsAt);
  f64.set(out.subarray(0, n * n), outAt);
  let left = rounds;
  for (let end = last; end > first && left > 0; ) {
    const begin = Math.max(first, end - atOnce);
    f64.set(history.subarray(2 * n * begin, 2 * n * (end + 1)), historyAt);
    left = run.reverseRounds(
      ARENA,
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

/**
 * X ∘ (G + α 1ᵀ + 1 βᵀ) with rows and columns of sum 0, for X with columns of sum 1: what rounds converge to in reverse,
 * found by those. False where β still changes by more than `rounding` of the largest |G| after `rounds`.
 */
export function balanced(
  plan: Float64Array,
  n: number,
  rowSums: Float64Array,
  cotangent: Float64Array,
  rounds: number,
  rounding: number,
  scratch: Float64Array,
  out: Float64Array,
): boolean {
  const native = kernels(n, 2 * n * n + 6 * (n + 1));
  if (native) {
    const { run, f64 } = native;
    const at = (k: number): number => 8 * vectorAt(n, k);
    const cotangentAt = vectorAt(n, 6);
    f64.set(plan.subarray(0, n * n), START);
    f64.set(rowSums.subarray(0, n), vectorAt(n, 0));
    f64.set(cotangent.subarray(0, n * n), cotangentAt);
    const found = run.balanced(
      ARENA,
      n,
      at(0),
      8 * cotangentAt,
      rounds,
      rounding,
      at(1),
      at(2),
      at(3),
      at(4),
      at(5),
    );
    if (found) out.set(f64.subarray(cotangentAt, cotangentAt + n * n));
    return found === 1;
  }
  const [alpha, beta, ofRows, ofColumns, sums] = [0, 1, 2, 3, 4].map((k) =>
    scratch.subarray(k * n, (k + 1) * n),
  ) as [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
  let largest = 0;
  ofColumns.fill(0);
  for (let i = 0, at = 0; i < n; i++) {
    let even = 0;
    let odd = 0;
    for (let j = 0; j < n; j++, at++) {
      const g = cotangent[at]!;
      const x = plan[at]! * g;
      largest = Math.max(largest, Math.abs(g));
      ofColumns[j]! += x;
      if (j & 1) odd += x;
      else even += x;
    }
    ofRows[i] = even + odd;
  }
  for (let j = 0; j < n; j++) beta[j] = -ofColumns[j]!;
  for (let round = 0; ; round++) {
    if (round === rounds) return false;
    across(plan, n, beta, sums);
    for (let i = 0; i < n; i++) alpha[i] = -(ofRows[i]! + sums[i]!) / rowSums[i]!;
    down(plan, n, alpha, sums);
    let change = 0;
    for (let j = 0; j < n; j++) {
      const next = -(ofColumns[j]! + sums[j]!);
      change = Math.max(change, Math.abs(next - beta[j]!));
      beta[j] = next;
    }
    if (change <= rounding * largest) break;
  }
  for (let i = 0, at = 0; i < n; i++) {
    const ofRow = alpha[i]!;
    for (let j = 0; j < n; j++, at++) out[at] = plan[at]! * (cotangent[at]! + ofRow + beta[j]!);
  }
  return true;
}

/** X = diag(u) K diag(v), and its row sums. */
export function scaledPlan(
  matrix: Float64Array,
  u: Float64Array,
  v: Float64Array,
  plan: Float64Array,
  n: number,
  rowSums: Float64Array,
): void {
  const native = kernels(n, n * n + 3 * (n + 1));
  if (native) {
    const { run, f64 } = native;
    const [uAt, vAt, sumsAt] = [vectorAt(n, 0), vectorAt(n, 1), vectorAt(n, 2)];
    f64.set(matrix.subarray(0, n * n), START);
    f64.set(u.subarray(0, n), uAt);
    f64.set(v.subarray(0, n), vAt);
    run.scaledPlan(ARENA, n, 8 * uAt, 8 * vAt, 8 * sumsAt);
    plan.set(f64.subarray(START, START + n * n));
    rowSums.set(f64.subarray(sumsAt, sumsAt + n));
    return;
  }
  for (let i = 0, at = 0; i < n; i++) {
    const scale = u[i]!;
    let even = 0;
    let odd = 0;
    for (let j = 0; j < n; j++, at++) {
      const x = scale * matrix[at]! * v[j]!;
      plan[at] = x;
      if (j & 1) odd += x;
      else even += x;
    }
    rowSums[i] = even + odd;
  }
}

/** Largest |row sum − 1|. */
export function worstOf(rowSums: Float64Array, n: number): number {
  let worst = 0;
  for (let i = 0; i < n; i++) worst = Math.max(worst, Math.abs(rowSums[i]! - 1));
  return worst;
}
