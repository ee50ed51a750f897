import type { ExponentialFamily, FloatArray, Layer } from "../../src/index.ts";

/** KL(p(z; θ/τ) ‖ uniform over the same states). */
export interface Kl {
  readonly law: ExponentialFamily;
  readonly temperature: number;
}

/** One number a row: log |C| − H, exactly (SIMPLE Prop. 4). */
export function klValues({ law, temperature }: Kl, theta: FloatArray): Float64Array {
  const size = law.shape[0]!;
  const states = new Float64Array(1);
  law.logPartition(new Float64Array(size), states);
  const out = new Float64Array(theta.length / size);
  law.entropy(scaled(theta, temperature), out);
  // Rounding alone would make it negative.
  for (let row = 0; row < out.length; row++) out[row] = Math.max(states[0]! - out[row]!, 0);
  return out;
}

/**
 * A layer whose pullback also descends `weight` times the KL of every row. Its gradient is Cov(z) (θ/τ) / τ, exactly;
 * the value, which costs more, is not needed to descend it.
 *
 * @param isJacobian whether the layer's own pullback is the product with Cov(z) / τ of that very law, as SIMPLE's is:
 * then both gradients are one product.
 */
export function withKl(layer: Layer, { law, temperature }: Kl, weight: number, isJacobian: boolean): Layer {
  return {
    ...layer,
    forward(theta, rng, context) {
      const evaluation = layer.forward(theta, rng, context);
      const eta = scaled(theta, temperature);
      return {
        ...evaluation,
        backward(cotangent) {
          if (isJacobian) {
            const sum = cotangent.slice();
            for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + weight * eta[i]!;
            return evaluation.backward(sum);
          }
          const gradient = evaluation.backward(cotangent);
          const product = new Float64Array(eta.length);
          law.marginalsJvp(eta, eta, product);
          const factor = weight / temperature;
          for (let i = 0; i < gradient.length; i++) gradient[i] = gradient[i]! + factor * product[i]!;
          return gradient;
        },
      };
    },
  };
}

export function scaled(theta: FloatArray, temperature: number): Float64Array {
  const out = new Float64Array(theta);
  for (let i = 0; i < out.length; i++) out[i] = out[i]! / temperature;
  return out;
}
