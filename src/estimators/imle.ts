import type { Evaluation, FloatArray, Layer, Noise, Rng, SameKind, Structure, Target } from "../contracts.ts";
import {
  checkFinite,
  checkInteger,
  checkLength,
  checkMethod,
  checkNonNegative,
  checkOneOf,
  checkOptions,
  checkRows,
  checkTheta,
} from "../core/check.ts";
import { floatsLike } from "../core/floats-like.ts";
import { lent } from "../core/lent.ts";
import { perturbedMapOf } from "../core/perturbed-map.ts";
import { structureSize } from "../core/structure-argument.ts";
import type { PerturbedEntries } from "../noise/perturbed-entries.ts";
import { perturbation, stepOf } from "../targets/perturbation.ts";
import { defaultNoise } from "./default-noise.ts";
import { startDiagnostics, zeroRowShare } from "./diagnostics.ts";
import { addDifferences, type Distance } from "./differences.ts";
import { doubles, perturbAndMap, slabOf, type Temperature } from "./perturb-and-map.ts";
import { fromSlabs, sampledOutput, toSlab } from "./samples.ts";

export interface ImleOptions {
  /** Noise ε. By default Sum-of-Gamma with κ = the structure's cardinality, or Gumbel where it has none; part by part. */
  readonly noise?: Noise;
  /**
   * Scale τ of the noise, 1 by default; one number, or `{ input, target }` for MAP(θ + τε) and MAP(θ′ + τ′ε).
   * Larger explores more; smaller stays closer to MAP(θ).
   */
  readonly temperature?: Temperature;
  /**
   * Which entries of a row are perturbed, all by default: the first so many, or m numbers of which 0 leaves an entry as it
   * is. With `perturbed: n` the pairs of a correlated k-subset on n elements stay as they are.
   */
  readonly perturbed?: PerturbedEntries;
  /** Target distribution, `perturbation({ lambda: 1 })` by default. */
  readonly target?: Target;
  /** Noise samples S per row, 1 by default. More: less variance, S times the solver calls. */
  readonly samples?: number;
  /** Return the mean of the S states instead of each (μ–μ). */
  readonly average?: boolean;
  /** "lambda" divides by λ, an estimate of ∇_θ L (Eq. 10), the default; "none" leaves 1/λ to the learning rate (Algorithm 1). */
  readonly scale?: "lambda" | "none";
  /** "central" also solves on the other side of θ, divided by 2λ: less bias for half again the solver calls. */
  readonly difference?: "forward" | "central";
}

/**
 * Implicit maximum likelihood: a layer z = MAP(θ + τε) for any structure that has a MAP solver, with the gradient
 *
 *     (1/λ) · (1/S) Σ_s [ MAP(θ + τ ε_s) − MAP(θ′ + τ ε_s) ],    θ′ = θ − λ ∇_z L at z = MAP(θ + τ ε_s)
 *
 * where the same noise ε_s is on both sides.
 *
 * @param structure the states, shape m; θ holds rows × m numbers.
 * @param options see {@link ImleOptions}.
 * @returns a layer; its value holds rows × S × m numbers, or rows × m with `average`. S (1 + 1) solver calls a row,
 *   S (1 + 2) with a central difference.
 * @throws TypeError for an unknown option or random noise without an `rng`, RangeError for values out of range.
 * @example
 * import { imle, kSubset, perturbation, rng, sumOfGamma } from "hardgrad";
 * const layer = imle(kSubset(4, 2), { noise: sumOfGamma({ k: 2 }), target: perturbation({ lambda: 10 }) });
 * const z = layer.forward(Float32Array.of(0.1, 2, 0.3, 1), rng(0));
 * z.value.reduce((a, b) => a + b); // 2
 * const gradient = z.backward(Float32Array.of(0, 1, 0, 0)); // states without element 1 are better
 * gradient.length; // 4
 * @see Niepert, Minervini, Franceschi: Implicit MLE (2021), Algorithm 1, Eq. 7–10.
 */
