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
    const epsilon = noiseOf(who, noise, samples * most, size)(rows, rng);
    /** C of draw j of sample s, in slabs (s · most + j). */
    const shares = new Float64Array(samples * most * slab);
    const states = new Float64Array(samples * slab);
    /** The draw that gave each entry of `states`; the first on ties. */
    const winners = new Int32Array(samples * slab).fill(-1);
    for (let s = 0; s < samples; s++) {
      for (let j = 0; j < most; j++) {
        const from = (s * most + j) * slab;
        // Draw by draw, not sample by sample: a row's noise must not depend on how many draws other rows need.
        const noiseFrom = (j * samples + s) * slab;
        for (let row = 0; row < rows; row++) {
          if (j >= draws[row]!) continue;
          const start = row * size;
          let max = -Infinity;
          for (let i = start; i < start + size; i++) {
            const u = available[i]! > 0 ? theta[i]! + (epsilon[noiseFrom + i] ?? 0) : -Infinity;
            shares[from + i] = u;
            max = Math.max(max, u);
          }
          let total = 0;
          for (let i = start; i < start + size; i++) {
            shares[from + i] = Math.exp((shares[from + i]! - max) / temperature);
            total += shares[from + i]!;
          }
          for (let i = start; i < start + size; i++) {
            const share = shares[from + i]! / total;
            shares[from + i] = share;
            if (share > states[s * slab + i]!) {
              states[s * slab + i] = share;
              winners[s * slab + i] = j;
            }
          }
        }
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
        for (let s = 0; s < samples; s++) {
          toSlab(cotangent, rows, samples, size, average, s, downstream);
          for (let row = 0; row < rows; row++) {
            for (let j = 0; j < draws[row]!; j++) {
              const from = (s * most + j) * slab;
              const own = s * slab;
              let mean = 0;
              for (let i = row * size; i < (row + 1) * size; i++) {
                if (winners[own + i] === j) mean += shares[from + i]! * downstream[i]!;
              }
              for (let i = row * size; i < (row + 1) * size; i++) {
                const won = winners[own + i] === j ? downstream[i]! : 0;
                gradient[i] = gradient[i]! + (shares[from + i]! * (won - mean)) / (temperature * samples);
              }
            }
          }
        }
        const out = floatsLike(theta, slab);
        out.set(gradient);
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
