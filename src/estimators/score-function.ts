import type { Evaluation, ExponentialFamily, FloatArray, Layer, Rng, SameKind } from "../contracts.ts";
import {
  checkFinite,
  checkInteger,
  checkMethod,
  checkOneOf,
  checkOptions,
  checkPositive,
  checkRng,
  checkTheta,
} from "../core/check.ts";
import { floatsLike, fromSlabs, sampledOutput } from "../core/samples.ts";
import { familySize } from "../core/structure-argument.ts";
import { temper } from "../core/temper.ts";
import { startDiagnostics, zeroRowShare } from "./diagnostics.ts";
import { faithfulSamples } from "./faithful-samples.ts";
import type { MovingAverage } from "./moving-average.ts";

export interface ScoreFunctionOptions {
  /** τ of p(z) ∝ exp(⟨z, θ⟩ / τ), 1 by default. */
  readonly temperature?: number;
  /** Samples S per row, 1 by default. More: less variance. */
  readonly samples?: number;
  /** What is subtracted from the loss to reduce variance: "leave-one-out" is the mean loss of a row's other samples. */
  readonly baseline?: "none" | "leave-one-out" | MovingAverage;
}

export interface ScoreFunctionLayer<Context = unknown> extends Layer<Context> {
  forward<A extends FloatArray>(theta: A, rng?: Rng, context?: Context): ScoreFunctionEvaluation<SameKind<A>>;
}

export interface ScoreFunctionEvaluation<A extends FloatArray = FloatArray> extends Evaluation<A> {
  /**
   * The score function alone sees losses, not their gradients.
   * @param losses one a (row, sample), rows × S numbers.
   * @param baseline values to subtract, one a (row, sample), for a learnt baseline (NVIL); it must not depend on the
   *   samples that it is subtracted from. The option `baseline` is then a mean of what it leaves, L − b.
   */
  backward(losses: FloatArray, baseline?: FloatArray): A;
}

/**
 * Score function estimator (REINFORCE): z is a faithful sample, and dL/dθ = (L(z) − b) ∇_θ log p(z), where
 * ∇_θ log p(z) = (z − E[z]) / τ is exact.
 *
 * Unbiased for any loss, differentiable or not; its variance grows with the size of the loss.
 *
 * @param family the law, shape m.
 * @param options see {@link ScoreFunctionOptions}.
 * @returns a layer whose `backward` takes losses instead of a cotangent; S samples and one exact inference a row.
 * @throws TypeError for an unknown option or a missing `rng`, RangeError for values out of range.
 * @example
 * import { kSubset, rng, scoreFunction } from "hardgrad";
 * const z = scoreFunction(kSubset(3, 1)).forward(Float64Array.of(0, 0, 0), rng(1));
 * z.backward(Float64Array.of(3)); // Float64Array [-1, 2, -1]: 3 (z − 1/3), element 1 was drawn
 * @see Williams: Simple statistical gradient-following algorithms (1992); Mnih and Gregor: NVIL (2014); Kool, van Hoof,
 *   Welling: Buy 4 REINFORCE samples, get a baseline for free (2019).
 */
export function scoreFunction<Context = unknown>(
  family: ExponentialFamily<Context>,
  options: ScoreFunctionOptions = {},
): ScoreFunctionLayer<Context> {
  const who = "scoreFunction";
  checkOptions(who, options, ["temperature", "samples", "baseline"]);
  const { temperature = 1, samples = 1, baseline = "none" } = options;
  checkPositive(who, "temperature", temperature);
  checkInteger(who, "samples", samples, 1);
  const leaveOneOut = baseline === "leave-one-out";
  const moving = typeof baseline === "object" ? baseline : undefined;
  if (moving === undefined) checkOneOf(who, "baseline", baseline, ["none", "leave-one-out"]);
  else checkMethod(who, "baseline", moving, "update", "a baseline, as movingAverage() makes");
  if (leaveOneOut && samples < 2) {
    throw new RangeError(
      `${who}: samples expected at least 2 for the leave-one-out baseline, got ${samples}`,
    );
  }
  const size = familySize(who, family);

  function forward<A extends FloatArray>(
    theta: A,
    rng?: Rng,
    context?: Context,
  ): ScoreFunctionEvaluation<SameKind<A>> {
    const rows = checkTheta(who, theta, size);
    checkRng(who, rng, "states are sampled");
    const slab = rows * size;
    const parameters = temper(who, theta, size, temperature);
    const states = faithfulSamples(family, parameters, rng, samples, context);
    const value = floatsLike(theta, samples * slab);
    fromSlabs(states, rows, samples, size, false, value);
    const diagnostics = startDiagnostics(family, samples * rows);
    return {
      value,
      diagnostics,
      backward(losses, learnt) {
        checkFinite(who, "losses", losses, rows * samples);
        if (learnt) checkFinite(who, "baseline", learnt, rows * samples);
        const mu = new Float64Array(slab);
        family.marginals(parameters, mu, context);
        diagnostics.solverCalls += rows;
        const gradient = new Float64Array(slab);
        const average = moving ? moving.value() : 0;
        const residual = Float64Array.from(losses, (loss, at) => loss - (learnt ? learnt[at]! : 0));
        let total = 0;
        for (let row = 0; row < rows; row++) {
          let sum = 0;
          for (let s = 0; s < samples; s++) sum += residual[row * samples + s]!;
          total += sum;
          for (let s = 0; s < samples; s++) {
            const at = row * samples + s;
            const others = leaveOneOut ? (sum - residual[at]!) / (samples - 1) : average;
            const weight = (residual[at]! - others) / (samples * temperature);
            for (let i = row * size; i < (row + 1) * size; i++) {
              gradient[i] = gradient[i]! + weight * (states[s * slab + i]! - mu[i]!);
            }
          }
        }
        if (rows > 0) moving?.update(total / (rows * samples));
        const out = floatsLike(theta, slab);
        out.set(gradient);
        diagnostics.zeroGradientShare = zeroRowShare(out, rows, size);
        return out;
      },
    };
  }

  return {
    name: who,
    inputShape: family.shape,
    ...sampledOutput(family.shape, samples, false),
    forward,
  };
}
