import type { Evaluation, FloatArray, Layer, Noise, Relaxation, Rng, SameKind } from "../contracts.ts";
import {
  checkFinite,
  checkInteger,
  checkMethod,
  checkOneOf,
  checkOptions,
  checkPositive,
  checkTheta,
} from "../core/check.ts";
import { floatsLike } from "../core/floats-like.ts";
import { sizeOf } from "../core/shape.ts";
import { solverSize } from "../core/structure-argument.ts";
import { gumbel } from "../noise/gumbel.ts";
import { noiseOf } from "../noise/noise-of.ts";
import { type PerturbedEntries, perturbedEntries } from "../noise/perturbed-entries.ts";
import { startDiagnostics, zeroRowShare } from "./diagnostics.ts";
import { slabOf } from "./perturb-and-map.ts";
import { fromSlabs, sampledOutput, toSlab } from "./samples.ts";

/** Largest −log of a rate: e^−θ keeps utilities in the relaxations' range. */
const RATE_RANGE = 450;

export interface StochasticSoftmaxOptions {
  /** Noise ε of the utilities, Gumbel by default. */
  readonly noise?: Noise;
  /** Temperature t of the relaxation, 1 by default. Smaller: less bias, gradients of larger variance. */
  readonly temperature?: number;
  /**
   * How θ enters: "location", the default, U = θ + ε; "logRate", U = e^−θ ε, so that with `negativeExponential()`
   * −U is exponential with rate e^θ.
   */
  readonly parameter?: "location" | "logRate";
  /**
   * Which entries of a row are perturbed, all by default: the first so many, or m numbers of which 0 leaves an entry as it
   * is, U = θ. With `perturbed: n` the pairs of a correlated k-subset on n elements stay as they are.
   */
  readonly perturbed?: PerturbedEntries;
  /** Samples S per row, 1 by default. */
  readonly samples?: number;
  /** Return the mean of the S values instead of each. */
  readonly average?: boolean;
  /** Return hard states and pull back through the relaxed ones (straight-through variant). Biased in another way. */
  readonly hard?: boolean;
}

export interface StochasticSoftmaxLayer<Context = unknown> extends Layer<Context> {
  /** The hard states MAP(U) of the same utilities that `forward` draws from `rng`: what the trained model is tested on. */
  evaluate<A extends FloatArray>(theta: A, rng?: Rng, context?: Context): SameKind<A>;
}

/**
 * Stochastic softmax trick: random utilities U and X_t = argmax_{x ∈ conv(C)} ⟨U, x⟩ − t f(x), with the exact gradient
 *
 *     dL/dθ = (∂X_t/∂U · dU/dθ)ᵀ ∇L(X_t).
 *
 * Unbiased for E[L(X_t)], the relaxed loss; train on that, and evaluate on hard states by `evaluate`.
 *
 * @param relaxation any relaxation: what x may be, and f.
 * @param options see {@link StochasticSoftmaxOptions}.
 * @returns a layer; S relaxations a row forward, S products backward.
 * @throws TypeError for an unknown option or a missing `rng`, RangeError for values out of range.
 * @example
 * import { exponentialFamily, kSubset, rng, stochasticSoftmax } from "hardgrad";
 * const layer = stochasticSoftmax(exponentialFamily(kSubset(4, 2)), { temperature: 0.5 });
 * const theta = Float64Array.of(0, 1, 2, 3);
 * const x = layer.forward(theta, rng(0));
 * x.value.reduce((a, b) => a + b).toFixed(6); // "2.000000"
 * x.backward(Float64Array.of(0, 0, 0, 1)).length; // 4
 * layer.evaluate(theta, rng(0)).reduce((a, b) => a + b); // 2
 * @see Paulus, Choi, Tarlow, Krause, Maddison: Gradient estimation with stochastic softmax tricks (2020), Eq. 6–7.
 */
export function stochasticSoftmax<Context = unknown>(
  relaxation: Relaxation<Context>,
  options: StochasticSoftmaxOptions = {},
): StochasticSoftmaxLayer<Context> {
  return relaxedLayer("stochasticSoftmax", relaxation, options);
}

