/** What many single gradients of one estimator say about it. */
import type { FloatArray } from "../contracts.ts";

/** The gradient that estimates are held against, all rows one after the other. */
export interface Truth {
  readonly gradient: Float64Array;
  /** Length of the true gradient: that of `gradient` less what an error of `gradient` adds. */
  readonly length: number;
}

/** What is known after every gradient, at no cost. */
export interface MeasuredError {
  /** Gradients drawn. */
  readonly draws: number;
  /** Mean of 1 − cos between one gradient and the reference, in [0, 2]: 0 points the same way, 1 is at right angles. */
  readonly error: number;
  /** Standard error of that mean; Infinity for one draw. */
  readonly errorDeviation: number;
}

export interface Measured extends MeasuredError {
  /**
   * 1 − cos between the mean gradient and the reference, less what the scatter of so many draws adds; NaN where that hides
   * the mean.
   */
  readonly bias: number;
  /** Standard deviation of a gradient over the length of the mean one. */
  readonly scatter: number;
  /** Length of the mean gradient over that of the reference; NaN where scatter hides it. */
  readonly lengthRatio: number;
  /** Share of rows whose gradient is zero in every entry, but for rounding. */
  readonly zeroShare: number;
  /** Of one gradient: forward, loss, backward; the fastest block of draws. */
  readonly seconds: number;
}

/** Gradients this much shorter than the true one are what is left of numbers that cancel. */
const ROUNDING = 1e-12;

export interface Tally {
  /** Takes a gradient in, `rows` rows of it. */
  add(gradient: FloatArray, rows: number): void;
  /** How long a gradient of the last ones took. */
  took(seconds: number): void;
  error(): MeasuredError;
  measured(): Measured;
}

export function tally(reference: Truth): Tally {
  const length = reference.gradient.length;
  const sum = new Float64Array(length);
  const silent = (ROUNDING * reference.length) ** 2;
  let draws = 0;
  let squares = 0;
  let error = 0;
  let errorSquares = 0;
  let zeros = 0;
  let rowsSeen = 0;
  let seconds = Infinity;
  const measuredError = (): MeasuredError => ({
    draws,
    error,
    errorDeviation: draws > 1 ? Math.sqrt(errorSquares / (draws - 1) / draws) : Infinity,
  });
  return {
    error: measuredError,
    add(gradient, rows) {
      const size = length / rows;
      let along = 0;
      let square = 0;
      for (let row = 0; row < rows; row++) {
        let own = 0;
        for (let i = row * size; i < (row + 1) * size; i++) {
          const g = gradient[i]!;
          own += g * g;
        }
        if (own <= silent) {
          zeros++;
          continue;
        }
        square += own;
        for (let i = row * size; i < (row + 1) * size; i++) {
          const g = gradient[i]!;
          sum[i]! += g;
          along += g * reference.gradient[i]!;
        }
      }
      rowsSeen += rows;
      squares += square;
      const distance = square === 0 ? 1 : 1 - clip(along / Math.sqrt(square) / reference.length);
      const off = distance - error;
      error += off / ++draws;
      errorSquares += off * (distance - error);
    },
    took(elapsed) {
      seconds = Math.min(seconds, elapsed);
    },
    measured() {
      let along = 0;
      let square = 0;
      for (let i = 0; i < length; i++) {
        along += (sum[i]! / draws) * reference.gradient[i]!;
        square += (sum[i]! / draws) ** 2;
      }
      const variance = draws > 1 ? Math.max((squares - draws * square) / (draws - 1), 0) : 0;
      // Of the expectation: a mean of few draws is longer by its own scatter.
      const mean = Math.sqrt(Math.max(square - variance / draws, 0));
      const hidden = mean === 0 && square > 0;
      return {
        ...measuredError(),
        bias: hidden ? Number.NaN : mean === 0 ? 1 : 1 - clip(along / mean / reference.length),
        scatter: mean === 0 ? Infinity : Math.sqrt(variance) / mean,
        lengthRatio: hidden ? Number.NaN : mean / reference.length,
        zeroShare: zeros / rowsSeen,
        seconds,
      };
    },
  };
}

/** The error of the mean of `count` independent gradients, by their bias and scatter; NaN where these are not known. */
export function errorOfMean({ bias, scatter }: Measured, count: number): number {
  return scatter === Infinity ? bias : 1 - (1 - bias) / Math.sqrt(1 + scatter ** 2 / count);
}

export function lengthOf(x: FloatArray): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]! ** 2;
  return Math.sqrt(sum);
}

/** A cosine: the length of a reference is known with an error, and rounding is everywhere. */
function clip(cosine: number): number {
  return Math.max(-1, Math.min(1, cosine));
}
