import type { FloatArray, Structure } from "../contracts.ts";

/** Writes MAP(θ + τ ε) of every row; false where it cannot, with `out` to be written yet. All arrays hold rows × m numbers. */
export type PerturbedMap = (
  theta: Float64Array,
  noise: Float64Array,
  temperature: number,
  out: FloatArray,
) => boolean;

const maps = new WeakMap<object, PerturbedMap>();

/** Registers how a structure of ours perturbs and solves in one pass, where all rows are alike. */
export function withPerturbedMap<S extends Pick<Structure, "map">>(structure: S, map: PerturbedMap): S {
  const { map: own } = structure;
  // A user may spread one of ours, which makes another object, or give ours another `map`.
  maps.set(structure, (...slabs) => structure.map === own && map(...slabs));
  return structure;
}

/** How this very structure perturbs and solves in one pass. */
export function perturbedMapOf(structure: Structure<never>): PerturbedMap | undefined {
  return maps.get(structure);
}
