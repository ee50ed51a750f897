import type { ExponentialFamily, FloatArray, Noise, Rng, Structure } from "../contracts.ts";
import {
  checkFinite,
  checkInteger,
  checkMethod,
  checkOptions,
  checkPositive,
  checkRng,
  checkTheta,
} from "../core/check.ts";
import { rng as makeRng } from "../core/rng.ts";
import { sizeOf } from "../core/shape.ts";
import type { LossAndGradient } from "./loss-and-gradient.ts";

export interface FenchelYoungOptions {
  /** Noise of the perturbed loss. Without it the loss is that of the exact family. */
  readonly noise?: Noise;
  /** τ of the family, or scale ε of the noise; 1 by default. Larger: smoother, and farther from the hard solution. */
  readonly temperature?: number;
  /** Noise samples a row of the perturbed loss, 1 by default. More: less variance. */
  readonly samples?: number;
}

/**
 * L(θ; y) for rows of θ and of target states y, or of mean states; `rng` is needed where there is noise. `gradient` is
 * dL/dθ.
 */
export type FenchelYoung<Context> = (
  theta: FloatArray,
  y: FloatArray,
  rng?: Rng,
  context?: Context,
) => LossAndGradient;

/**
 * Fenchel–Young losses: learn θ from observed states, without a downstream loss.
 *
 *     exact       L = τ log Σ_z exp(⟨z, θ⟩ / τ) − ⟨y, θ⟩,    ∇L = E[z] − y
 *     perturbed   L = E[max_z ⟨z, θ + εZ⟩] − ⟨y, θ⟩,         ∇L = E[MAP(θ + εZ)] − y
 *
 * Convex in θ, and at its least where the mean state is y. The exact loss of a state is −τ log p(y). For other y both
 * leave out a term that does not depend on θ.
 *
 * @param structure an exponential family, or with `noise` any structure.
 * @param options see {@link FenchelYoungOptions}.
 * @returns the loss, one value a row, nothing averaged over rows. One exact inference, or `samples` solver calls, a row.
 * @throws TypeError for an unknown option, a structure without exact inference, or a missing `rng`, RangeError for values
 *   out of range.
 * @example
 * import { categorical, fenchelYoung } from "hardgrad";
 * const loss = fenchelYoung(categorical(2));
 * const { value, gradient } = loss(Float64Array.of(0, 0), Float64Array.of(1, 0));
 * value[0].toFixed(6); // "0.693147"
 * gradient; // Float64Array [-0.5, 0.5]
 * @see Blondel, Martins, Niculae: Learning with Fenchel–Young losses (2020); Berthet et al. 2020, Sec. 4.
 */
export function fenchelYoung<Context = unknown>(
  structure: Structure<Context> | ExponentialFamily<Context>,
  options: FenchelYoungOptions = {},
): FenchelYoung<Context> {
  const who = "fenchelYoung";
  checkOptions(who, options, ["noise", "temperature", "samples"]);
  const { noise, temperature = 1, samples = 1 } = options;
  checkPositive(who, "temperature", temperature);
  checkInteger(who, "samples", samples, 1);
  if (noise) {
    checkMethod(who, "structure", structure, "map", "a structure with a MAP solver");
    checkMethod(who, "noise", noise, "fill", "a Noise, as gumbel() makes");
  } else {
    const expected = "a structure with exact inference, or the option noise";
    checkMethod(who, "structure", structure, "logPartition", expected);
  }
  const size = sizeOf(structure.shape);
  const stream = makeRng(0);

  /** The mean state into `mean` and E[max] into `value`. */
  function exact(theta: FloatArray, mean: Float64Array, value: Float64Array, context?: Context): void {
    const family = structure as ExponentialFamily<Context>;
    const scaled = Float64Array.from(theta, (x) => x / temperature);
    family.marginals(scaled, mean, context);
    family.logPartition(scaled, value, context);
    for (let row = 0; row < value.length; row++) value[row] = value[row]! * temperature;
  }

  function perturbed(
    theta: FloatArray,
    mean: Float64Array,
    value: Float64Array,
    source: Noise,
    rng: Rng | undefined,
    context?: Context,
  ): void {
    const random = source.variance !== 0 || source.mean !== 0;
    if (random) checkRng(who, rng, `${source.name} is random`);
    const rows = value.length;
    const epsilon = new Float64Array(samples * theta.length);
    const ofRow = new Float64Array(samples * size);
    for (let row = 0; rng && random && row < rows; row++) {
      source.fill(ofRow, stream.restart(rng, row));
      for (let s = 0; s < samples; s++) {
        for (let i = 0; i < size; i++) epsilon[(s * rows + row) * size + i] = ofRow[s * size + i]!;
      }
    }
    const moved = new Float64Array(theta.length);
    const state = new Float64Array(theta.length);
    for (let s = 0; s < samples; s++) {
      for (let i = 0; i < theta.length; i++) {
        moved[i] = theta[i]! + temperature * epsilon[s * theta.length + i]!;
      }
      structure.map(moved, state, context);
      for (let row = 0; row < rows; row++) value[row] = value[row]! + score(state, moved, row) / samples;
      for (let i = 0; i < theta.length; i++) mean[i] = mean[i]! + state[i]! / samples;
    }
  }

  /** ⟨z, θ⟩ of a row; excluded entries that are not in z count nothing. */
  function score(z: FloatArray, theta: FloatArray, row: number): number {
    let sum = 0;
    for (let i = row * size; i < (row + 1) * size; i++) if (z[i] !== 0) sum += z[i]! * theta[i]!;
    return sum;
  }

  return (theta, y, rng, context) => {
    const rows = checkTheta(who, theta, size);
    checkFinite(who, "y", y, theta.length);
    const mean = new Float64Array(theta.length);
    const value = new Float64Array(rows);
    if (noise) perturbed(theta, mean, value, noise, rng, context);
    else exact(theta, mean, value, context);
    for (let row = 0; row < rows; row++) value[row] = value[row]! - score(y, theta, row);
    const gradient = theta.slice();
    for (let i = 0; i < gradient.length; i++) gradient[i] = mean[i]! - y[i]!;
    return { value, gradient };
  };
}
