/** Smooth random terrain of five kinds, a kind a cell. */
import type { Rng } from "../../src/index.ts";

export interface Kind {
  readonly name: string;
  /** What it costs to visit a cell of it. */
  readonly cost: number;
}

/** From low to high ground; the cheap kinds lie between dear ones, so that paths wind along shores and clearings. */
export const KINDS: readonly Kind[] = [
  { name: "water", cost: 7.7 },
  { name: "sand", cost: 1.2 },
  { name: "grass", cost: 0.8 },
  { name: "forest", cost: 5.3 },
  { name: "rock", cost: 9.2 },
];

/** Cells between the nodes of the random lattices, and their weights: a few large forms, more small ones. */
const OCTAVES = [
  { spacing: 6, weight: 1 },
  { spacing: 3, weight: 0.7 },
  { spacing: 1.5, weight: 0.35 },
] as const;

/**
 * The kinds of a map's cells, row by row, as indices into KINDS. Heights are sums of smoothly interpolated random
 * lattices, cut at fixed heights: a fifth of all cells is of each kind, and maps differ in what they have most of.
 */
export function makeTerrain(side: number, rng: Rng, out: Uint8Array): void {
  const heights = new Float64Array(side * side);
  for (const { spacing, weight } of OCTAVES) addLattice(heights, side, spacing, weight, rng);
  for (let i = 0; i < heights.length; i++) out[i] = kindAt(heights[i]!);
}

/** Value noise: normal numbers at the nodes of a lattice with random offset, blended by 3t² − 2t³ in between. */
function addLattice(heights: Float64Array, side: number, spacing: number, weight: number, rng: Rng): void {
  const nodes = Math.ceil(side / spacing) + 2;
  const [down, across] = [rng.uniform(), rng.uniform()];
  const values = Float64Array.from({ length: nodes * nodes }, () => weight * rng.normal());
  for (let y = 0; y < side; y++) {
    const v = y / spacing + down;
    const row = Math.floor(v);
    const t = smooth(v - row);
    for (let x = 0; x < side; x++) {
      const u = x / spacing + across;
      const col = Math.floor(u);
      const s = smooth(u - col);
      const at = row * nodes + col;
      const top = values[at]! + s * (values[at + 1]! - values[at]!);
      const bottom = values[at + nodes]! + s * (values[at + nodes + 1]! - values[at + nodes]!);
      heights[y * side + x]! += top + t * (bottom - top);
    }
  }
}

function smooth(t: number): number {
  return t * t * (3 - 2 * t);
}

/** Heights at which one kind ends and the next begins, for shares of 17 to 22 % over many maps. */
const BOUNDARIES: readonly number[] = [-0.7, -0.2, 0.2, 0.75];

function kindAt(height: number): number {
  let kind = 0;
  while (kind < BOUNDARIES.length && height >= BOUNDARIES[kind]!) kind++;
  return kind;
}
