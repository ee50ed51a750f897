import { gridPath, minimizing, type Rng } from "../../src/index.ts";
import type { Maps } from "./maps.ts";
import { KINDS, makeTerrain } from "./terrain.ts";
import type { Tileset } from "./tiles.ts";

/**
 * Random maps. Map i depends on the generator's key and on i alone, so that more maps begin with the same ones. Only
 * kinds and places of tiles are kept, 3 bytes a cell: pictures are painted when they are needed.
 */
export function makeMaps(side: number, count: number, tileset: Tileset, rng: Rng): Maps {
  const cells = side ** 2;
  const kinds = new Uint8Array(count * cells);
  const places = new Uint16Array(count * cells);
  const stream = rng.split(0);
  for (let map = 0; map < count; map++) {
    stream.restart(rng, map);
    makeTerrain(side, stream, kinds.subarray(map * cells, (map + 1) * cells));
    for (let c = map * cells; c < (map + 1) * cells; c++) places[c] = stream.bits() & 0xffff;
  }
  const costs = Float32Array.from(kinds, (kind) => KINDS[kind]!.cost);
  const paths = new Float32Array(costs.length);
  minimizing(gridPath(side, side)).map(costs, paths);
  const ofMap = <T extends Uint8Array | Uint16Array>(all: T, map: number): T =>
    all.subarray(map * cells, (map + 1) * cells) as T;
  return {
    side,
    count,
    costs,
    paths,
    contents: [kinds, places],
    paint: (map, out, at) => tileset.paint(side, ofMap(kinds, map), ofMap(places, map), out, at),
  };
}
