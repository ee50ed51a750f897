/**
 * Single gradients at the start beside the exact one, in the plane of two directions: the exact gradient, and the one in
 * which the estimates scatter most across it. What lies to the right is useful, what lies off the arrow's tip is not.
 */
import { rng } from "hardgrad";
import { methods } from "./methods.ts";
import { dot, exact, problem } from "./problem.ts";
import { gradients, type RaceState, rowsOf } from "./race.ts";

export const DRAWS = 200;

export interface Arrows {
  readonly method: string;
  /** Coordinates of each estimate and of their mean, in lengths of the exact gradient. */
  readonly points: readonly (readonly [number, number])[];
  readonly mean: readonly [number, number];
  /** 1 − cos of the mean, and mean of 1 − cos of each estimate; zeros count as right angles. */
  readonly bias: number;
  readonly error: number;
}

export function* arrows(state: RaceState): Generator<Arrows> {
  const p = problem(state.structure, state.loss, state.seed);
  const { gradient } = exact(p, p.theta);
  const length = Math.sqrt(dot(gradient, gradient));
  const along = gradient.map((x) => x / length);
  for (const method of methods.filter(({ name }) => state.methods.includes(name))) {
    const theta = Float64Array.from({ length: DRAWS * p.size }, (_, i) => p.theta[i % p.size]!);
    const layer = method.layer(p.structure, state);
    const estimates = rowsOf(gradients(p, layer, method, theta, rng(state.seed).split(2)), p.size);
    const mean = along.map((_, i) => estimates.reduce((sum, g) => sum + g[i]!, 0) / DRAWS);
    const across = widest(estimates.map((g) => g.map((x, i) => x - dot(g, along) * along[i]!)));
    const place = (g: Float64Array): [number, number] => [dot(g, along) / length, dot(g, across) / length];
    yield {
      method: method.name,
      points: estimates.map(place),
      mean: place(mean),
      bias: distance(mean, along),
      error: estimates.reduce((sum, g) => sum + distance(g, along), 0) / DRAWS,
    };
  }
}

/** 1 − cos, which rounding may take below 0. */
function distance(a: Float64Array, unit: Float64Array): number {
  const length = Math.sqrt(dot(a, a));
  return length > 0 ? Math.max(0, 1 - dot(a, unit) / length) : 1;
}

/** The first principal direction, by power iteration. */
function widest(vectors: readonly Float64Array[]): Float64Array {
  let direction = vectors.reduce((a, b) => (dot(b, b) > dot(a, a) ? b : a));
  for (let round = 0; round < 30; round++) {
    const next = direction.map(() => 0);
    for (const v of vectors) {
      const c = dot(v, direction);
      for (let i = 0; i < v.length; i++) next[i] = next[i]! + c * v[i]!;
    }
    const length = Math.sqrt(dot(next, next));
    // Rounding is no scatter: every estimate lies on the exact one, and any direction across it will do.
    if (!(length > 1e-12)) return direction.map(() => 0);
    direction = next.map((x) => x / length);
  }
  return direction;
}
