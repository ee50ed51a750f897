import type { FloatArray } from "../contracts.ts";
import { checkFinite, checkFloats, checkRows } from "../core/check.ts";

/** How estimates of a gradient lie around the exact one; directions only, by cosine distance 1 − cos. */
export interface GradientQuality {
  /** Cosine distance between the mean estimate and the exact gradient, in [0, 2]. */
  readonly bias: number;
  /** The bias that an unbiased estimator with this spread would show by chance: what is below is not measurable. */
  readonly biasFloor: number;
  /** Variance of the cosine distance between an estimate and the mean estimate. */
  readonly variance: number;
  /** Mean cosine distance between an estimate and the exact gradient. */
  readonly error: number;
  /** Standard deviation of that distance. */
  readonly errorDeviation: number;
  /** Share of estimates that are zero in every entry; their cosine counts as 0, so their distance as 1. */
  readonly zeroShare: number;
}

/**
 * Bias, variance and error of gradient estimates against the exact gradient.
 *
 * bias = 1 − cos(ḡ, g), variance = Var[1 − cos(g_i, ḡ)] with n − 1, error = mean(1 − cos(g_i, g)), where ḡ is the mean
 * of the estimates g_i. The floor of the bias is E|ḡ_⊥|² / 2|ḡ|² with the sample covariance across ḡ.
 *
 * @param gradients estimates, rows × m; more rows lower the floor as 1 / rows.
 * @param exact the gradient they estimate, m numbers: by enumeration where that is possible.
 * @returns see {@link GradientQuality}. O(rows · m).
 * @throws RangeError without two estimates, for a zero exact gradient, or for lengths that do not match.
 * @example
 * import { gradientQuality } from "hardgrad";
 * const { bias, error } = gradientQuality(Float64Array.of(1, 1, 1, -1), Float64Array.of(1, 0));
 * bias; // 0
 * error.toFixed(4); // "0.2929"
 * @see Ahmed, Zeng, Niepert and Van den Broeck (2023), "SIMPLE", Sec. 5.1.
 */
export function gradientQuality(gradients: FloatArray, exact: FloatArray): GradientQuality {
  const who = "gradientQuality";
  checkFloats(who, "exact", exact);
  const m = exact.length;
  const rows = checkRows(who, gradients, m, "gradients");
  if (rows < 2) throw new RangeError(`${who}: gradients expected 2 rows or more, got ${rows}`);
  checkFinite(who, "gradients", gradients, gradients.length);
  checkFinite(who, "exact", exact, m);
  const exactNorm = norm(exact, 0, m);
  if (exactNorm === 0) throw new RangeError(`${who}: exact expected a gradient that is not zero`);

  const mean = new Float64Array(m);
  for (let i = 0; i < gradients.length; i++) mean[i % m]! += gradients[i]! / rows;
  const meanNorm = norm(mean, 0, m);

  const toMean = spread();
  const toExact = spread();
  /** Σ |g_i|² sin² / |ḡ|²: divided before it is squared, which neither overflows nor vanishes. */
  let across = 0;
  let zeros = 0;
  for (let row = 0; row < rows; row++) {
    const at = row * m;
    const length = norm(gradients, at, m);
    const fromMean = cosineDistance(gradients, at, length, mean, meanNorm);
    toMean.add(fromMean);
    toExact.add(cosineDistance(gradients, at, length, exact, exactNorm));
    if (meanNorm > 0) across += (length / meanNorm) ** 2 * fromMean * (2 - fromMean);
    if (length === 0) zeros++;
  }
  return {
    bias: cosineDistance(mean, 0, meanNorm, exact, exactNorm),
    biasFloor: meanNorm > 0 ? across / (rows - 1) / rows / 2 : Number.NaN,
    variance: toMean.variance(),
    error: toExact.mean(),
    errorDeviation: Math.sqrt(toExact.variance()),
    zeroShare: zeros / rows,
  };
}

/** 1 − cos as half the squared chord between the unit vectors: precise where they nearly agree. */
function cosineDistance(a: FloatArray, start: number, normA: number, b: FloatArray, normB: number): number {
  if (normA === 0 || normB === 0) return 1;
  let sum = 0;
  for (let i = 0; i < b.length; i++) sum += (a[start + i]! / normA - b[i]! / normB) ** 2;
  return sum / 2;
}

/** ‖a‖ of a row, scaled, so that squares neither overflow nor vanish. */
function norm(a: FloatArray, start: number, m: number): number {
  let largest = 0;
  for (let i = start; i < start + m; i++) largest = Math.max(largest, Math.abs(a[i]!));
  if (largest === 0) return 0;
  let sum = 0;
  for (let i = start; i < start + m; i++) sum += (a[i]! / largest) ** 2;
  return largest * Math.sqrt(sum);
}

/** Mean and variance in one pass, by Welford's recurrence. */
function spread(): { add(x: number): void; mean(): number; variance(): number } {
  let count = 0;
  let centre = 0;
  let squares = 0;
  return {
    add(x) {
      const before = x - centre;
      centre += before / ++count;
      squares += before * (x - centre);
    },
    mean: () => centre,
    variance: () => squares / (count - 1),
  };
}
