/** Perturb-and-MAP: states MAP(θ + τ ε), the approximate samples that estimators build on (Papandreou and Yuille 2011). */

import type { FloatArray, Noise, Rng, Structure } from "../contracts.ts";
import { lent } from "../core/lent.ts";
import { perturbedMapOf } from "../core/perturbed-map.ts";
import { structureSize } from "../core/structure-argument.ts";
import { noiseOf } from "../noise/noise-of.ts";
import type { PerturbedEntries } from "../noise/perturbed-entries.ts";

export interface PerturbAndMap<Context> {
  /** ε for every sample of every row, in slabs. Row r draws all its samples from `rng.row(r)`. */
  draw(rows: number, rng: Rng | undefined): Float64Array;
  /** The states MAP(θ + τ ε) of every sample, in slabs. */
  states(
    theta: Float64Array,
    noise: Float64Array,
    temperature: number,
    context: Context | undefined,
  ): Float64Array;
  /** Writes MAP(θ + τ ε) of one sample into `out`. All arrays are slabs of rows × m; `noise` may be empty. */
  solve(
    theta: FloatArray,
    noise: Float64Array,
    temperature: number,
    out: FloatArray,
    context: Context | undefined,
  ): void;
}

export function perturbAndMap<Context>(
  who: string,
  structure: Structure<Context>,
  noise: Noise,
  samples: number,
  perturbed?: PerturbedEntries,
): PerturbAndMap<Context> {
  const draw = noiseOf(who, noise, samples, structureSize(who, structure), perturbed);
  const scratch = lent((length) => new Float64Array(length));

  const perturbAndSolve: PerturbAndMap<Context> = {
    draw,

    states(theta, slabs, temperature, context) {
      const slab = theta.length;
      const states = new Float64Array(samples * slab);
      for (let s = 0; s < samples; s++) {
        const out = slabOf(states, s, slab);
        perturbAndSolve.solve(theta, slabOf(slabs, s, slab), temperature, out, context);
      }
      return states;
    },

    solve(theta, slab, temperature, out, context) {
      if (slab.length === 0) {
        structure.map(theta, out, context);
        return;
      }
      if (context === undefined && perturbedMapOf(structure)?.map(theta, slab, temperature, out)) return;
      const moved = scratch.take(theta.length);
      for (let i = 0; i < moved.length; i++) moved[i] = theta[i]! + temperature * slab[i]!;
      structure.map(moved, out, context);
      scratch.giveBack(theta.length, moved);
    },
  };
  return perturbAndSolve;
}

/** The temperature of noise: one number, or one for θ and one for the target θ′. */
export type Temperature = number | { readonly input?: number; readonly target?: number };

/** A view of sample s. */
export function slabOf(slabs: Float64Array, sample: number, length: number): Float64Array {
  return slabs.length === 0 ? slabs : slabs.subarray(sample * length, (sample + 1) * length);
}

/** θ in doubles: layers keep their own, so that the caller may reuse the array before `backward`. */
export function doubles(theta: FloatArray): Float64Array {
  return Float64Array.from(theta);
}
