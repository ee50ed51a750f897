/** The maps of Pogančić et al. (2020): .npy files for each size and split, in one tar.gz or unpacked. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { allocate } from "../../lab/data/allocate.ts";
import { parseNpy, readNpy } from "../../lab/data/npy.ts";
import type { NumericArray } from "../../lab/data/numeric-array.ts";
import { streamBytes } from "../../lab/data/read-bytes.ts";
import { tarEntries } from "../../lab/data/tar.ts";
import { unexpected } from "../../lab/data/unexpected.ts";
import type { Maps } from "./maps.ts";
import { levelOf, TILE, TILE_SIZE } from "./tiles.ts";

export type Split = "train" | "val" | "test";

export const ARCHIVE = "warcraft_maps.tar.gz";
const PARTS = ["maps", "shortest_paths", "vertex_weights"] as const;
type Part = (typeof PARTS)[number];

const LEVELS: Float32Array = Float32Array.from({ length: 256 }, (_, byte) => levelOf(byte));

/**
 * Reads the splits of one size, at most `most[split]` maps each. An archive is read through once; unpacked files are
 * looked for in `<side>x<side>/` and in the folder itself.
 * @throws DataError for what is missing, damaged or of another shape.
 */
export async function readPublishedMaps(
  folder: string,
  side: number,
  most: Readonly<Partial<Record<Split, number>>>,
): Promise<Partial<Record<Split, Maps>>> {
  const splits = Object.keys(most) as Split[];
  const wanted = splits.flatMap((split) => PARTS.map((part) => fileName(split, part)));
  const archive = join(folder, ARCHIVE);
  const found = existsSync(archive)
    ? await readArchive(archive, side, wanted)
    : readUnpacked(folder, side, wanted);
  return Object.fromEntries(
    splits.map((split) => {
      const parts = PARTS.map((part) => found.get(fileName(split, part))!) as [Named, Named, Named];
      return [split, assemble(parts, side, most[split]!)];
    }),
  );
}

interface Named {
  /** For errors. */
  readonly path: string;
  readonly array: NumericArray;
}

function fileName(split: Split, part: Part): string {
  return `${split}_${part}.npy`;
}

async function readArchive(
  archive: string,
  side: number,
  wanted: readonly string[],
): Promise<Map<string, Named>> {
  const found = new Map<string, Named>();
  const sizes = new Set<string>();
  for await (const entry of tarEntries(streamBytes(archive), archive)) {
    const folders = entry.path.split("/");
    const name = folders.pop()!;
    const size = folders.find((part) => /^\d+x\d+$/.test(part));
    if (size !== undefined) sizes.add(size);
    if (size !== `${side}x${side}` || !wanted.includes(name)) continue;
    const path = `${archive}:${entry.path}`;
    const bytes = allocate(entry.size, "a file", path);
    let at = 0;
    for await (const chunk of entry.body) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    found.set(name, { path, array: parseNpy(bytes, path) });
    // The rest of the archive holds other sizes.
    if (found.size === wanted.length) return found;
  }
  const missing = wanted.filter((name) => !found.has(name));
  const has = sizes.size === 0 ? "no folders named like 12x12" : `maps of ${[...sizes].sort().join(", ")}`;
  throw unexpected(archive, missing.map((name) => `${side}x${side}/${name}`).join(", "), has);
}

function readUnpacked(folder: string, side: number, wanted: readonly string[]): Map<string, Named> {
  const places = [join(folder, `${side}x${side}`), folder];
  const place = places.find((path) => existsSync(join(path, wanted[0]!)));
  if (place === undefined) {
    const has = existsSync(folder)
      ? readdirSync(folder).slice(0, 8).join(", ") || "an empty folder"
      : "no folder";
    throw unexpected(folder, `${ARCHIVE}, or ${side}x${side}/${wanted[0]!} and its like`, has);
  }
  return new Map(
    wanted.map((name) => {
      const path = join(place, name);
      return [name, { path, array: readNpy(path) }];
    }),
  );
}

/** Checks shapes against each other and takes the first maps. */
function assemble([maps, paths, weights]: readonly [Named, Named, Named], side: number, most: number): Maps {
  const count = maps.array.shape[0] ?? 0;
  expectShape(maps, [count, side * TILE, side * TILE, 3]);
  expectShape(paths, [count, side, side]);
  expectShape(weights, [count, side, side]);
  const { data } = maps.array;
  if (!(data instanceof Uint8Array)) throw unexpected(maps.path, "bytes, 0 to 255", data.constructor.name);
  const taken = Math.min(count, most);
  if (taken === 0) throw unexpected(maps.path, "at least one map", "none");
  const cells = side * side;
  const costs = Float32Array.from(weights.array.data.subarray(0, taken * cells));
  const wrong = costs.find((cost) => !(cost >= 0 && cost < Infinity));
  if (wrong !== undefined) throw unexpected(weights.path, "finite costs >= 0", String(wrong));
  const best = Float32Array.from(paths.array.data.subarray(0, taken * cells));
  const at = best.findIndex((z, i) => z !== 1 && (z !== 0 || i % cells === 0 || i % cells === cells - 1));
  if (at >= 0) {
    const found = `${best[at]!} in cell ${at % cells} of map ${Math.floor(at / cells)}`;
    throw unexpected(paths.path, "paths of 0 and 1 through both corners", found);
  }
  return {
    side,
    count: taken,
    costs,
    paths: best,
    contents: [data.subarray(0, taken * cells * TILE_SIZE), costs, best],
    paint(map, out, at) {
      const row = side * TILE * 3;
      const start = map * side * TILE * row;
      let to = at;
      for (let cell = 0; cell < cells; cell++) {
        const corner = start + Math.floor(cell / side) * TILE * row + (cell % side) * TILE * 3;
        for (let y = 0; y < TILE; y++) {
          for (let p = 0; p < TILE * 3; p++) out[to++] = LEVELS[data[corner + y * row + p]!]!;
        }
      }
    },
  };
}

function expectShape({ path, array }: Named, shape: readonly number[]): void {
  if (array.shape.length === shape.length && shape.every((n, i) => array.shape[i] === n)) return;
  throw unexpected(path, `shape (${shape.join(", ")})`, `shape (${array.shape.join(", ")})`);
}
