/** Derivatives of a field: by Fourier modes (exact for smooth periodic data) or by finite differences. */
import { type Field, periodOf } from "./field.ts";
import { fourier } from "./fourier.ts";

export type Scheme = "spectral" | "finite-difference";

/** ∂u/∂x, …, ∂⁴u/∂x⁴, each places × times. */
export function spaceDerivatives(field: Field, scheme: Scheme): Float64Array[] {
  return [1, 2, 3, 4].map((order) =>
    scheme === "spectral" ? spectral(field, order) : differences(field, "x", order, 2),
  );
}

/** ∂u/∂t, places × times: time is not periodic, so always by finite differences. */
export function timeDerivative(field: Field, accuracy: number): Float64Array {
  return differences(field, "t", 1, accuracy);
}

function spectral(field: Field, order: number): Float64Array {
  const points = field.x.length;
  const times = field.t.length;
  const { waveNumbers, forward, backward } = fourier(points, periodOf(field));
  const column = new Float64Array(points);
  const spectrum = new Float64Array(2 * points);
  const out = field.u.slice();
  for (let j = 0; j < times; j++) {
    for (let i = 0; i < points; i++) column[i] = field.u[i * times + j]!;
    forward(column, spectrum);
    for (let m = 0; m < points; m++) {
      // (ik)^order; the highest mode of an even grid has no odd derivative.
      const power = m === points / 2 && order % 2 === 1 ? 0 : waveNumbers[m]! ** order;
      const [re, im] = [spectrum[2 * m]! * power, spectrum[2 * m + 1]! * power];
      const turn = order % 4;
      spectrum[2 * m] = turn === 0 ? re : turn === 1 ? -im : turn === 2 ? -re : im;
      spectrum[2 * m + 1] = turn === 0 ? im : turn === 1 ? re : turn === 2 ? -im : -re;
    }
    backward(spectrum, column);
    for (let i = 0; i < points; i++) out[i * times + j] = column[i]!;
  }
  return out;
}

/**
 * Central differences of the given order of accuracy and, towards the two ends, one-sided ones with as many points as
 * that accuracy needs: the scheme by which PySINDy differentiates.
 */
function differences(field: Field, along: "x" | "t", order: number, accuracy: number): Float64Array {
  const times = field.t.length;
  const grid = field[along];
  const count = grid.length;
  const stride = along === "x" ? times : 1;
  const width = (2 * Math.floor((order + 1) / 2) - 1 + accuracy - 1) / 2;
  const oneSided = order + accuracy;
  if (count < Math.max(oneSided, 2 * width + 1)) {
    throw new RangeError(`differences: ${along} expected ${oneSided} grid points or more, got ${count}`);
  }
  const out = new Float64Array(field.u.length);
  for (let p = 0; p < count; p++) {
    const inside = p >= width && p < count - width;
    const start = inside ? p - width : p < width ? 0 : count - oneSided;
    const stencil = grid.subarray(start, start + (inside ? 2 * width + 1 : oneSided));
    const weights = differenceWeights(stencil, grid[p]!, order);
    for (let line = 0; line < field.u.length / count; line++) {
      const base = along === "x" ? line : line * times;
      let sum = 0;
      for (let s = 0; s < weights.length; s++) sum += weights[s]! * field.u[base + (start + s) * stride]!;
      out[base + p * stride] = sum;
    }
  }
  return out;
}

/** Weights w with f^(order)(at) ≈ Σ w_i f(nodes_i), exact for polynomials of degree below their number (Fornberg 1988). */
export function differenceWeights(nodes: ArrayLike<number>, at: number, order: number): Float64Array {
  const n = nodes.length;
  // w[m][i]: weight of node i in the m-th derivative, by adding one node after another.
  const w = Array.from({ length: order + 1 }, () => new Float64Array(n));
  w[0]![0] = 1;
  let product = 1;
  for (let j = 1; j < n; j++) {
    let next = 1;
    for (let i = 0; i < j; i++) {
      const gap = nodes[j]! - nodes[i]!;
      next *= gap;
      if (i === j - 1) {
        const last = nodes[j - 1]! - at;
        for (let m = Math.min(j, order); m >= 0; m--) {
          const lower = m > 0 ? m * w[m - 1]![j - 1]! : 0;
          w[m]![j] = (product / next) * (lower - last * w[m]![j - 1]!);
        }
      }
      for (let m = Math.min(j, order); m >= 0; m--) {
        const lower = m > 0 ? m * w[m - 1]![i]! : 0;
        w[m]![i] = ((nodes[j]! - at) * w[m]![i]! - lower) / gap;
      }
    }
    product = next;
  }
  return w[order]!;
}
