/** What both parts share: losses on states, and single-sample gradients of their expectation. */
import type { FloatArray, Layer, LossAndGradient, Rng } from "../../src/index.ts";

/** Values and gradients of the rows of z. */
export type Loss = (z: FloatArray) => LossAndGradient;

export interface Instance {
  readonly theta: Float64Array;
  readonly loss: Loss;
  /** dE L/dθ by enumeration. */
  readonly exact: Float64Array;
}

/** A single-sample gradient for each of `rows` identical rows; row r draws from `rng.row(r)`. */
export type Estimator = (instance: Instance, rows: number, rng: Rng) => Float64Array;

/** The gradient that a layer pulls back. */
export function throughLayer(layer: Layer): Estimator {
  return ({ theta, loss }, rows, rng) => {
    const z = layer.forward(repeated(theta, rows), rng);
    return z.backward(loss(z.value).gradient) as Float64Array;
  };
}

export function repeated(row: Float64Array, rows: number): Float64Array {
  const out = new Float64Array(rows * row.length);
  for (let r = 0; r < rows; r++) out.set(row, r * row.length);
  return out;
}
