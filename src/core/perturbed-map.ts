import type { FloatArray, Structure } from "../contracts.ts";

/**
 * What a structure whose states are zeros and ones does in one pass over rows that are all alike. Arrays hold rows × m
 * numbers. Where a method cannot, everything is to be written yet.
 */
export interface PerturbedMap {
  /** Writes MAP(θ + τ ε), where that is finite; ε may be empty, where θ is finite. Returns whether it could. */
  map(theta: FloatArray, noise: Float64Array, temperature: number, out: FloatArray): boolean;
  /** Writes weight · (states − MAP(θ + step · cotangent + τ ε)); undefined where it cannot. */
  difference(
    theta: FloatArray,
    cotangent: FloatArray,
    step: number,
    noise: Float64Array,
    temperature: number,
    states: FloatArray,
    weight: number,
    out: FloatArray,
  ): StateDifference | undefined;
}

/** How such a structure says what is wrong with rows and their context, as its `map` does, without solving them. */
export interface RowCheck {
  check(theta: FloatArray, context: unknown): unknown;
}

/** How many entries of two sets of states differ, and how many rows of their weighted difference are 0. */
export interface StateDifference {
  readonly changed: number;
  readonly zeroRows: number;
}

interface Registered extends PerturbedMap, RowCheck {
  readonly of: Structure<never>["map"];
}

const maps = new WeakMap<object, Registered>();

/** Registers how a structure of ours perturbs and solves in one pass. */
export function withPerturbedMap<S extends Structure<never>>(
  structure: S,
  passes: PerturbedMap & RowCheck,
): S {
  maps.set(structure, { ...passes, of: structure.map });
  return structure;
}

/** How this very structure perturbs and solves in one pass: a user may spread one of ours, or give it another `map`. */
export function perturbedMapOf(structure: Structure<never>): (PerturbedMap & RowCheck) | undefined {
  const passes = maps.get(structure);
  return passes?.of === structure.map ? passes : undefined;
}
