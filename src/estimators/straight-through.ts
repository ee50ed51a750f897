import type { Evaluation, FloatArray, Layer, Noise, Rng, SameKind, Structure } from "../contracts.ts";
import {
  checkFinite,
  checkInteger,
  checkNonNegative,
  checkOneOf,
  checkOptions,
  checkTheta,
} from "../core/check.ts";
import { floatsLike } from "../core/floats-like.ts";
import { structureSize } from "../core/structure-argument.ts";
import { gumbel } from "../noise/gumbel.ts";
import type { PerturbedEntries } from "../noise/perturbed-entries.ts";
import { startDiagnostics, zeroRowShare } from "./diagnostics.ts";
import { doubles, perturbAndMap } from "./perturb-and-map.ts";
import { fromSlabs, meanOverSamples, sampledOutput } from "./samples.ts";

export interface StraightThroughOptions {
  /** Noise, Gumbel by default. */
  readonly noise?: Noise;
  /** Scale τ of the noise, 1 by default. Larger explores more. */
  readonly temperature?: number;
  /**
   * Which entries of a row are perturbed, all by default: the first so many, or m numbers of which 0 leaves an entry as it
   * is. With `perturbed: n` the pairs of a correlated k-subset on n elements stay as they are.
   */
  readonly perturbed?: PerturbedEntries;
  /** Noise samples S per row, 1 by default. */
  readonly samples?: number;
  /** Return the mean of the S states instead of each. */
  readonly average?: boolean;
}

/**
 * Straight-through estimator: z = MAP(θ + τε) forward, and the downstream gradient itself backward, as if z were θ.
 *
 * Cheap and without variance of its own, but biased: it ignores the structure. Entries that θ excludes have no gradient;
 * those that only a context leaves out get the downstream one, so make padding −Infinity in θ, too.
 *
 * @param structure the states, shape m.
 * @param options see {@link StraightThroughOptions}.
 * @returns a layer; S solver calls a row, none backward.
 * @throws TypeError for an unknown option or a missing `rng`, RangeError for values out of range.
 * @example
 * import { kSubset, rng, straightThrough } from "hardgrad";
 * const z = straightThrough(kSubset(3, 1)).forward(Float64Array.of(0, 1, 2), rng(0));
 * z.backward(Float64Array.of(0.5, -1, 0)); // Float64Array [0.5, -1, 0]
 * @see Bengio, Léonard, Courville: Estimating or propagating gradients through stochastic neurons (2013).
 */
export function straightThrough<Context = unknown>(
  structure: Structure<Context>,
  options: StraightThroughOptions = {},
): Layer<Context> {
  const who = "straightThrough";
  checkOptions(who, options, ["noise", "temperature", "perturbed", "samples", "average"]);
  const { noise = gumbel(), temperature = 1, samples = 1, average = false } = options;
  checkNonNegative(who, "temperature", temperature);
  checkInteger(who, "samples", samples, 1);
  checkOneOf(who, "average", average, [true, false]);
  const size = structureSize(who, structure);
  const perturb = perturbAndMap(who, structure, noise, samples, options.perturbed);

  function forward<A extends FloatArray>(theta: A, rng?: Rng, context?: Context): Evaluation<SameKind<A>> {
    const rows = checkTheta(who, theta, size);
    const slab = rows * size;
    const parameters = doubles(theta);
    const states = perturb.states(parameters, perturb.draw(rows, rng), temperature, context);
    const value = floatsLike(theta, average ? slab : samples * slab);
    fromSlabs(states, rows, samples, size, average, value);
    const diagnostics = startDiagnostics(structure, samples * rows);
    return {
      value,
      diagnostics,
      backward(cotangent) {
        checkFinite(who, "cotangent", cotangent, value.length);
        const gradient = floatsLike(theta, slab);
        meanOverSamples(cotangent, rows, samples, size, average, gradient);
        for (let i = 0; i < slab; i++) if (parameters[i] === -Infinity) gradient[i] = 0;
        diagnostics.zeroGradientShare = zeroRowShare(gradient, rows, size);
        return gradient;
      },
    };
  }

  return {
    name: who,
    inputShape: structure.shape,
    ...sampledOutput(structure.shape, samples, average),
    forward,
  };
}
