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

/** Scalings within [1 / SAFE, SAFE] leave what underflows in K, below e^−745, without any weight. */
const SAFE = 1e60;

interface Stage {
  readonly a: Float64Array;
  readonly b: Float64Array;
  /** The columns' potentials before the stage's first round; B itself unless that round was in the log domain. */
  readonly start: Float64Array;
  first: number;
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
  const sums = new Float64Array(capacity);
  const rowCotangent = new Float64Array(capacity);
  const columnCotangent = new Float64Array(capacity);
  /** Kept from run to run; the first `stageCount` are this run's. */
  const stages: Stage[] = [];
  let stageCount = 0;
  let rounds = 0;
  /** u and v of round l, from l · n on. */
  let rowScales: Float64Array = new Float64Array(0);
  let columnScales: Float64Array = new Float64Array(0);

  function exponentials(n: number, rows: Float64Array, columns: Float64Array, out: Float64Array): void {
    for (let i = 0, at = 0; i < n; i++) {
      const row = rows[i]!;
      for (let j = 0; j < n; j++, at++) out[at] = Math.exp(score[at]! + row + columns[j]!);
    }
  }

  /** Begins a stage at the potentials a and b, with the round that comes next. */
  function beginStage(n: number, inLogDomain: boolean): void {
    exponentials(n, a, b, kernel);
    u.fill(1, 0, n);
    v.fill(1, 0, n);
    if (stageCount === stages.length) {
      const potentials = (): Float64Array => new Float64Array(capacity);
      stages.push({ a: potentials(), b: potentials(), start: potentials(), first: 0, inLogDomain });
    }
    const stage = stages[stageCount++]!;
    stage.a.set(a);
    stage.b.set(b);
    stage.start.set(inLogDomain ? start : b);
    stage.first = rounds + 1;
    stage.inLogDomain = inLogDomain;
  }

  function keepRound(n: number): void {
    const at = ++rounds * n;
    if (rowScales.length < at + n) {
      const [rows, columns] = [rowScales, columnScales];
      rowScales = new Float64Array(2 * (at + n));
      columnScales = new Float64Array(2 * (at + n));
      rowScales.set(rows);
      columnScales.set(columns);
    }
    for (let i = 0; i < n; i++) {
      rowScales[at + i] = u[i]!;
      columnScales[at + i] = v[i]!;
    }
  }

  /** One round; returns how far row sums were from 1 before it. */
  function round(n: number): number {
    let residual = scalingRound(kernel, u, v, sums, n);
    if (!isSafe(u, v, n) && rounds >= stages[stageCount - 1]!.first) {
      const at = rounds * n;
      for (let i = 0; i < n; i++) {
        a[i] = a[i]! + Math.log(rowScales[at + i]!);
        b[i] = b[i]! + Math.log(columnScales[at + i]!);
      }
      beginStage(n, false);
      residual = scalingRound(kernel, u, v, sums, n);
    }
    if (!isSafe(u, v, n)) {
      // The stage that has no round in it gives way.
      stageCount--;
      residual = logRound(n);
      beginStage(n, true);
    }
    keepRound(n);
    return residual;
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

  /**
   * A round in reverse, on the stage's K. b = −log Σ_i exp(L + a) has minus the matrix with columns of sum 1 as its
   * derivative, and a = −log Σ_j exp(L + b before) minus that with rows of sum 1. `before` holds the columns' scalings
   * before the round, from `at` on.
   */
  function reverseScaled(n: number, now: number, before: Float64Array, at: number, out: Float64Array): void {
    for (let j = 0; j < n; j++) {
      columnCotangent[j] = columnCotangent[j]! * columnScales[now + j]!;
      sums[j] = 0;
    }
    for (let i = 0; i < n; i++) {
      const row = i * n;
      const scale = rowScales[now + i]!;
      let dot = 0;
      for (let j = 0; j < n; j++) dot += kernel[row + j]! * columnCotangent[j]!;
      const ofRow = rowCotangent[i]! - scale * dot;
      rowCotangent[i] = 0;
      for (let j = 0; j < n; j++) {
        const entry = scale * kernel[row + j]!;
        out[row + j] = out[row + j]! - entry * (columnCotangent[j]! + before[at + j]! * ofRow);
        sums[j] = sums[j]! + entry * ofRow;
      }
    }
    for (let j = 0; j < n; j++) columnCotangent[j] = -sums[j]! * before[at + j]!;
  }

  /** The same for a round in the log domain, whose result is K. */
  function reverseLog(n: number, stage: Stage, out: Float64Array): void {
    sums.fill(0, 0, n);
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
        const share = Math.exp(score[row + j]! + stage.a[i]! + stage.start[j]!) * ofRow;
        out[row + j] = out[row + j]! - share;
        sums[j] = sums[j]! - share;
      }
    }
    for (let j = 0; j < n; j++) columnCotangent[j] = sums[j]!;
  }

  return {
    score,
    plan,
    run(n, iterations, tolerance): number {
      rounds = 0;
      stageCount = 0;
      // The first scaling of the rows undoes any shift of them, which keeps K from overflowing.
      for (let i = 0, at = 0; i < n; i++) {
        let max = -Infinity;
        for (let j = 0; j < n; j++, at++) max = Math.max(max, score[at]!);
        a[i] = -max;
        b[i] = 0;
      }
      beginStage(n, false);
      round(n);
      while (rounds < iterations && round(n) > tolerance);
      scaledPlan(kernel, u, v, plan, n);
      return rounds;
    },
    residual: (n) => rowResidual(plan, n),

    reverse(n, cotangent, out): void {
      rowCotangent.fill(0, 0, n);
      columnCotangent.fill(0, 0, n);
      for (let i = 0, at = 0; i < n; i++) {
        for (let j = 0; j < n; j++, at++) {
          const product = plan[at]! * cotangent[at]!;
          out[at] = product;
          rowCotangent[i] = rowCotangent[i]! + product;
          columnCotangent[j] = columnCotangent[j]! + product;
        }
      }
      v.fill(1, 0, n);
      let s = stageCount - 1;
      for (let l = rounds; l > 0; l--) {
        if (l < stages[s]!.first) {
          s--;
          exponentials(n, stages[s]!.a, stages[s]!.b, kernel);
        }
        const stage = stages[s]!;
        if (l > stage.first) reverseScaled(n, l * n, columnScales, (l - 1) * n, out);
        else if (stage.inLogDomain) reverseLog(n, stage, out);
        else reverseScaled(n, l * n, v, 0, out);
      }
    },
  };
}

