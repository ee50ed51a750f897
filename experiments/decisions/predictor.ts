/** θ = W x + b, one row of (features + 1) × size parameters after the other; gradients by hand. */
import type { Rng } from "../../src/index.ts";
import type { Rows } from "./data.ts";

export interface Predictor {
  readonly parameters: Float64Array;
  /** Writes θ for each row of features. */
  predict(features: Float64Array, theta: Float64Array): void;
  /** A step of Adam against the mean over rows of dL/dθ. */
  step(features: Float64Array, gradient: ArrayLike<number>, rate: number): void;
}

/** Entries start uniform in ±1/√features. */
export function linearPredictor(features: number, size: number, rng: Rng): Predictor {
  const bound = 1 / Math.sqrt(features);
  const parameters = Float64Array.from(
    { length: (features + 1) * size },
    () => bound * (2 * rng.uniform() - 1),
  );
  const slope = new Float64Array(parameters.length);
  const mean = new Float64Array(parameters.length);
  const square = new Float64Array(parameters.length);
  let steps = 0;

  return {
    parameters,

    predict(x, theta) {
      const rows = theta.length / size;
      for (let row = 0; row < rows; row++) {
        for (let i = 0; i < size; i++) {
          let sum = parameters[features * size + i]!;
          for (let j = 0; j < features; j++) sum += x[row * features + j]! * parameters[j * size + i]!;
          theta[row * size + i] = sum;
        }
      }
    },

    // Kingma and Ba 2015, Algorithm 1.
    step(x, gradient, rate) {
      const rows = gradient.length / size;
      slope.fill(0);
      for (let row = 0; row < rows; row++) {
        for (let j = 0; j <= features; j++) {
          const weight = (j === features ? 1 : x[row * features + j]!) / rows;
          for (let i = 0; i < size; i++) {
            slope[j * size + i] = slope[j * size + i]! + weight * gradient[row * size + i]!;
          }
        }
      }
      steps++;
      const [first, second] = [1 - 0.9 ** steps, 1 - 0.999 ** steps];
      for (let k = 0; k < parameters.length; k++) {
        mean[k] = 0.9 * mean[k]! + 0.1 * slope[k]!;
        square[k] = 0.999 * square[k]! + 0.001 * slope[k]! ** 2;
        parameters[k] =
          parameters[k]! - (rate * (mean[k]! / first)) / (Math.sqrt(square[k]! / second) + 1e-8);
      }
    },
  };
}

/** The parameters of least squared error in worth, by the normal equations and Cholesky's factors. */
export function leastSquares({ count, features, worth }: Rows): Float64Array {
  const p = features.length / count;
  const size = worth.length / count;
  const n = p + 1;
  const gram = new Float64Array(n * n);
  const out = new Float64Array(n * size);
  const entry = (row: number, j: number): number => (j === p ? 1 : features[row * p + j]!);
  for (let row = 0; row < count; row++) {
    for (let j = 0; j < n; j++) {
      for (let k = 0; k <= j; k++) gram[j * n + k] = gram[j * n + k]! + entry(row, j) * entry(row, k);
      for (let i = 0; i < size; i++) {
        out[j * size + i] = out[j * size + i]! + entry(row, j) * worth[row * size + i]!;
      }
    }
  }
  for (let j = 0; j < n; j++) {
    for (let k = 0; k <= j; k++) {
      let sum = gram[j * n + k]!;
      for (let l = 0; l < k; l++) sum -= gram[j * n + l]! * gram[k * n + l]!;
      gram[j * n + k] = j === k ? Math.sqrt(sum) : sum / gram[k * n + k]!;
    }
  }
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < n; j++) {
      let sum = out[j * size + i]!;
      for (let k = 0; k < j; k++) sum -= gram[j * n + k]! * out[k * size + i]!;
      out[j * size + i] = sum / gram[j * n + j]!;
    }
    for (let j = n - 1; j >= 0; j--) {
      let sum = out[j * size + i]!;
      for (let k = j + 1; k < n; k++) sum -= gram[k * n + j]! * out[k * size + i]!;
      out[j * size + i] = sum / gram[j * n + j]!;
    }
  }
  return out;
}
