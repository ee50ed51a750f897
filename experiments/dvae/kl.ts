import type { FloatArray, KSubset, Layer } from "../../src/index.ts";

/** KL(p(z; θ/τ) ‖ uniform) of the subset law, and its gradient. */
export interface Kl {
  /** One number a row of θ. */
  values(theta: FloatArray): Float64Array;
  /** ∇_θ KL = Cov(z) (θ/τ) / τ: its own Jacobian–vector product. */
  gradient(theta: FloatArray): Float64Array;
}

/** KL to the uniform law = log C(n, k) − H (SIMPLE Prop. 4), exactly. */
export function klOf(law: KSubset, temperature: number): Kl {
  const size = law.shape[0]!;
  const scaled = (theta: FloatArray): Float64Array => {
    const out = new Float64Array(theta);
    for (let i = 0; i < out.length; i++) out[i] = out[i]! / temperature;
    return out;
  };
  return {
    values(theta) {
      const out = new Float64Array(theta.length / size);
      law.klToUniform(scaled(theta), out);
      return out;
    },
    gradient(theta) {
      const eta = scaled(theta);
      const out = new Float64Array(eta.length);
      law.marginalsJvp(eta, eta, out);
      for (let i = 0; i < out.length; i++) out[i] = out[i]! / temperature;
      return out;
    },
  };
}

/**
 * A layer whose value ends, after the n numbers of z, with the KL of θ: an exact term that no autodiff engine has to
 * know. Its pullback adds both gradients.
 */
export function withKl(layer: Layer, kl: Kl): Layer {
  const size = layer.inputShape[0]!;
  const wide = size + 1;
  return {
    name: layer.name,
    inputShape: layer.inputShape,
    outputShape: [wide],
    forward(theta, rng) {
      const rows = theta.length / size;
      const inner = layer.forward(theta, rng);
      const divergence = kl.values(theta);
      const value = new Float32Array(rows * wide);
      for (let row = 0; row < rows; row++) {
        for (let i = 0; i < size; i++) value[row * wide + i] = inner.value[row * size + i]!;
        value[row * wide + size] = divergence[row]!;
      }
      return {
        value,
        diagnostics: inner.diagnostics,
        backward(cotangent) {
          const dz = new Float32Array(rows * size);
          for (let row = 0; row < rows; row++) {
            for (let i = 0; i < size; i++) dz[row * size + i] = cotangent[row * wide + i]!;
          }
          const gradient = inner.backward(dz);
          const slope = kl.gradient(theta);
          for (let row = 0; row < rows; row++) {
            const weight = cotangent[row * wide + size]!;
            for (let i = row * size; i < (row + 1) * size; i++)
              gradient[i] = gradient[i]! + weight * slope[i]!;
          }
          return gradient;
        },
      };
    },
  };
}
