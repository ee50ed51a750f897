import type { Evaluation, FloatArray, Layer, Noise, Rng, SameKind, Structure } from "../contracts.ts";
import {
  checkFinite,
  checkInteger,
  checkOneOf,
  checkOptions,
  checkPositive,
  checkTheta,
} from "../core/check.ts";
import { floatsLike } from "../core/floats-like.ts";
import { structureSize } from "../core/structure-argument.ts";
import { checkNormal, checkScore } from "../noise/check-score.ts";
import { gaussian } from "../noise/gaussian.ts";
import { noiseOf } from "../noise/noise-of.ts";
import { type PerturbedEntries, perturbedEntries } from "../noise/perturbed-entries.ts";
import { startDiagnostics, zeroRowShare } from "./diagnostics.ts";
import { doubles, slabOf } from "./perturb-and-map.ts";

export interface PerturbedOptimizerOptions {
  /** Noise Z that knows its score: `gaussian()`, the default, `gumbel()`, `logistic()` or your own. */
  readonly noise?: Noise;
  /** Scale ε of the noise, 1 by default. Larger: smoother and of less variance, farther from MAP(θ). */
  readonly temperature?: number;
  /**
   * Which entries of a row are perturbed, all by default: the first so many, or m numbers of which 0 leaves an entry as it
   * is, and without a gradient. Fewer: less variance.
   */
  readonly perturbed?: PerturbedEntries;
  /** Samples S per row, 10 by default. More: less variance, S times the solver calls. */
  readonly samples?: number;
  /**
   * "additive", the default, solves at θ + εZ; "multiplicative", for Gaussian noise, at θ ⊙ exp(εZ − ε²/2), which keeps
   * the sign of every entry, as solvers for costs ask for.
   */
  readonly perturbation?: "additive" | "multiplicative";
  /**
   * What is subtracted from a sample's state in the gradient: nothing, the default; "map", MAP(θ), for one more solver
   * call a row; "leave-one-out", the mean of the row's other states. The last two keep the mean and reduce variance.
   */
  readonly controlVariate?: "none" | "map" | "leave-one-out";
}

/**
 * Perturbed optimizer: the mean state y = E[MAP(θ + εZ)], estimated by S samples, with the gradient of the expectation,
 *
 *     dL/dθ = E[⟨MAP(θ + εZ) − b, ∇L⟩ ∇ν(Z)] / ε,    where Z has density ∝ exp(−ν).
 *
 * Unbiased for any structure from MAP calls alone. The multiplicative form has Z / (ε θ) in place of ∇ν(Z) / ε; entries
 * of θ that are 0 stay 0 there and have no gradient. Nor have entries that θ excludes; those that only a context leaves
 * out get a gradient of mean 0 that is all noise, so make padding −Infinity in θ, too.
 *
 * @param structure the states, shape m.
 * @param options see {@link PerturbedOptimizerOptions}.
 * @returns a layer whose value is the mean of S states, rows × m; S solver calls a row, none backward.
 * @throws TypeError for an unknown option or a missing `rng`, RangeError for values out of range and noises without a
 *   smooth density.
 * @example
 * import { kSubset, perturbedOptimizer, rng } from "hardgrad";
 * const y = perturbedOptimizer(kSubset(4, 2), { samples: 100 }).forward(Float64Array.of(0, 1, 2, 3), rng(0));
 * y.value.reduce((a, b) => a + b).toFixed(6); // "2.000000"
 * @see Berthet, Blondel, Teboul, Cuturi, Vert, Bach: Learning with differentiable perturbed optimizers (2020), Eq. 5;
 *   Dalle, Baty, Bouvier, Parmentier: Learning with combinatorial optimization layers (2022) for the multiplicative form.
 */
