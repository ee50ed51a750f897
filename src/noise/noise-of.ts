import type { Noise, Rng } from "../contracts.ts";
import { allFinite, checkNoise, checkRng } from "../core/check.ts";
import { rng as makeRng } from "../core/rng.ts";
import { checkRoom } from "../core/room.ts";
import { type PerturbedEntries, perturbedEntries } from "./perturbed-entries.ts";
import { drawRows } from "./row-draws.ts";

/**
 * Draws ε for every sample of every row, in slabs: sample-major, rows × m numbers each; empty where the noise is none. Row r
 * draws all its samples from `rng.row(r)`. Entries that are not perturbed are drawn as well, and have 0: the draws of the
 * others do not depend on them.
 */
export function noiseOf(
  who: string,
  noise: Noise,
  samples: number,
  size: number,
  perturbed?: PerturbedEntries,
): (rows: number, rng: Rng | undefined) => Float64Array {
  checkNoise(who, noise);
  const entries = perturbedEntries(who, perturbed, size);
  checkRoom(who, `samples = ${samples} of ${size} numbers`, samples * size);
  return (rows, rng) => {
    if (noise.variance === 0 && noise.mean === 0) return new Float64Array(0);
    checkRng(who, rng, `${noise.name} is random`);
    checkRoom(who, `samples = ${samples} of ${rows} rows of ${size} numbers`, samples * rows * size);
    const drawn = new Float64Array(samples * rows * size);
    if (!drawRows(noise, drawn, samples * size, rng)) fillRows(drawn, rows, rng);
    // One sample's slab is what is drawn row by row; more have to be sorted.
    const slabs = samples === 1 ? drawn : toSlabs(drawn, rows, samples, size);
    if (entries) leaveOthers(slabs, entries);
    return slabs;
  };

  function fillRows(drawn: Float64Array, rows: number, rng: Rng): void {
    const stream = makeRng(0);
    // What a noise of the user's own does not write must not pass.
    drawn.fill(Number.NaN);
    for (let row = 0; row < rows; row++) {
      const ofRow = drawn.subarray(row * samples * size, (row + 1) * samples * size);
      noise.fill(ofRow, stream.restart(rng, row));
      if (allFinite(ofRow)) continue;
      const at = ofRow.findIndex((x) => !Number.isFinite(x));
      throw new RangeError(
        `${who}: noise "${noise.name}" expected to fill ${ofRow.length} finite numbers, got ${ofRow[at]} at ${at} of row ${row}`,
      );
    }
  }
}

function leaveOthers(slabs: Float64Array, entries: Uint8Array): void {
  for (let at = 0; at < slabs.length; at += entries.length) {
    for (let i = 0; i < entries.length; i++) if (entries[i] === 0) slabs[at + i] = 0;
  }
}

/** Rows of S samples each → slabs. */
function toSlabs(drawn: Float64Array, rows: number, samples: number, size: number): Float64Array {
  const slabs = new Float64Array(drawn.length);
  for (let row = 0; row < rows; row++) {
    for (let s = 0; s < samples; s++) {
      const from = (row * samples + s) * size;
      const to = (s * rows + row) * size;
      for (let i = 0; i < size; i++) slabs[to + i] = drawn[from + i]!;
    }
  }
  return slabs;
}
