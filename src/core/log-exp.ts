/**
 * Natural logarithm and exponential from +, −, ×, ÷ and bit patterns alone. ECMAScript does not fix the last bits of
 * Math.log and Math.exp; random variates must be the same on every engine, so they use these. A table takes the
 * argument close to 1 (to 0), and a short polynomial does the rest.
 */
const float = new Float64Array(1);
const words = new Int32Array(float.buffer);
float[0] = 1;
/** Index of the word that holds sign and exponent. */
const HIGH: number = words[1] === 0 ? 0 : 1;

/** ln 2 in two parts: the first has 20 trailing zero bits, so that an exponent times it is exact. */
const LN2_HIGH = 6.9314718036912382e-1;
const LN2_LOW = 1.9082149292705877e-10;

/** 2^(1023 − i) at i = 0 … 2046: what takes a number with the biased exponent i to [1, 2). */
const POWERS: Float64Array = Float64Array.from({ length: 2047 }, (_, i) => 2 ** (1023 - i));

/** Cells of the logarithm's table: m ∈ [1, 2] is rounded to i / 128, and halved from √2 on; the first 128 serve nothing. */
const HALVED = 181;
const CENTRES: Float64Array = Float64Array.from({ length: 257 }, (_, i) => i / 128);
const inverses: Float64Array = Float64Array.from({ length: 257 }, (_, i) => 128 / i);
const logarithms: Float64Array = Float64Array.from({ length: 257 }, (_, i) =>
  logSeries(i / (i < HALVED ? 128 : 256)),
);
/** What stands before a number that is rounded to cell HALVED, its exponent less by one. */
const HALVED_FROM = 0x3fe69000;

/** Cells of the exponential's table: 2^(i / 64). */
const STEP_HIGH: number = LN2_HIGH / 64;
const STEP_LOW: number = LN2_LOW / 64;
/** A small number added to this is rounded to an integer. */
const ROUND: number = 1.5 * 2 ** 52;
const exps: Float64Array = Float64Array.from({ length: 64 }, (_, i) =>
  expSeries(i * STEP_HIGH + i * STEP_LOW),
);

/** ln x for normal, finite x > 0; error below 2 units in the last place. */
export function log(x: number): number {
  float[0] = x;
  const high = words[HIGH]!;
  const i = ((high & 0xfffff) + 0x101000) >>> 13;
  // m − c is exact, so r keeps its relative precision where ln x is close to 0.
  const r = (x * POWERS[high >>> 20]! - CENTRES[i]!) * inverses[i]!;
  const square = r * r;
  const tail =
    square * (-1 / 2 + r * (1 / 3) + square * (-1 / 4 + r * (1 / 5) + square * (-1 / 6 + r * (1 / 7))));
  // Without a branch: which half a random number's mantissa falls into, no processor guesses.
  const exponent = (high - HALVED_FROM) >> 20;
  return exponent * LN2_HIGH + (logarithms[i]! + (r + tail + exponent * LN2_LOW));
}

/** ln(1 + x) with full relative precision near 0, for x > −1 (Kahan: the rounding of 1 + x cancels). */
export function log1p(x: number): number {
  const y = 1 + x;
  return y === 1 ? x : log(y) * (x / (y - 1));
}

/** e^x for x ≤ 709; 0 below −708, where the result would be subnormal; error below 2 units in the last place. */
export function exp(x: number): number {
  if (x < -708) return 0;
  if (x > 709) return Infinity;
  const n = x * (64 / Math.LN2) + ROUND - ROUND;
  const r = x - n * STEP_HIGH - n * STEP_LOW;
  const square = r * r;
  const p = r + square * (1 / 2 + r * (1 / 6) + square * (1 / 24 + r * (1 / 120)));
  const t = exps[n & 63]!;
  return (t + t * p) * POWERS[1023 - (n >> 6)]!;
}

/** ln x = 2 artanh s = 2 (s + s³/3 + s⁵/5 + …), s = (x − 1) / (x + 1), for x in [1/√2, √2]. */
function logSeries(x: number): number {
  const s = (x - 1) / (x + 1);
  let sum = 0;
  for (let i = 23; i >= 1; i -= 2) sum = sum * s * s + 1 / i;
  return 2 * s * sum;
}

/** The Taylor series, for x in [0, ln 2]. */
function expSeries(x: number): number {
  let sum = 1;
  for (let i = 20; i >= 1; i--) sum = 1 + (sum * x) / i;
  return sum;
}

// Names of their own: what a module exports, engines do not take for constant.
export const EXP: Float64Array = exps;
export const INVERSE: Float64Array = inverses;
export const LOG: Float64Array = logarithms;