function isSafe(u: Float64Array, v: Float64Array, n: number): boolean {
  for (let i = 0; i < n; i++) {
    if (!(u[i]! < SAFE && u[i]! > 1 / SAFE && v[i]! < SAFE && v[i]! > 1 / SAFE)) return false;
  }
  return true;
}

/** X = diag(u) K diag(v). */
export function scaledPlan(
  kernel: Float64Array,
  u: Float64Array,
  v: Float64Array,
  plan: Float64Array,
  n: number,
): void {
  for (let i = 0, at = 0; i < n; i++) {
    for (let j = 0; j < n; j++, at++) plan[at] = u[i]! * kernel[at]! * v[j]!;
  }
}

/** Largest |row sum − 1|. */
export function rowResidual(plan: Float64Array, n: number): number {
  let worst = 0;
  for (let i = 0, at = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++, at++) sum += plan[at]!;
    worst = Math.max(worst, Math.abs(sum - 1));
  }
  return worst;
}

/**
 * u = 1 / (K v), v = 1 / (Kᵀ u) in one pass over K, five rows at a time: what they share is read once, their sums do not
 * wait for each other, and all fit into registers. Returns how far row sums were from 1 before.
 */
export function scalingRound(
  kernel: Float64Array,
  u: Float64Array,
  v: Float64Array,
  sums: Float64Array,
  n: number,
): number {
  let residual = 0;
  for (let j = 0; j < n; j++) sums[j] = 0;
  let i = 0;
  for (; i + 5 <= n; i += 5) {
    const row0 = i * n;
    const row1 = row0 + n;
    const row2 = row1 + n;
    const row3 = row2 + n;
    const row4 = row3 + n;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    let s4 = 0;
    for (let j = 0; j < n; j++) {
      const scale = v[j]!;
      s0 += kernel[row0 + j]! * scale;
      s1 += kernel[row1 + j]! * scale;
      s2 += kernel[row2 + j]! * scale;
      s3 += kernel[row3 + j]! * scale;
      s4 += kernel[row4 + j]! * scale;
    }
    const worst01 = Math.max(Math.abs(u[i]! * s0 - 1), Math.abs(u[i + 1]! * s1 - 1));
    const worst23 = Math.max(Math.abs(u[i + 2]! * s2 - 1), Math.abs(u[i + 3]! * s3 - 1));
    residual = Math.max(residual, worst01, worst23, Math.abs(u[i + 4]! * s4 - 1));
    const u0 = 1 / s0;
    const u1 = 1 / s1;
    const u2 = 1 / s2;
    const u3 = 1 / s3;
    const u4 = 1 / s4;
    u[i] = u0;
    u[i + 1] = u1;
    u[i + 2] = u2;
    u[i + 3] = u3;
    u[i + 4] = u4;
    for (let j = 0; j < n; j++) {
      const first = kernel[row0 + j]! * u0 + kernel[row1 + j]! * u1;
      const second = kernel[row2 + j]! * u2 + kernel[row3 + j]! * u3;
      sums[j] = sums[j]! + (first + second + kernel[row4 + j]! * u4);
    }
  }
  for (; i < n; i++) {
    const row = i * n;
    let sum = 0;
    for (let j = 0; j < n; j++) sum += kernel[row + j]! * v[j]!;
    residual = Math.max(residual, Math.abs(u[i]! * sum - 1));
    const scale = 1 / sum;
    u[i] = scale;
    for (let j = 0; j < n; j++) sums[j] = sums[j]! + kernel[row + j]! * scale;
  }
  for (let j = 0; j < n; j++) v[j] = 1 / sums[j]!;
  return residual;
}
