import type { Evaluation, FloatArray, Layer, Noise, Rng, SameKind, Structure } from "../contracts.ts";
import {
  checkFinite,
  checkFloats,
  checkInteger,
  checkOneOf,
  checkOptions,
  checkPositive,
  checkTheta,
} from "../core/check.ts";
import { floatsLike } from "../core/floats-like.ts";
import { checkNamedStructure } from "../core/structure-argument.ts";
import { gumbel } from "../noise/gumbel.ts";
import { noiseOf } from "../noise/noise-of.ts";
import { categorical } from "../structures/categorical.ts";
import type { KSubsetContext } from "../structures/k-subset.ts";
import { startDiagnostics, zeroRowShare } from "./diagnostics.ts";
import { fromSlabs, sampledOutput, toSlab } from "./samples.ts";

export interface LearnToExplainOptions {
  /** Temperature t of the softmaxes, 0.1 by default. Smaller: closer to a subset, gradients of larger variance. */
  readonly temperature?: number;
  /** Noise, Gumbel by default. */
  readonly noise?: Noise;
  /** Samples S per row, 1 by default. */
  readonly samples?: number;
  /** Return the mean of the S values instead of each. */
  readonly average?: boolean;
}

export interface LearnToExplainLayer extends Layer<KSubsetContext> {
  /** The top-k of θ without noise, as the paper explains at test time. */
  evaluate<A extends FloatArray>(theta: A, rng?: Rng, context?: KSubsetContext): SameKind<A>;
}

/**
 * L2X: a relaxed subset as the elementwise maximum of k relaxed one-hot vectors,
 *
 *     x_i = max_j C^j_i,    C^j = softmax((θ + G^j) / t) with k independent Gumbel vectors G^j.
 *
 * Draws are with replacement: x has about k large entries, fewer where two draws agree, and Σx ≤ k.
 *
 * @param structure `kSubset(n, k)`; its context may give each row its own k, length and mask.
 * @param options see {@link LearnToExplainOptions}.
 * @returns a layer; O(nk) a row.
 * @throws TypeError for an unknown option, another structure or a missing `rng`, RangeError for values out of range.
 * @example
 * import { kSubset, learnToExplain, rng } from "hardgrad";
 * const layer = learnToExplain(kSubset(4, 2));
 * const theta = Float64Array.of(0, 1, 2, 3);
 * layer.forward(theta, rng(0)).value.every((x) => x >= 0 && x <= 1); // true
 * layer.evaluate(theta); // Float64Array [0, 0, 1, 1]
 * @see Chen, Song, Wainwright, Jordan: Learning to explain (2018), Sec. 3.4.
 */
