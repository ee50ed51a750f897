/** Discrete Fourier transforms of real periodic data, by fft.js; complex numbers are pairs (re, im) in one array. */
import FFT from "fft.js";

export interface Fourier {
  /** Wave numbers 2πj / period in the transform's order: 0, 1, …, −2, −1. */
  readonly waveNumbers: Float64Array;
  /** `out` = transform of the real `values`. */
  forward(values: Float64Array, out: Float64Array): void;
  /** `out` = real part of the inverse transform. */
  backward(spectrum: Float64Array, out: Float64Array): void;
}

/** @throws RangeError unless `points` is a power of two ≥ 2. */
export function fourier(points: number, period: number): Fourier {
  if (points < 2 || !Number.isInteger(Math.log2(points))) {
    throw new RangeError(`fourier: points expected a power of two ≥ 2, got ${points}`);
  }
  const fft = new FFT(points);
  const complex = new Float64Array(2 * points);
  return {
    waveNumbers: Float64Array.from(
      { length: points },
      (_, j) => (2 * Math.PI * (j < points / 2 ? j : j - points)) / period,
    ),
    forward(values, out) {
      for (let i = 0; i < points; i++) {
        complex[2 * i] = values[i]!;
        complex[2 * i + 1] = 0;
      }
      fft.transform(out, complex);
    },
    backward(spectrum, out) {
      fft.inverseTransform(complex, spectrum);
      for (let i = 0; i < points; i++) out[i] = complex[2 * i]!;
    },
  };
}
