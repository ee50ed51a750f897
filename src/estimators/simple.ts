import type { Evaluation, ExponentialFamily, FloatArray, Layer, Noise, Rng, SameKind } from "../contracts.ts";
import {
  checkFinite,
  checkInteger,
  checkOneOf,
  checkOptions,
  checkPositive,
  checkRng,
  checkTheta,
} from "../core/check.ts";
import { floatsLike } from "../core/floats-like.ts";
import { familySize } from "../core/structure-argument.ts";
import { temper } from "../core/temper.ts";
import { gumbel } from "../noise/gumbel.ts";
import { startDiagnostics, zeroRowShare } from "./diagnostics.ts";
import { faithfulSamples } from "./faithful-samples.ts";
import { perturbAndMap } from "./perturb-and-map.ts";
import { fromSlabs, meanOverSamples, sampledOutput } from "./samples.ts";

export interface SimpleOptions {
  /** τ of p(z) ∝ exp(⟨z, θ⟩ / τ), 1 by default. */
  readonly temperature?: number;
  /** Samples S per row, 1 by default. */
  readonly samples?: number;
  /** Return the mean of the S states instead of each. */
  readonly average?: boolean;
  /** Faithful samples, the default, or cheaper, biased perturb-and-MAP states (SIMPLE-B). */
  readonly forward?: "exact" | "perturb-and-map";
  /**
   * The Jacobian of the marginals: exact, the default, or that of marginals estimated from states, which is the
   * states' covariance: from faithful samples (SIMPLE-F) or from perturb-and-MAP states.
   */
  readonly backward?: "exact" | "exact-samples" | "perturb-and-map";
  /** States of each row from which `backward` estimates; at least 2, 10 by default. More: less variance. */
  readonly backwardSamples?: number;
  /** Noise of perturb-and-MAP, Gumbel by default. */
  readonly noise?: Noise;
}

/**
 * SIMPLE: a faithful sample forward, the exact Jacobian of the marginals backward,
 *
 *     z ~ p(z; θ),    dL/dθ = (∂μ/∂θ) ∇_z L = Cov(z) ∇_z L / τ.
 *
 * It is exact for losses that are linear in z, and of low variance; for others it ignores how the sample changes.
 * For k-subsets it is the published estimator; it works for every exponential family.
 *
 * @param family the law, shape m.
 * @param options see {@link SimpleOptions}.
 * @returns a layer; S samples forward, one Jacobian product a row backward.
 * @throws TypeError for an unknown option or a missing `rng`, RangeError for values out of range.
 * @example
 * import { kSubset, rng, simple } from "hardgrad";
 * const z = simple(kSubset(2, 1)).forward(Float64Array.of(0, 0), rng(0));
 * z.backward(Float64Array.of(1, 0)); // Float64Array [0.25, -0.25]
 * @see Ahmed, Zeng, Niepert, Van den Broeck: SIMPLE (2022), Eq. 8 and Algorithm 3; the flavours -F and -B in Sec. 5.
 */
export function simple<Context = unknown>(
  family: ExponentialFamily<Context>,
  options: SimpleOptions = {},
): Layer<Context> {
  const who = "simple";
  checkOptions(who, options, [
    "temperature",
    "samples",
    "average",
    "forward",
    "backward",
    "backwardSamples",
    "noise",
  ]);
  const { temperature = 1, samples = 1, average = false, noise = gumbel() } = options;
  const { forward: sampling = "exact", backward: marginals = "exact", backwardSamples = 10 } = options;
  checkPositive(who, "temperature", temperature);
  checkInteger(who, "samples", samples, 1);
  checkOneOf(who, "average", average, [true, false]);
  checkOneOf(who, "forward", sampling, ["exact", "perturb-and-map"]);
  checkOneOf(who, "backward", marginals, ["exact", "exact-samples", "perturb-and-map"]);
  checkInteger(who, "backwardSamples", backwardSamples, 2);
  const size = familySize(who, family);
  const perturbed = {
    forward: perturbAndMap(who, family, noise, samples),
    backward: perturbAndMap(who, family, noise, backwardSamples),
  };

  function draw(
    exact: boolean,
    side: "forward" | "backward",
    parameters: Float64Array,
    rows: number,
    rng: Rng,
    context: Context | undefined,
  ): Float64Array {
    const count = side === "forward" ? samples : backwardSamples;
    if (exact) return faithfulSamples(family, parameters, rng, count, context);
    return perturbed[side].states(parameters, perturbed[side].draw(rows, rng), 1, context);
  }

  function forward<A extends FloatArray>(theta: A, rng?: Rng, context?: Context): Evaluation<SameKind<A>> {
    const rows = checkTheta(who, theta, size);
    checkRng(who, rng, "states are sampled");
    const slab = rows * size;
    const parameters = temper(who, theta, size, temperature);
    const states = draw(sampling === "exact", "forward", parameters, rows, rng, context);
    const value = floatsLike(theta, average ? slab : samples * slab);
    fromSlabs(states, rows, samples, size, average, value);
    const diagnostics = startDiagnostics(family, samples * rows);
    // A stream apart from the forward pass's, made now: the caller may use `rng` again before `backward`.
    const own = rng.split(BACKWARD);
    return {
      value,
      diagnostics,
      backward(cotangent) {
        checkFinite(who, "cotangent", cotangent, value.length);
        // The Jacobian does not depend on the sample, so the samples' cotangents are averaged first.
        const downstream = new Float64Array(slab);
        meanOverSamples(cotangent, rows, samples, size, average, downstream);
        const gradient = new Float64Array(slab);
        if (marginals === "exact") {
          family.marginalsJvp(parameters, downstream, gradient, context);
          diagnostics.solverCalls += rows;
        } else {
          const drawn = draw(marginals === "exact-samples", "backward", parameters, rows, own, context);
          sampleCovarianceTimes(drawn, downstream, rows, size, backwardSamples, gradient);
          diagnostics.solverCalls += backwardSamples * rows;
        }
        const out = floatsLike(theta, slab);
        for (let i = 0; i < slab; i++) out[i] = gradient[i]! / temperature;
        diagnostics.zeroGradientShare = zeroRowShare(out, rows, size);
        return out;
      },
    };
  }

  return {
    name: who,
    inputShape: family.shape,
    ...sampledOutput(family.shape, samples, average),
    forward,
  };
}

/** The child of the key that `backward` draws from; samples use 0, 1, … */
const BACKWARD = 0xffffffff;

/** out = (1 / (M − 1)) Σ (z − z̄) ⟨z − z̄, v⟩ over the M states of each row: unbiased for Cov(z) v. */
function sampleCovarianceTimes(
  states: Float64Array,
  v: Float64Array,
  rows: number,
  size: number,
  count: number,
  out: Float64Array,
): void {
  const slab = rows * size;
  const mean = new Float64Array(slab);
  for (let s = 0; s < count; s++) for (let i = 0; i < slab; i++) mean[i] = mean[i]! + states[s * slab + i]!;
  // Divided last: a mean of equal bits is that bit, and the gradient then 0.
  for (let i = 0; i < slab; i++) mean[i] = mean[i]! / count;
  for (let row = 0; row < rows; row++) {
    for (let s = 0; s < count; s++) {
      let along = 0;
      for (let i = row * size; i < (row + 1) * size; i++) along += (states[s * slab + i]! - mean[i]!) * v[i]!;
      along /= count - 1;
      for (let i = row * size; i < (row + 1) * size; i++) {
        out[i] = out[i]! + (states[s * slab + i]! - mean[i]!) * along;
      }
    }
  }
}
