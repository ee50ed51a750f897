/**
 * Pictures of terrain: each cell shows one of 64 tiles of its kind, 8 × 8 pixels out of one texture; at borders the
 * higher kind runs over into the lower by a ragged edge. Colours of the kinds overlap: grass, forest and shallow water
 * have dark and light pixels alike, so that a network has to look at more than one of them.
 */
import type { Rng } from "../../src/index.ts";

/** Pixels a side of a tile. */
export const TILE = 8;
/** Numbers of a tile: pixel by pixel, red, green and blue. */
export const TILE_SIZE: number = TILE * TILE * 3;

/** Pixels a side of a texture, which repeats; a power of two. */
const WIDE = 64;
/** Tiles along a side of a texture. */
const TILES: number = WIDE / TILE;
/** Numbers of a row of a texture: it goes on for a tile, so that a tile's row is one run. */
const ROW: number = 3 * (WIDE + TILE);

type Color = readonly [number, number, number];

interface Look {
  readonly color: Color;
  /** What the coarse grain changes from its darkest to its lightest. */
  readonly coarse: Color;
  /** The same for single pixels. */
  readonly fine: Color;
  /** Pixels between the nodes of the coarse grain, across and down. */
  readonly grain: readonly [number, number];
  /** Dots: share of places, and their colour. */
  readonly dots: number;
  readonly dot: Color;
}

/** In the order of KINDS. */
const LOOKS: readonly Look[] = [
  {
    color: [38, 76, 130],
    coarse: [26, 40, 52],
    fine: [8, 10, 14],
    grain: [8, 2],
    dots: 0.01,
    dot: [120, 150, 180],
  },
  {
    color: [160, 134, 86],
    coarse: [38, 34, 28],
    fine: [26, 24, 20],
    grain: [4, 4],
    dots: 0.02,
    dot: [104, 88, 62],
  },
  {
    color: [84, 118, 52],
    coarse: [36, 40, 26],
    fine: [24, 28, 18],
    grain: [4, 4],
    dots: 0.05,
    dot: [140, 150, 74],
  },
  {
    color: [56, 88, 42],
    coarse: [44, 52, 32],
    fine: [22, 26, 16],
    grain: [3, 3],
    dots: 0.1,
    dot: [26, 44, 24],
  },
  {
    color: [118, 108, 94],
    coarse: [62, 58, 54],
    fine: [20, 20, 20],
    grain: [5, 3],
    dots: 0.05,
    dot: [66, 60, 54],
  },
];

export interface Tileset {
  /**
   * Paints one map as tiles: cells × TILE_SIZE colours from −1 to 1, cell by cell, from out[at] on.
   * @param kinds a cell each, as indices into KINDS.
   * @param places which tile of its kind a cell shows, and how its edges are frayed; 16 random bits.
   */
  paint(side: number, kinds: Uint8Array, places: Uint16Array, out: Float32Array, at: number): void;
}

export function makeTileset(rng: Rng): Tileset {
  const textures = LOOKS.map((look, kind) => makeTexture(look, rng.split(kind)));
  return {
    paint(side, kinds, places, out, at) {
      for (let cell = 0; cell < side * side; cell++) {
        const y = Math.floor(cell / side);
        const x = cell - y * side;
        const kind = kinds[cell]!;
        const place = places[cell]!;
        const top = TILE * ((place >> 3) & (TILES - 1));
        const left = TILE * (place & (TILES - 1));
        copyTile(textures[kind]!, top, left, out, at + cell * TILE_SIZE);
        // Each side: its neighbour, and where along the tile's border one is.
        if (y > 0) overrun(cell, kinds[cell - side]!, 0);
        if (y < side - 1) overrun(cell, kinds[cell + side]!, 1);
        if (x > 0) overrun(cell, kinds[cell - 1]!, 2);
        if (x < side - 1) overrun(cell, kinds[cell + 1]!, 3);
      }

      /** The neighbour's texture, 0 to 2 pixels deep, at this edge: top, bottom, left, right. */
      function overrun(cell: number, neighbour: number, edge: number): void {
        if (neighbour <= kinds[cell]!) return;
        const texture = textures[neighbour]!;
        // Random enough: the place's bits, two a pixel, turned by the edge.
        const bits = Math.imul(places[cell]! + 1 + 65_536 * edge, 0x9e3779b1) >>> 8;
        for (let along = 0; along < TILE; along++) {
          const depth = ((bits >> (2 * along)) & 1) + ((bits >> (2 * along + 1)) & 1);
          for (let d = 0; d < depth; d++) {
            const inward = edge % 2 === 0 ? d : TILE - 1 - d;
            const py = edge < 2 ? inward : along;
            const px = edge < 2 ? along : inward;
            const from = (((bits >> 5) + py) & (WIDE - 1)) * ROW + 3 * ((bits + px) & (WIDE - 1));
            const to = at + cell * TILE_SIZE + 3 * (py * TILE + px);
            for (let c = 0; c < 3; c++) out[to + c] = texture[from + c]!;
          }
        }
      }
    },
  };
}

function copyTile(texture: Float32Array, top: number, left: number, out: Float32Array, at: number): void {
  for (let y = 0; y < TILE; y++) {
    const from = ((top + y) & (WIDE - 1)) * ROW + 3 * left;
    const to = at + 3 * TILE * y;
    for (let p = 0; p < 3 * TILE; p++) out[to + p] = texture[from + p]!;
  }
}

/** WIDE rows of WIDE + TILE pixels; its edges fit together. */
function makeTexture({ color, coarse, fine, grain, dots, dot }: Look, rng: Rng): Float32Array {
  const texture = new Float32Array(WIDE * ROW);
  const [across, down] = grain.map((spacing) => Math.round(WIDE / spacing)) as [number, number];
  const nodes = Float64Array.from({ length: across * down }, () => rng.uniform() - 0.5);
  for (let y = 0; y < WIDE; y++) {
    for (let x = 0; x < WIDE; x++) {
      const large = blended(nodes, across, down, (x * across) / WIDE, (y * down) / WIDE);
      const small = rng.uniform() - 0.5;
      const dotted = rng.uniform() < dots;
      for (let c = 0; c < 3; c++) {
        const plain = color[c]! + 2 * large * coarse[c]! + 2 * small * fine[c]!;
        texture[y * ROW + 3 * x + c] = levelOf(dotted ? dot[c]! + small * fine[c]! : plain);
      }
    }
    texture.copyWithin(y * ROW + 3 * WIDE, y * ROW, y * ROW + 3 * TILE);
  }
  return texture;
}

/** Bilinear interpolation on a lattice whose edges meet. */
function blended(nodes: Float64Array, across: number, down: number, x: number, y: number): number {
  const [col, row] = [Math.floor(x), Math.floor(y)];
  const [s, t] = [x - col, y - row];
  const at = (r: number, c: number): number => nodes[(r % down) * across + (c % across)]!;
  const top = at(row, col) + s * (at(row, col + 1) - at(row, col));
  const bottom = at(row + 1, col) + s * (at(row + 1, col + 1) - at(row + 1, col));
  return top + t * (bottom - top);
}

/** A byte as a number from −1 to 1. */
export function levelOf(byte: number): number {
  return Math.min(255, Math.max(0, Math.round(byte))) / 127.5 - 1;
}

/** And back. */
export function byteOf(level: number): number {
  return Math.round((level + 1) * 127.5);
}
