import type { FloatArray, Structure } from "../contracts.ts";

/**
 * What a structure whose states are zeros and ones does in one pass over rows that are all alike. Arrays hold rows × m
 * numbers. A method returns false where it cannot, with everything to be written yet.
 */
export interface PerturbedMap {
  /** Writes MAP(θ + τ ε); ε may be empty, where θ is finite. */
  map(theta: FloatArray, noise: Float64Array, temperature: number, out: FloatArray): boolean;
  /** Writes weight · (states − MAP(θ + step · cotangent + τ ε)), and adds to the distance between the two. */
  difference(
    theta: FloatArray,
    cotangent: FloatArray,
    step: number,
    noise: Float64Array,
    temperature: number,
    states: FloatArray,
    weight: number,
    out: FloatArray,
    distance: Distance,
  ): boolean;
}

/** How far states are from each other: Σ |a − b| and the number of entries that differ. */
export interface Distance {
  total: number;
  changed: number;
}

interface Registered extends PerturbedMap {
  readonly of: Structure<never>["map"];
}

const maps = new WeakMap<object, Registered>();

/** Registers how a structure of ours perturbs and solves in one pass. */
export function withPerturbedMap<S extends Structure<never>>(structure: S, passes: PerturbedMap): S {
  maps.set(structure, { ...passes, of: structure.map });
  return structure;
}

/** How this very structure perturbs and solves in one pass: a user may spread one of ours, or give it another `map`. */
export function perturbedMapOf(structure: Structure<never>): PerturbedMap | undefined {
  const passes = maps.get(structure);
  return passes?.of === structure.map ? passes : undefined;
}
