/**
 * Sinkhorn's rounds on one n × n matrix L of scores, −Infinity where a pair is forbidden: rows, then columns of
 * exp(L + a 1ᵀ + 1 bᵀ) are scaled to sum to 1, starting from a = b = 0. Rounds are kept, to be differentiated in reverse.
 *
 * A stage is a matrix K = exp(L + A 1ᵀ + 1 Bᵀ), on which rounds scale rows and columns by u and v without exponentials.
 * When a scaling leaves the range in which nothing that counts can vanish, u and v are absorbed into A and B, which
 * begins the next stage; a round that even this cannot make safe is done in the log domain, and begins a stage with its
 * result. So far-apart scores cost a few matrices of exponentials, and others one.
 *
 * Scratch: n² numbers beside the two matrices, 2n for every round and 3n for every stage.
 */
import { exp } from "../../core/log-exp.ts";
import { gibbsKernel } from "./gibbs-kernel.ts";
import { FIXED, RIGHT, type Rounds, scaledPlan, scalingRounds, UNSAFE, worstOf } from "./scaling.ts";
import { reverseRounds, weightedCotangent } from "./unrolled-gradient.ts";

export interface SinkhornRounds {
  /** L, row-major n × n for the n given. */
  readonly score: Float64Array;
  /** X, the matrix after the last round. */
  readonly plan: Float64Array;
  /** Runs rounds until row sums were 1 to within `tolerance` before the last. Returns how many. */
  run(n: number, iterations: number, tolerance: number): number;
  /** Largest |row sum − 1| of `plan`. */
  residual(n: number): number;
  /** (∂X/∂L)ᵀ G through the rounds of the last `run`, into `out`. */
  reverse(n: number, cotangent: Float64Array, out: Float64Array): void;
}

/** Scalings within [1 / SAFE, SAFE] leave what vanishes in K, below e^−708, without any weight. */
const SAFE = 1e60;
/** Rounds that are done at once, for which the history has room. */
const AT_ONCE = 32;
/**
 * What all rounds that are left may still bring, as a share of an average row. Their sum, 0 but for rounding, never fades:
 * with less than this it would be waited for.
 */
const NEGLIGIBLE: number = 2 ** -44;

interface Stage {
  readonly a: Float64Array;
  readonly b: Float64Array;
  /** The columns' potentials before the stage's first round; B itself unless that round was in the log domain. */
  readonly start: Float64Array;
  /** The place in the history where u = v = 1: its start, or the result of its round in the log domain. */
  place: number;
  inLogDomain: boolean;
}

