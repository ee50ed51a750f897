/** Perturb-and-MAP: states MAP(θ + τ ε), the approximate samples that estimators build on (Papandreou and Yuille 2011). */

import type { FloatArray, Noise, Rng, Structure } from "../contracts.ts";
import { allFinite, checkNoise, checkRng } from "../core/check.ts";
import { lent } from "../core/lent.ts";
import { perturbedMapOf } from "../core/perturbed-map.ts";
import { rng as makeRng } from "../core/rng.ts";
import { checkRoom } from "../core/room.ts";
import { structureSize } from "../core/structure-argument.ts";
import { drawRows } from "../noise/row-draws.ts";

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
): PerturbAndMap<Context> {
  const draw = noiseOf(who, noise, samples, structureSize(who, structure));
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
      const perturbed = scratch.take(theta.length);
      for (let i = 0; i < perturbed.length; i++) perturbed[i] = theta[i]! + temperature * slab[i]!;
      structure.map(perturbed, out, context);
      scratch.giveBack(theta.length, perturbed);
    },
  };
  return perturbAndSolve;
}

/** Draws ε for every sample of every row, in slabs: empty where the noise is none. */
export function noiseOf(
  who: string,
  noise: Noise,
  samples: number,
  size: number,
): (rows: number, rng: Rng | undefined) => Float64Array {
  checkNoise(who, noise);
  checkRoom(who, `samples = ${samples} of ${size} numbers`, samples * size);
  const oneRow = lent((length) => ({ ofRow: new Float64Array(length), stream: makeRng(0) }));
  return (rows, rng) => {
    if (noise.variance === 0 && noise.mean === 0) return new Float64Array(0);
    checkRng(who, rng, `${noise.name} is random`);
    checkRoom(who, `samples = ${samples} of ${rows} rows of ${size} numbers`, samples * rows * size);
    const slabs = new Float64Array(samples * rows * size);
    // One sample's slab is what is drawn row by row; more have to be sorted.
    const drawn = samples === 1 ? slabs : new Float64Array(slabs.length);
    if (drawRows(noise, drawn, samples * size, rng)) {
      if (samples > 1) toSlabs(drawn, rows, samples, size, slabs);
      return slabs;
    }
    const own = oneRow.take(samples * size);
    const { ofRow, stream } = own;
    for (let row = 0; row < rows; row++) {
      // What a noise of the user's own does not write must not stand there from the row before.
      ofRow.fill(Number.NaN);
      noise.fill(ofRow, stream.restart(rng, row));
      if (!allFinite(ofRow)) {
        const at = ofRow.findIndex((x) => !Number.isFinite(x));
        throw new RangeError(
          `${who}: noise "${noise.name}" expected to fill ${ofRow.length} finite numbers, got ${ofRow[at]} at ${at} of row ${row}`,
        );
      }
      for (let s = 0; s < samples; s++) {
        const to = (s * rows + row) * size;
        for (let i = 0; i < size; i++) slabs[to + i] = ofRow[s * size + i]!;
      }
    }
    oneRow.giveBack(samples * size, own);
    return slabs;
  };
}

/** Rows of S samples each → slabs. */
function toSlabs(
  drawn: Float64Array,
  rows: number,
  samples: number,
  size: number,
  slabs: Float64Array,
): void {
  for (let row = 0; row < rows; row++) {
    for (let s = 0; s < samples; s++) {
      const from = (row * samples + s) * size;
      const to = (s * rows + row) * size;
      for (let i = 0; i < size; i++) slabs[to + i] = drawn[from + i]!;
    }
  }
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