/** Makes the layer under the name of the estimator that it serves. */
export function relaxedLayer<Context>(
  who: string,
  relaxation: Relaxation<Context>,
  options: StochasticSoftmaxOptions,
): StochasticSoftmaxLayer<Context> {
  checkOptions(who, options, [
    "noise",
    "temperature",
    "parameter",
    "perturbed",
    "samples",
    "average",
    "hard",
  ]);
  checkMethod(who, "relaxation", relaxation, "relax", "a relaxation, as euclidean(structure) makes");
  const { structure } = relaxation;
  const outSize = solverSize(who, structure, "structure of the relaxation");
  const inputShape = relaxation.inputShape ?? structure.shape;
  const size = sizeOf(inputShape);
  const { noise = gumbel(), temperature = 1, parameter = "location" } = options;
  const { samples = 1, average = false, hard = false } = options;
  checkPositive(who, "temperature", temperature);
  checkOneOf(who, "parameter", parameter, ["location", "logRate"]);
  checkInteger(who, "samples", samples, 1);
  checkOneOf(who, "average", average, [true, false]);
  checkOneOf(who, "hard", hard, [true, false]);
  const byRate = parameter === "logRate";
  const draw = noiseOf(who, noise, samples, size, options.perturbed);
  const entries = perturbedEntries(who, options.perturbed, size);

  /** U for every sample, in slabs of rows × m. */
  function utilitiesOf(theta: FloatArray, rows: number, rng: Rng | undefined): Float64Array {
    const slab = rows * size;
    const epsilon = draw(rows, rng);
    const utilities = new Float64Array(samples * slab);
    for (let s = 0; s < samples; s++) {
      for (let i = 0; i < slab; i++) {
        const x = theta[i]!;
        // Noise of any sign leaves out what is excluded. Remainders are slow.
        if (x === -Infinity || (entries && entries[i % size] === 0)) utilities[s * slab + i] = x;
        else if (byRate && x < -RATE_RANGE) {
          const where = `in row ${Math.floor(i / size)} at ${i % size}`;
          throw new RangeError(
            `${who}: theta expected logarithms of rates ≥ -${RATE_RANGE}, or -Infinity, got ${x} ${where}`,
          );
        } else {
          const e = epsilon.length > 0 ? epsilon[s * slab + i]! : 0;
          utilities[s * slab + i] = byRate ? e * Math.exp(-x) : x + e;
        }
      }
    }
    return utilities;
  }

  /** X_t, or MAP(U), of every sample. */
  function values<A extends FloatArray>(
    utilities: Float64Array,
    rows: number,
    hardly: boolean,
    like: A,
    context: Context | undefined,
  ): SameKind<A> {
    const slab = rows * size;
    const outSlab = rows * outSize;
    const states = new Float64Array(samples * outSlab);
    for (let s = 0; s < samples; s++) {
      const [u, x] = [slabOf(utilities, s, slab), slabOf(states, s, outSlab)];
      if (hardly) structure.map(u, x, context);
      else relaxation.relax(u, temperature, x, context);
    }
    const value = floatsLike(like, average ? outSlab : samples * outSlab);
    fromSlabs(states, rows, samples, outSize, average, value);
    return value;
  }

  function forward<A extends FloatArray>(theta: A, rng?: Rng, context?: Context): Evaluation<SameKind<A>> {
    const rows = checkTheta(who, theta, size);
    const slab = rows * size;
    const utilities = utilitiesOf(theta, rows, rng);
    const value = values(utilities, rows, hard, theta, context);
    const diagnostics = startDiagnostics(structure, samples * rows);
    return {
      value,
      diagnostics,
      backward(cotangent) {
        checkFinite(who, "cotangent", cotangent, value.length);
        const downstream = new Float64Array(rows * outSize);
        const product = new Float64Array(slab);
        const gradient = new Float64Array(slab);
        for (let s = 0; s < samples; s++) {
          const u = slabOf(utilities, s, slab);
          toSlab(cotangent, rows, samples, outSize, average, s, downstream);
          relaxation.vjp(u, temperature, downstream, product, context);
          for (let i = 0; i < slab; i++) {
            // dU/dθ is 1, or −U where U = e^−θ ε.
            const scale = byRate && entries?.[i % size] !== 0 ? (u[i]! > -Infinity ? -u[i]! : 0) : 1;
            gradient[i] = gradient[i]! + (product[i]! * scale) / samples;
          }
        }
        diagnostics.solverCalls += samples * rows;
        diagnostics.solver = structure.report?.() ?? {};
        const out = floatsLike(theta, slab);
        out.set(gradient);
        diagnostics.zeroGradientShare = zeroRowShare(out, rows, size);
        return out;
      },
    };
  }

  return {
    name: who,
    inputShape,
    ...sampledOutput(structure.shape, samples, average),
    forward,
    evaluate(theta, rng, context) {
      const rows = checkTheta(who, theta, size);
      return values(utilitiesOf(theta, rows, rng), rows, true, theta, context);
    },
  };
}