export function sinkhornRounds(capacity: number): SinkhornRounds {
  const score = new Float64Array(capacity * capacity);
  const plan = new Float64Array(capacity * capacity);
  const kernel = new Float64Array(capacity * capacity);
  /** Potentials of the current stage, and scalings relative to it. */
  const a = new Float64Array(capacity);
  const b = new Float64Array(capacity);
  const start = new Float64Array(capacity);
  const u = new Float64Array(capacity);
  const v = new Float64Array(capacity);
  const rowCotangent = new Float64Array(capacity);
  const columnCotangent = new Float64Array(capacity);
  const scratch = new Float64Array(3 * capacity);
  const rowSums = new Float64Array(capacity);
  const ended: Rounds = { done: 0, end: 0 };
  /** Kept from run to run; the first `stageCount` are this run's. */
  const stages: Stage[] = [];
  let stageCount = 0;
  let rounds = 0;
  /** u and v of place p, from 2 p n on: a place for the start of each stage and for each round with scalings. */
  let history: Float64Array = new Float64Array(0);
  let last = -1;
  /** Rounds that repeat the last one. */
  let repeats = 0;

  function exponentialsAt(n: number, rows: Float64Array, columns: Float64Array, out: Float64Array): void {
    for (let i = 0, at = 0; i < n; i++) {
      const row = rows[i]!;
      for (let j = 0; j < n; j++, at++) out[at] = exp(score[at]! + row + columns[j]!);
    }
  }

  /** Begins a stage at the potentials a and b, for which K is in place. */
  function beginStage(n: number, inLogDomain: boolean): void {
    u.fill(1, 0, n);
    v.fill(1, 0, n);
    if (stageCount === stages.length) {
      const potentials = (): Float64Array => new Float64Array(capacity);
      stages.push({ a: potentials(), b: potentials(), start: potentials(), place: 0, inLogDomain });
    }
    const stage = stages[stageCount++]!;
    stage.a.set(a);
    stage.b.set(b);
    stage.start.set(inLogDomain ? start : b);
    stage.place = ++last;
    stage.inLogDomain = inLogDomain;
    reserve(n);
    history.fill(1, 2 * n * last, 2 * n * (last + 1));
  }

  /** Makes room for as many places as are filled at once. */
  function reserve(n: number): void {
    const length = 2 * n * (last + 1 + AT_ONCE);
    if (history.length >= length) return;
    const longer = new Float64Array(2 * length);
    longer.set(history);
    history = longer;
  }

  /** Rounds on the current stage, until it ends or all are done; true where row sums are right. */
  function scale(n: number, iterations: number, tolerance: number): boolean {
    for (;;) {
      reserve(n);
      const count = Math.min(iterations - rounds, AT_ONCE);
      const room = history.subarray(2 * n * (last + 1), 2 * n * (last + 1 + count));
      scalingRounds(kernel, n, u, v, scratch, count, tolerance, SAFE, ended, room);
      last += ended.done;
      rounds += ended.done;
      if (ended.end === FIXED) {
        repeats = iterations - rounds;
        rounds = iterations;
      }
      if (ended.end === UNSAFE) return false;
      if (ended.end === RIGHT || rounds === iterations) return true;
    }
  }

  /** a = −log Σ_j exp(L + b), b = −log Σ_i exp(L + a). */
  function logRound(n: number): number {
    let residual = 0;
    for (let i = 0; i < n; i++) {
      start[i] = b[i]!;
      const row = i * n;
      let max = -Infinity;
      for (let j = 0; j < n; j++) max = Math.max(max, score[row + j]! + b[j]!);
      let sum = 0;
      for (let j = 0; j < n; j++) sum += Math.exp(score[row + j]! + b[j]! - max);
      const log = max + Math.log(sum);
      residual = Math.max(residual, Math.abs(Math.expm1(Math.min(a[i]! + log, 1))));
      a[i] = -log;
    }
    for (let j = 0; j < n; j++) {
      let max = -Infinity;
      for (let i = 0; i < n; i++) max = Math.max(max, score[i * n + j]! + a[i]!);
      let sum = 0;
      for (let i = 0; i < n; i++) sum += Math.exp(score[i * n + j]! + a[i]! - max);
      b[j] = -(max + Math.log(sum));
    }
    return residual;
  }

  /** A round in the log domain in reverse; K is its result. */
  function reverseLog(n: number, stage: Stage, out: Float64Array): void {
    scratch.fill(0, 0, n);
    for (let i = 0; i < n; i++) {
      const row = i * n;
      let ofRow = rowCotangent[i]!;
      rowCotangent[i] = 0;
      for (let j = 0; j < n; j++) {
        const share = kernel[row + j]! * columnCotangent[j]!;
        out[row + j] = out[row + j]! - share;
        ofRow -= share;
      }
      for (let j = 0; j < n; j++) {
        const share = exp(score[row + j]! + stage.a[i]! + stage.start[j]!) * ofRow;
        out[row + j] = out[row + j]! - share;
        scratch[j] = scratch[j]! - share;
      }
    }
    for (let j = 0; j < n; j++) columnCotangent[j] = scratch[j]!;
  }

  return {
    score,
    plan,
    run(n, iterations, tolerance): number {
      rounds = 0;
      stageCount = 0;
      last = -1;
      repeats = 0;
      // The first scaling of the rows undoes any shift of them, which keeps K from overflowing.
      gibbsKernel(score, n, kernel, a);
      for (let i = 0; i < n; i++) {
        a[i] = -a[i]!;
        b[i] = 0;
      }
      beginStage(n, false);
      // Row sums before the first round do not count.
      u.fill(0, 0, n);
      while (!scale(n, iterations, tolerance)) {
        const stage = stages[stageCount - 1]!;
        if (last > stage.place) {
          const at = 2 * n * last;
          for (let i = 0; i < n; i++) {
            a[i] = a[i]! + Math.log(history[at + i]!);
            b[i] = b[i]! + Math.log(history[at + n + i]!);
          }
          exponentialsAt(n, a, b, kernel);
          beginStage(n, false);
          continue;
        }
        if (!stage.inLogDomain) {
          // The stage that has no round in it gives way.
          stageCount--;
          last--;
        }
        const residual = logRound(n);
        exponentialsAt(n, a, b, kernel);
        beginStage(n, true);
        rounds++;
        if (residual <= tolerance || rounds === iterations) break;
      }
      scaledPlan(kernel, u, v, plan, n, rowSums);
      return rounds;
    },
    residual: (n) => worstOf(rowSums, n),

    reverse(n, cotangent, out): void {
      const mass = weightedCotangent(plan, n, cotangent, rowCotangent, columnCotangent, scratch, out);
      const negligible = (NEGLIGIBLE * mass) / n;
      let left = rounds;
      for (let s = stageCount - 1, place = last; s >= 0 && left > 0; s--) {
        const stage = stages[s]!;
        if (s < stageCount - 1) exponentialsAt(n, stage.a, stage.b, kernel);
        left = reverseRounds(
          kernel,
          n,
          history,
          stage.place,
          place,
          place === last ? repeats : 0,
          left,
          negligible,
          rowCotangent,
          columnCotangent,
          scratch,
          out,
        );
        if (left > 0 && stage.inLogDomain) {
          reverseLog(n, stage, out);
          left--;
        }
        place = stage.place - 1;
      }
    },
  };
}
