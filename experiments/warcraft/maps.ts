import type { FloatArray } from "../../src/index.ts";
import { TILE_SIZE } from "./tiles.ts";

/** Maps of side × side cells, with what is true of them. */
export interface Maps {
  readonly side: number;
  readonly count: number;
  /** What each cell costs, count × side². */
  readonly costs: Float32Array;
  /** A shortest path each, count × side². */
  readonly paths: Float32Array;
  /** All that they are made of. */
  readonly contents: readonly NodeJS.ArrayBufferView[];
  /** Writes a map's picture from out[at] on, cell by cell: side² × TILE_SIZE colours from −1 to 1. */
  paint(map: number, out: Float32Array, at: number): void;
}

/** What a batch of maps is made of. */
export interface Batch {
  readonly size: number;
  /** Colours from −1 to 1: size × side² × TILE_SIZE. */
  readonly pixels: Float32Array<ArrayBuffer>;
  readonly costs: Float32Array;
  readonly paths: Float32Array;
}

/** Makes batches of `size` maps; each overwrites the one before. */
export function batcher(maps: Maps, size: number): (indices: ArrayLike<number>, from: number) => Batch {
  const cells = maps.side ** 2;
  const pixels = new Float32Array(size * cells * TILE_SIZE);
  const costs = new Float32Array(size * cells);
  const paths = new Float32Array(size * cells);
  return (indices, from) => {
    for (let i = 0; i < size; i++) {
      const map = indices[from + i]!;
      maps.paint(map, pixels, i * cells * TILE_SIZE);
      copyRow(maps.costs, map, costs, i, cells);
      copyRow(maps.paths, map, paths, i, cells);
    }
    return { size, pixels, costs, paths };
  };
}

function copyRow(from: FloatArray, row: number, to: FloatArray, at: number, cells: number): void {
  for (let c = 0; c < cells; c++) to[at * cells + c] = from[row * cells + c]!;
}
