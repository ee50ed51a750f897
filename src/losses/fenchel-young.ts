import type { ExponentialFamily, FloatArray, Noise, Relaxation, Rng, Structure } from "../contracts.ts";
import {
  checkFinite,
  checkInteger,
  checkMethod,
  checkOneOf,
  checkOptions,
  checkPositive,
  checkTheta,
  describe,
} from "../core/check.ts";
import { score } from "../core/score.ts";
import { sizeOf } from "../core/shape.ts";
import { familySize, solverSize, structureSize } from "../core/structure-argument.ts";
import { temper } from "../core/temper.ts";
import { checkNormal } from "../noise/check-score.ts";
import { gaussian } from "../noise/gaussian.ts";
import { noiseOf } from "../noise/noise-of.ts";
import { type PerturbedEntries, perturbedEntries } from "../noise/perturbed-entries.ts";
import type { LossAndGradient } from "./loss-and-gradient.ts";

export interface FenchelYoungOptions {
  /** Noise of the perturbed loss. Without it the loss is that of the exact family or of the relaxation. */
  readonly noise?: Noise;
  /** τ of the family, t of the relaxation, or scale ε of the noise; 1 by default. Larger: smoother, and farther from the hard solution. */
  readonly temperature?: number;
  /** Noise samples a row of the perturbed loss, 1 by default. More: less variance. */
  readonly samples?: number;
  /**
   * Which entries of a row are perturbed, all by default: the first so many, or m numbers of which 0 leaves an entry as it
   * is.
   */
  readonly perturbed?: PerturbedEntries;
  /**
   * "additive", the default, perturbs θ to θ + εZ; "multiplicative", with Gaussian noise, which it makes the default, to
   * θ ⊙ exp(εZ − ε²/2), which keeps the sign of every entry, as solvers for costs ask for.
   */
  readonly perturbation?: "additive" | "multiplicative";
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
 *     exact            L = τ log Σ_z exp(⟨z, θ⟩ / τ) − ⟨y, θ⟩,            ∇L = E[z] − y
 *     relaxed          L = max_x (⟨θ, x⟩ − t f(x)) + t f(y) − ⟨θ, y⟩,     ∇L = X_t − y
 *     perturbed        L = E[max_z ⟨z, θ + εZ⟩] − ⟨y, θ⟩,                 ∇L = E[MAP(θ + εZ)] − y
 *     multiplicative   L = E[max_z ⟨z, θ ⊙ W⟩] − ⟨y, θ⟩,                  ∇L = E[W ⊙ MAP(θ ⊙ W)] − y,   W = exp(εZ − ε²/2)
 *
 * Convex in θ, and at its least where the mean state is y. The exact loss of a state is −τ log p(y), a relaxed loss is 0
 * where X_t is y. For a y that is no state, the exact loss and the perturbed ones leave out a term without θ.
 *
 * @param structure an exponential family; a relaxation that knows the value of its objective, as all but `relaxedTopK`,
 *   `neuralSort`, `softEisner` and `softSort` do; or with a perturbation any structure.
 * @param options see {@link FenchelYoungOptions}.
 * @returns the loss, one value a row, nothing averaged over rows. One exact inference or relaxation, or `samples` solver
 *   calls, a row.
 * @throws TypeError for an unknown option, a structure without exact inference, a relaxation without an objective, or a
 *   missing `rng`, RangeError for values out of range.
 * @example
 * import { categorical, euclidean, fenchelYoung } from "hardgrad";
 * const loss = fenchelYoung(categorical(2));
 * const { value, gradient } = loss(Float64Array.of(0, 0), Float64Array.of(1, 0));
 * value[0].toFixed(6); // "0.693147"
 * gradient; // Float64Array [-0.5, 0.5]
 * const sparse = fenchelYoung(euclidean(categorical(2))); // the sparsemax loss
 * sparse(Float64Array.of(2, 1), Float64Array.of(1, 0)).value[0]; // 0: a margin of 1 is enough
 * @see Blondel, Martins, Niculae: Learning with Fenchel–Young losses (2020), Definition 2; Berthet et al. 2020, Sec. 4;
 *   Dalle, Baty, Bouvier, Parmentier: Learning with combinatorial optimization layers (2022) for the multiplicative form.
 */
export function fenchelYoung<Context = unknown>(
  structure: Structure<Context> | ExponentialFamily<Context> | Relaxation<Context>,
  options: FenchelYoungOptions = {},
): FenchelYoung<Context> {
  const who = "fenchelYoung";
  checkOptions(who, options, ["noise", "temperature", "samples", "perturbed", "perturbation"]);
  const { perturbation = "additive", temperature = 1, samples = 1 } = options;
  checkOneOf(who, "perturbation", perturbation, ["additive", "multiplicative"]);
  checkPositive(who, "temperature", temperature);
  checkInteger(who, "samples", samples, 1);
  const multiplicative = perturbation === "multiplicative";
  const { noise = multiplicative ? gaussian() : undefined } = options;
  if (noise !== undefined) {
    const size = structureSize(who, structure);
    if (multiplicative) checkNormal(who, noise);
    const draw = noiseOf(who, noise, samples, size, options.perturbed);
    const entries = perturbedEntries(who, options.perturbed, size);
    const hard = structure as Structure<Context>;
    return loss(who, size, perturbed(hard, draw, temperature, samples, multiplicative, entries));
  }
  if (options.perturbed !== undefined) {
    throw new TypeError(`${who}: perturbed expected noise beside it, got none`);
  }
  if (structure !== null && typeof structure === "object" && "relax" in structure) {
    const expected = `a relaxation that knows the value of its objective, which ${structure.name} does not`;
    checkMethod(who, "structure", structure, "objective", expected);
    solverSize(who, structure.structure, "structure of the relaxation");
    return loss(
      who,
      sizeOf(structure.inputShape ?? structure.structure.shape),
      relaxed(structure, temperature),
    );
  }
  if ("inexact" in Object(structure)) familySize(who, structure, "structure");
  const size = structureSize(who, structure);
  if (!("marginals" in structure)) {
    throw new TypeError(
      `${who}: structure expected one with exact inference, or the option noise, got ${describe(structure)}`,
    );
  }
  familySize(who, structure, "structure");
  return loss(who, size, exact(who, structure as ExponentialFamily<Context>, temperature));
}

/** Writes the mean state into `mean` and what is left of the loss without −⟨y, θ⟩ into `value`. */
type Conjugate<Context> = (
  theta: FloatArray,
  y: FloatArray,
  mean: Float64Array,
  value: Float64Array,
  rng: Rng | undefined,
  context: Context | undefined,
) => void;

function loss<Context>(who: string, size: number, conjugate: Conjugate<Context>): FenchelYoung<Context> {
  return (theta, y, rng, context) => {
    const rows = checkTheta(who, theta, size);
    checkFinite(who, "y", y, theta.length);
    const mean = new Float64Array(theta.length);
    const value = new Float64Array(rows);
    conjugate(theta, y, mean, value, rng, context);
    for (let row = 0; row < rows; row++) value[row] = value[row]! - score(y, theta, row * size, size);
    const gradient = theta.slice();
    for (let i = 0; i < gradient.length; i++) gradient[i] = mean[i]! - y[i]!;
    return { value, gradient };
  };
}

function exact<Context>(
  who: string,
  family: ExponentialFamily<Context>,
  temperature: number,
): Conjugate<Context> {
  const size = sizeOf(family.shape);
  return (theta, _y, mean, value, _rng, context) => {
    const scaled = temper(who, theta, size, temperature);
    family.marginals(scaled, mean, context);
    family.logPartition(scaled, value, context);
    for (let row = 0; row < value.length; row++) value[row] = value[row]! * temperature;
  };
}

function relaxed<Context>(relaxation: Relaxation<Context>, temperature: number): Conjugate<Context> {
  return (theta, y, mean, value, _rng, context) => {
    const utilities = Float64Array.from(theta);
    relaxation.relax(utilities, temperature, mean, context);
    relaxation.objective!(utilities, temperature, value, context);
    const ofTarget = new Float64Array(value.length);
    relaxation.regularizer?.(Float64Array.from(y), ofTarget);
    for (let row = 0; row < value.length; row++) value[row] = value[row]! + temperature * ofTarget[row]!;
  };
}

function perturbed<Context>(
  structure: Structure<Context>,
  draw: (rows: number, rng: Rng | undefined) => Float64Array,
  temperature: number,
  samples: number,
  multiplicative: boolean,
  entries: Uint8Array | undefined,
): Conjugate<Context> {
  const size = sizeOf(structure.shape);
  return (theta, _y, mean, value, rng, context) => {
    const rows = value.length;
    const drawn = draw(rows, rng);
    const epsilon = drawn.length > 0 ? drawn : new Float64Array(samples * theta.length);
    const factor = new Float64Array(theta.length).fill(1);
    const moved = new Float64Array(theta.length);
    const state = new Float64Array(theta.length);
    for (let s = 0; s < samples; s++) {
      for (let i = 0; i < theta.length; i++) {
        const e = temperature * epsilon[s * theta.length + i]!;
        if (multiplicative && entries?.[i % size] !== 0)
          factor[i] = Math.exp(e - (temperature * temperature) / 2);
        moved[i] = multiplicative ? theta[i]! * factor[i]! : theta[i]! + e;
      }
      structure.map(moved, state, context);
      for (let row = 0; row < rows; row++) {
        value[row] = value[row]! + score(state, moved, row * size, size) / samples;
      }
      for (let i = 0; i < theta.length; i++) mean[i] = mean[i]! + (state[i]! * factor[i]!) / samples;
    }
  };
}
