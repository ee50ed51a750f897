/** The methods: how each selects terms from the library. */
import { imle, kSubset, perturbation, type Rng, simple, sumOfGamma } from "../../src/index.ts";
import type { SparseRegressionConfig } from "./config.ts";
import { leastSquares } from "./least-squares.ts";
import type { NormalEquations } from "./library.ts";
import { exchangeLoss, ridgeLoss } from "./subset-loss.ts";

/** One step for all rows of θ: dL/dθ, a row for each seed. */
export type GradientStep = (theta: Float64Array, rng: Rng) => Float64Array;

/**
 * - simple: SIMPLE (faithful sample, exact Jacobian) on the exchange loss.
 * - imle: I-MLE (Sum-of-Gamma noise, difference divided by λ) on the exchange loss.
 * - simple-notebook: as the authors' notebook: faithful sample, μ(θ) − μ(θ − λ∇L) by exact marginals, ridge loss.
 * - imle-notebook: the same loss with perturb-and-MAP states instead of marginals.
 */
export function gradientStep(
  method: string,
  equations: NormalEquations,
  config: SparseRegressionConfig,
): GradientStep {
  const subsets = kSubset(equations.names.length, config.terms);
  const noise = sumOfGamma({ k: config.terms, iterations: 10 });
  const target = perturbation({ lambda: config.lambda });
  const exchange = exchangeLoss(equations);
  const ridge = ridgeLoss(equations, config.ridge);
  switch (method) {
    case "simple": {
      const layer = simple(subsets);
      return (theta, rng) => {
        const z = layer.forward(theta, rng);
        return z.backward(exchange(z.value).gradient) as Float64Array;
      };
    }
    case "imle":
    case "imle-notebook": {
      const notebook = method === "imle-notebook";
      const layer = imle(subsets, { noise, target, scale: notebook ? "none" : "lambda" });
      const loss = notebook ? ridge : exchange;
      return (theta, rng) => {
        const z = layer.forward(theta, rng);
        return z.backward(loss(z.value).gradient) as Float64Array;
      };
    }
    case "simple-notebook":
      return (theta, rng) => {
        const z = theta.slice();
        subsets.sample(theta, rng, z);
        const moved = theta.slice();
        target.parameters(theta, ridge(z).gradient, moved);
        const [mu, muTarget] = [theta.slice(), theta.slice()];
        subsets.marginals(theta, mu);
        subsets.marginals(moved, muTarget);
        return mu.map((value, i) => value - muTarget[i]!);
      };
    default:
      throw new RangeError(`gradientStep: method expected a stochastic one, got "${method}"`);
  }
}

/** The terms of each row's MAP state, in order. */
export function selectedTerms(theta: Float64Array, size: number, k: number): number[][] {
  const z = theta.slice();
  kSubset(size, k).map(theta, z);
  return Array.from({ length: theta.length / size }, (_, row) =>
    Array.from({ length: size }, (_, i) => i).filter((i) => z[row * size + i] === 1),
  );
}

/**
 * Sequentially thresholded least squares (Brunton, Proctor and Kutz 2016): fit all terms, drop those with small
 * coefficients, fit the rest, until nothing is dropped. It is told a threshold, not the number of terms.
 */
export function thresholdedTerms(equations: NormalEquations, threshold: number): number[] {
  const { fit } = leastSquares(equations);
  const coefficients = new Float64Array(equations.names.length);
  let terms = equations.names.map((_, i) => i);
  for (;;) {
    fit(terms, coefficients);
    const kept = terms.filter((i) => Math.abs(coefficients[i]!) >= threshold);
    if (kept.length === terms.length) return terms;
    terms = kept;
  }
}