export function learnToExplain(
  structure: Structure<KSubsetContext>,
  options: LearnToExplainOptions = {},
): LearnToExplainLayer {
  const who = "learnToExplain";
  checkOptions(who, options, ["temperature", "noise", "samples", "average"]);
  const { temperature = 0.1, noise = gumbel(), samples = 1, average = false } = options;
  checkPositive(who, "temperature", temperature);
  checkInteger(who, "samples", samples, 1);
  checkOneOf(who, "average", average, [true, false]);
  checkNamedStructure(who, structure, ["kSubset"]);
  const size = structure.shape[0]!;
  const softmaxes = categorical(Math.max(size, 1));

  function forward<A extends FloatArray>(
    theta: A,
    rng?: Rng,
    context?: KSubsetContext,
  ): Evaluation<SameKind<A>> {
    const rows = checkTheta(who, theta, size);
    const slab = rows * size;
    // Checks the context and that every row has its k elements.
    const available = new Float64Array(slab);
    structure.map(theta, available, context);
    markAvailable(theta, rows, size, context, available);
    const draws = Array.from({ length: rows }, (_, row) => context?.k?.[row] ?? structure.cardinality!);
    const most = draws.reduce((a, b) => Math.max(a, b), 0);
    const ofRow = samples * most * size;
    const epsilon = noiseOf(who, noise, 1, ofRow)(rows, rng);
    /**
     * C of draw j of sample s of each row, at (j · samples + s) · size, made in place of the noise: draw by draw, not sample by
     * sample, as a row's noise must not depend on how many draws other rows need.
     */
    const shares = epsilon.length > 0 ? epsilon : new Float64Array(rows * ofRow);
    const states = new Float64Array(samples * slab);
    /** The draw that gave each entry of `states`; the first on ties. */
    const winners = new Int32Array(samples * slab).fill(-1);
    for (let row = 0; row < rows; row++) {
      const start = row * size;
      const own = shares.subarray(row * ofRow, row * ofRow + samples * draws[row]! * size);
      for (let from = 0; from < own.length; from += size) {
        perturb(theta, available, start, size, temperature, own, from);
      }
      softmaxes.marginals(own, own);
      for (let from = 0, at = 0; from < own.length; from += size, at++) {
        keepLarger(own, from, size, Math.floor(at / samples), states, winners, (at % samples) * slab + start);
      }
    }
    const value = floatsLike(theta, average ? slab : samples * slab);
    fromSlabs(states, rows, samples, size, average, value);
    const diagnostics = startDiagnostics(structure, samples * rows);
    return {
      value,
      diagnostics,
      backward(cotangent) {
        checkFinite(who, "cotangent", cotangent, value.length);
        const downstream = new Float64Array(slab);
        const gradient = new Float64Array(slab);
        /** Of each draw, what its shares are worth downstream where they won. */
        const worths = new Float64Array(most);
        for (let s = 0; s < samples; s++) {
          toSlab(cotangent, rows, samples, size, average, s, downstream);
          const own = s * slab;
          for (let row = 0, start = 0; row < rows; row++, start += size) {
            worths.fill(0);
            for (let i = start; i < start + size; i++) {
              const winner = winners[own + i]!;
              if (winner < 0) continue;
              const worth = states[own + i]! * downstream[i]!;
              worths[winner] = worths[winner]! + worth;
              gradient[i] = gradient[i]! + worth;
            }
            for (let j = 0; j < draws[row]!; j++) {
              const worth = worths[j]!;
              const from = row * ofRow + (j * samples + s) * size;
              for (let i = 0; i < size; i++) {
                gradient[start + i] = gradient[start + i]! - shares[from + i]! * worth;
              }
            }
          }
        }
        const out = floatsLike(theta, slab);
        for (let i = 0; i < slab; i++) out[i] = gradient[i]! / (temperature * samples);
        diagnostics.zeroGradientShare = zeroRowShare(out, rows, size);
        return out;
      },
    };
  }

  return {
    name: who,
    inputShape: structure.shape,
    ...sampledOutput(structure.shape, samples, average),
    forward,
    evaluate(theta, _rng, context) {
      checkFloats(who, "theta", theta);
      const out = floatsLike(theta, theta.length);
      structure.map(theta, out, context);
      return out;
    },
  };
}

/** 1 where an element may be drawn. */
function markAvailable(
  theta: FloatArray,
  rows: number,
  size: number,
  context: KSubsetContext | undefined,
  out: Float64Array,
): void {
  for (let row = 0; row < rows; row++) {
    const length = context?.lengths?.[row] ?? size;
    for (let i = 0; i < size; i++) {
      const at = row * size + i;
      out[at] = i < length && theta[at]! > -Infinity && (context?.mask?.[at] ?? 1) !== 0 ? 1 : 0;
    }
  }
}

/** (θ + ε − max) / t of a draw, in place of its noise; what softmaxes to nothing where an element may not be drawn. */
function perturb(
  theta: FloatArray,
  available: Float64Array,
  start: number,
  size: number,
  t: number,
  noise: Float64Array,
  from: number,
): void {
  let max = -Infinity;
  for (let i = 0; i < size; i++) {
    const u = theta[start + i]! + noise[from + i]!;
    noise[from + i] = u;
    if (u > max && available[start + i]! > 0) max = u;
  }
  for (let i = 0; i < size; i++) {
    noise[from + i] = available[start + i]! > 0 ? (noise[from + i]! - max) / t : -Number.MAX_VALUE;
  }
}

/** Replaces what a draw has a larger share of. */
function keepLarger(
  shares: Float64Array,
  from: number,
  size: number,
  draw: number,
  states: Float64Array,
  winners: Int32Array,
  to: number,
): void {
  for (let i = 0; i < size; i++) {
    const share = shares[from + i]!;
    if (share <= states[to + i]!) continue;
    states[to + i] = share;
    winners[to + i] = draw;
  }
}
