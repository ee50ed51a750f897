/** Structures over eight points in the plane: short ones are likely. */
import {
  arborescence,
  completeDigraph,
  completeGraph,
  type ExponentialFamily,
  kSubset,
  matching,
  spanningTree,
  tour,
} from "hardgrad";

export const POINTS = 8;
/** Distances are divided by it: at temperature 1 a detour of 20 makes a structure e times less likely. */
export const SCALE = 20;

export interface Drawable {
  readonly structure: ExponentialFamily;
  /** What each entry of θ and z is drawn as: an edge between two points, or one point. */
  readonly elements: readonly (readonly [number, number] | readonly [number])[];
  readonly directed: boolean;
}

const half = POINTS / 2;
const pairs = completeGraph(POINTS).edges;

export const drawables: Readonly<Record<string, () => Drawable>> = {
  "spanning-tree": () => ({
    structure: spanningTree(completeGraph(POINTS)) as ExponentialFamily,
    elements: pairs,
    directed: false,
  }),
  arborescence: () => ({
    structure: arborescence(completeDigraph(POINTS), 0) as ExponentialFamily,
    elements: completeDigraph(POINTS).edges,
    directed: true,
  }),
  matching: () => ({
    structure: matching(half) as ExponentialFamily,
    elements: Array.from({ length: half * half }, (_, i): [number, number] => [
      Math.floor(i / half),
      half + (i % half),
    ]),
    directed: false,
  }),
  tour: () => ({ structure: tour(POINTS) as ExponentialFamily, elements: pairs, directed: false }),
  "k-subset": () => ({
    structure: kSubset(POINTS, half) as ExponentialFamily,
    elements: Array.from({ length: POINTS }, (_, i): [number] => [i]),
    directed: false,
  }),
};

/** What an element costs: an edge its length, a point its distance from the top. */
export function costs({ elements }: Drawable, points: readonly number[]): Float64Array {
  return Float64Array.from(elements, ([a, b]) =>
    b === undefined
      ? points[2 * a + 1]!
      : Math.hypot(points[2 * a]! - points[2 * b]!, points[2 * a + 1]! - points[2 * b + 1]!),
  );
}