export function perturbedOptimizer<Context = unknown>(
  structure: Structure<Context>,
  options: PerturbedOptimizerOptions = {},
): Layer<Context> {
  const who = "perturbedOptimizer";
  checkOptions(who, options, [
    "noise",
    "temperature",
    "perturbed",
    "samples",
    "perturbation",
    "controlVariate",
  ]);
  const { noise = gaussian(), temperature = 1, samples = 10 } = options;
  const { perturbation = "additive", controlVariate = "none" } = options;
  checkPositive(who, "temperature", temperature);
  checkInteger(who, "samples", samples, controlVariate === "leave-one-out" ? 2 : 1);
  checkOneOf(who, "perturbation", perturbation, ["additive", "multiplicative"]);
  checkOneOf(who, "controlVariate", controlVariate, ["none", "map", "leave-one-out"]);
  const multiplicative = perturbation === "multiplicative";
  if (multiplicative) checkNormal(who, noise);
  else checkScore(who, noise);
  const size = structureSize(who, structure);
  const draw = noiseOf(who, noise, samples, size, options.perturbed);
  const entries = perturbedEntries(who, options.perturbed, size);

  function forward<A extends FloatArray>(theta: A, rng?: Rng, context?: Context): Evaluation<SameKind<A>> {
    const rows = checkTheta(who, theta, size);
    const slab = rows * size;
    const parameters = doubles(theta);
    const epsilon = draw(rows, rng);
    const states = new Float64Array(samples * slab);
    const perturbed = new Float64Array(slab);
    for (let s = 0; s < samples; s++) {
      for (let i = 0; i < slab; i++) {
        const z = temperature * epsilon[s * slab + i]!;
        perturbed[i] = multiplicative
          ? parameters[i]! * (entries?.[i % size] === 0 ? 1 : Math.exp(z - (temperature * temperature) / 2))
          : parameters[i]! + z;
      }
      structure.map(perturbed, slabOf(states, s, slab), context);
    }
    const total = new Float64Array(slab);
    for (let at = 0; at < states.length; at++) total[at % slab] = total[at % slab]! + states[at]!;
    const value = floatsLike(theta, slab);
    for (let i = 0; i < slab; i++) value[i] = total[i]! / samples;
    const diagnostics = startDiagnostics(structure, samples * rows);

    return {
      value,
      diagnostics,
      backward(cotangent) {
        checkFinite(who, "cotangent", cotangent, slab);
        const centre = new Float64Array(slab);
        if (controlVariate === "map") {
          structure.map(parameters, centre, context);
          diagnostics.solverCalls += rows;
        }
        // Relative to the first sample: a sum of the states themselves would leave its rounding in small differences.
        const departed = new Float64Array(slab);
        if (controlVariate === "leave-one-out") {
          centre.set(slabOf(states, 0, slab));
          for (let at = 0; at < states.length; at++) {
            departed[at % slab] = departed[at % slab]! + (states[at]! - centre[at % slab]!);
          }
        }
        const gradient = new Float64Array(slab);
        for (let row = 0; row < rows; row++) {
          const start = row * size;
          for (let s = 0; s < samples; s++) {
            const from = s * slab;
            let along = 0;
            for (let i = start; i < start + size; i++) {
              const away = states[from + i]! - centre[i]!;
              const baseline = controlVariate === "leave-one-out" ? (departed[i]! - away) / (samples - 1) : 0;
              along += (away - baseline) * cotangent[i]!;
            }
            for (let i = start; i < start + size; i++) {
              const theta = parameters[i]!;
              if (theta === -Infinity || (multiplicative && theta === 0)) continue;
              if (entries?.[i - start] === 0) continue;
              const score = noise.score!(epsilon[from + i]!) / (multiplicative ? theta : 1);
              gradient[i] = gradient[i]! + (along * score) / (temperature * samples);
            }
          }
        }
        diagnostics.solver = structure.report?.() ?? {};
        const out = floatsLike(theta, slab);
        out.set(gradient);
        diagnostics.zeroGradientShare = zeroRowShare(out, rows, size);
        return out;
      },
    };
  }

  return { name: who, inputShape: structure.shape, outputShape: structure.shape, forward };
}
