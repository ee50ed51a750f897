/** Terrain: what it looks like, and what it costs to walk on. The network sees only the first. */
import { gridPath, type Rng, rng } from "hardgrad";

export const SIDE = 10;
export const CELLS = SIDE * SIDE;

export interface Kind {
  readonly name: string;
  readonly cost: number;
  /** Red, green, blue in [0, 1]. */
  readonly colour: readonly [number, number, number];
}

export const kinds: readonly Kind[] = [
  { name: "sand", cost: 1, colour: [0.9, 0.8, 0.55] },
  { name: "meadow", cost: 2, colour: [0.55, 0.75, 0.35] },
  { name: "forest", cost: 4, colour: [0.15, 0.45, 0.2] },
  { name: "rock", cost: 7, colour: [0.5, 0.5, 0.52] },
  { name: "water", cost: 9, colour: [0.2, 0.45, 0.8] },
];

/** Standard deviation of a cell's colour around its kind's. */
export const TEXTURE = 0.06;

export const grid = gridPath(SIDE, SIDE);

/** Round patches in the meadow of a random map. */
export const PATCHES = 9;

/** Meadow with round patches. */
export function randomMap(random: Rng): number[] {
  const map = Array.from({ length: CELLS }, () => 1);
  for (let patch = 0; patch < PATCHES; patch++) {
    const [x, y] = [random.uniform() * SIDE, random.uniform() * SIDE];
    const [radius, kind] = [0.8 + 1.8 * random.uniform(), Math.floor(random.uniform() * kinds.length)];
    for (let i = 0; i < CELLS; i++) {
      if (Math.hypot((i % SIDE) + 0.5 - x, Math.floor(i / SIDE) + 0.5 - y) < radius) map[i] = kind;
    }
  }
  return map;
}

export interface Maps {
  /** maps × cells × 3. */
  readonly colours: Float32Array<ArrayBuffer>;
  /** maps × cells. */
  readonly costs: Float32Array;
  readonly paths: Float32Array;
}

/** Maps with the shortest paths through them. */
export function mapsOf(maps: readonly (readonly number[])[], random: Rng): Maps {
  const cells = maps.flat().map((kind) => kinds[kind]!);
  const colours = Float32Array.from(
    cells.flatMap(({ colour }) => colour.map((c) => c + TEXTURE * random.normal())),
  );
  const costs = Float32Array.from(cells, ({ cost }) => cost);
  const paths = new Float32Array(cells.length);
  grid.map(
    costs.map((c) => -c),
    paths,
  );
  return { colours, costs, paths };
}

export function randomMaps(count: number, random: Rng): Maps {
  return mapsOf(
    Array.from({ length: count }, () => randomMap(random)),
    random,
  );
}

/** The visitor's map, with a texture that stays while it is painted. */
export function painted(map: readonly number[], seed: number): Maps {
  return mapsOf([map], rng(seed).split(9));
}

/** Σ cost over the cells of a path. */
export function length(path: ArrayLike<number>, costs: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < path.length; i++) sum += path[i]! * costs[i]!;
  return sum;
}