export function imle<Context = unknown>(
  structure: Structure<Context>,
  options: ImleOptions = {},
): Layer<Context> {
  return targetLayer("imle", structure, options);
}

/** Makes the layer under the name of the estimator that it serves. */
export function targetLayer<Context>(
  who: string,
  structure: Structure<Context>,
  options: ImleOptions,
): Layer<Context> {
  checkOptions(who, options, [
    "noise",
    "temperature",
    "perturbed",
    "target",
    "samples",
    "average",
    "scale",
    "difference",
  ]);
  const size = structureSize(who, structure);
  const { noise = defaultNoise(structure), temperature = 1, target = perturbation() } = options;
  const { samples = 1, average = false, scale = "lambda", difference = "forward" } = options;
  if (typeof temperature !== "number") checkOptions(who, temperature, ["input", "target"], "temperature");
  const { input = 1, target: onTarget = 1 } =
    typeof temperature === "number" ? { input: temperature, target: temperature } : temperature;
  checkNonNegative(who, "temperature", input);
  checkNonNegative(who, "temperature of the target", onTarget);
  checkInteger(who, "samples", samples, 1);
  checkOneOf(who, "average", average, [true, false]);
  checkOneOf(who, "scale", scale, ["lambda", "none"]);
  checkOneOf(who, "difference", difference, ["forward", "central"]);
  checkMethod(who, "target", target, "parameters", "a Target, as perturbation() makes");
  const perturb = perturbAndMap(who, structure, noise, samples, options.perturbed);
  const central = difference === "central";

  // What a backward pass needs and does not keep.
  const scratch = lent((rows) => makeScratch(rows, size, central));

  function forward<A extends FloatArray>(theta: A, rng?: Rng, context?: Context): Evaluation<SameKind<A>> {
    // Zeros and ones are as exact in θ's own kind: they are solved into the value, where a backward pass reads them.
    const direct = samples === 1 && context === undefined ? perturbedMapOf(structure) : undefined;
    // A pass that perturbs θ sees whether it is finite.
    const rows = direct && rng ? checkRows(who, theta, size) : checkTheta(who, theta, size);
    const slab = rows * size;
    const epsilon = perturb.draw(rows, rng);
    const value = floatsLike(theta, average ? slab : samples * slab);
    let parameters: FloatArray;
    let states: FloatArray;
    if (direct) {
      parameters = theta.slice();
      states = value;
      if (epsilon.length === 0 || !direct.map(parameters, epsilon, input, value)) {
        checkTheta(who, theta, size);
        perturb.solve(parameters, epsilon, input, value, context);
      }
    } else {
      const exact = doubles(theta);
      const slabs = perturb.states(exact, epsilon, input, context);
      fromSlabs(slabs, rows, samples, size, average, value);
      parameters = exact;
      states = slabs;
    }
    const diagnostics = startDiagnostics(structure, samples * rows);
    const largest = theta instanceof Float32Array ? MAX_FLOAT32 : Number.MAX_VALUE;

    /** What the difference of a row with step size λ is multiplied by. */
    function weightOf(step: number): number {
      // λ = 0 moves nothing, so its difference is 0 as well; a λ whose inverse overflows must not make 0 · ∞.
      const inverse = step > 0 ? Math.min(1 / step, largest) : 0;
      return (scale === "none" ? 1 : inverse) / (central ? 2 * samples : samples);
    }

    function backward(cotangent: FloatArray): SameKind<A> {
      checkLength(who, "cotangent", cotangent, value.length);
      const out = floatsLike(theta, slab);
      const moves = inOnePass(cotangent, out) ?? sampleBySample(cotangent, out);
      const instances = samples * rows;
      if (instances > 0) target.adapt?.(moves.changed / instances);
      diagnostics.solverCalls += (central ? 2 : 1) * instances;
      diagnostics.meanHammingDistance = moves.hamming / instances;
      diagnostics.lambda = moves.lambdaSum / instances;
      diagnostics.solver = structure.report?.() ?? {};
      diagnostics.zeroGradientShare = moves.zeroShare ?? zeroRowShare(out, rows, size);
      return out;
    }

    /** Writes the gradient where structure and target allow it: one sample, one step for all rows. */
    function inOnePass(cotangent: FloatArray, out: FloatArray): Moves | undefined {
      const step = stepOf(target);
      if (!direct || central || step === undefined) return undefined;
      const moved = direct.difference(
        parameters,
        cotangent,
        -step,
        epsilon,
        onTarget,
        states,
        weightOf(step),
        out,
      );
      if (!moved) return undefined;
      let lambdaSum = 0;
      for (let row = 0; row < rows; row++) lambdaSum += step;
      return { hamming: moved.changed, changed: moved.changed, lambdaSum, zeroShare: moved.zeroRows / rows };
    }

    function sampleBySample(cotangent: FloatArray, out: FloatArray): Moves {
      checkFinite(who, "cotangent", cotangent, value.length);
      const own = scratch.take(rows);
      const [gradient, downstream, moved, targetStates, ownStates, lambda, weights] = own;
      const otherStates = central ? ownStates : states;
      gradient.fill(0);
      const distance: Distance = { total: 0, changed: 0 };
      let hamming = 0;
      let lambdaSum = 0;
      for (let s = 0; s < samples; s++) {
        const noiseSlab = slabOf(epsilon, s, slab);
        if (s === 0 || !average) toSlab(cotangent, rows, samples, size, average, s, downstream);
        if (central) {
          lambda.fill(1);
          target.parameters(parameters, downstream, moved, lambda, 1);
          perturb.solve(moved, noiseSlab, onTarget, otherStates, context);
        }
        lambda.fill(1);
        target.parameters(parameters, downstream, moved, lambda, -1);
        perturb.solve(moved, noiseSlab, onTarget, targetStates, context);
        for (let row = 0; row < rows; row++) {
          const step = lambda[row]!;
          if (!(step >= 0)) {
            const which = `lambda of target "${target.name}"`;
            throw new RangeError(`${who}: ${which} expected a number ≥ 0, got ${step} in row ${row}`);
          }
          lambdaSum += step;
          weights[row] = weightOf(step);
        }
        addDifferences(gradient, weights, otherStates, central ? 0 : s * slab, targetStates, size, distance);
        if (central) {
          for (let i = 0; i < slab; i++) hamming += Math.abs(states[s * slab + i]! - targetStates[i]!);
        } else hamming = distance.total;
      }
      out.set(gradient);
      scratch.giveBack(rows, own);
      return { hamming, changed: distance.changed, lambdaSum };
    }

    return { value, backward, diagnostics };
  }

  return {
    name: who,
    inputShape: structure.shape,
    ...sampledOutput(structure.shape, samples, average),
    forward,
  };
}

/** Sums over samples and rows: ‖z − z′‖₁, entries of the difference that are not 0, and λ. */
interface Moves {
  readonly hamming: number;
  readonly changed: number;
  readonly lambdaSum: number;
  /** Share of rows of the gradient that are 0, where it is known. */
  readonly zeroShare?: number;
}

const MAX_FLOAT32 = (2 - 2 ** -23) * 2 ** 127;

type Scratch = readonly [
  gradient: Float64Array,
  downstream: Float64Array,
  moved: Float64Array,
  targetStates: Float64Array,
  otherStates: Float64Array,
  lambda: Float64Array,
  weights: Float64Array,
];

function makeScratch(rows: number, size: number, central: boolean): Scratch {
  const slab = (): Float64Array => new Float64Array(rows * size);
  const ofRows = (): Float64Array => new Float64Array(rows);
  return [slab(), slab(), slab(), slab(), central ? slab() : new Float64Array(0), ofRows(), ofRows()];
}
