/** Layers whose values and pullbacks are known in closed form: the truth that framework adapters are compared with. */
import type { Diagnostics, FloatArray, Layer } from "../src/contracts.ts";
import { floatsLike } from "../src/core/floats-like.ts";

const diagnostics: Diagnostics = {
  solverCalls: 0,
  zeroGradientShare: NaN,
  meanHammingDistance: NaN,
  lambda: NaN,
  solver: {},
};

/** θ², an ordinary function, so that a network around it can be differentiated by the engine too. */
export function squareLayer(...shape: number[]): Layer {
  return {
    name: "square",
    inputShape: shape,
    outputShape: shape,
    forward(theta) {
      const value = floatsLike(theta, theta.length);
      value.set(theta.map((t) => t * t));
      return {
        value,
        backward(cotangent) {
          const gradient = floatsLike(theta, cotangent.length);
          gradient.set(cotangent.map((c, i) => 2 * c * theta[i]!));
          return gradient;
        },
        diagnostics,
      };
    },
  };
}

/** S samples e_s θ with Gaussian e_s; `backward` returns the mean of the samples' estimates, as the contract says. */
export function samplingLayer(size: number, samples: number): Layer {
  return {
    name: "sampling",
    inputShape: [size],
    outputShape: [samples, size],
    samples,
    forward(theta, rng) {
      const rows = theta.length / size;
      const scale = Float64Array.from({ length: rows * samples * size }, () => rng!.normal());
      const value = floatsLike(theta, scale.length);
      const from = (i: number): number => Math.floor(i / (samples * size)) * size + (i % size);
      for (let i = 0; i < value.length; i++) value[i] = scale[i]! * theta[from(i)]!;
      return {
        value,
        backward(cotangent) {
          const out = floatsLike(theta, theta.length);
          for (let i = 0; i < value.length; i++) out[from(i)]! += (scale[i]! * cotangent[i]!) / samples;
          return out;
        },
        diagnostics,
      };
    },
  };
}

/** The one-hot argmax of θ + Gaussian noise, straight through; NaN in θ is an error, as for real layers. */
export function noisyArgmax(size: number): Layer<{ shift: number }> {
  return {
    name: "noisyArgmax",
    inputShape: [size],
    outputShape: [size],
    forward(theta, rng, context) {
      if (theta.some(Number.isNaN))
        throw new RangeError("noisyArgmax: theta expected finite numbers, got NaN");
      const value = floatsLike(theta, theta.length);
      for (let row = 0; row < theta.length; row += size) {
        let best = row;
        let score = -Infinity;
        for (let i = row; i < row + size; i++) {
          const perturbed = theta[i]! + (rng?.normal() ?? 0);
          if (perturbed > score) [best, score] = [i, perturbed];
        }
        value[row + ((best - row + (context?.shift ?? 0)) % size)] = 1;
      }
      const backward = (cotangent: FloatArray): typeof value => {
        const gradient = floatsLike(theta, cotangent.length);
        gradient.set(cotangent);
        return gradient;
      };
      return { value, backward, diagnostics };
    },
  };
}
