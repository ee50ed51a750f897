import type { Noise, Rng } from "../contracts.ts";

/** Fills rows of `size` numbers, row r from `rng.row(r)`. */
type RowDraws = (out: Float64Array, size: number, rng: Rng) => void;

/** By object: a noise of the user's own that spreads one of ours has another `fill`. */
const drawers = new WeakMap<Noise, RowDraws>();

/** Registers how a noise of ours draws all rows at once. */
export function withRowDraws(noise: Noise, draws: RowDraws): Noise {
  drawers.set(noise, draws);
  return noise;
}

/** Fills rows of `size` numbers with what `noise.fill(row r, rng.row(r))` writes; whether that could be done. */
export function drawRows(noise: Noise, out: Float64Array, size: number, rng: Rng): boolean {
  const draws = drawers.get(noise);
  draws?.(out, size, rng);
  return draws !== undefined;
}
