/** For tests: gradients against central differences, in double precision on the interpreting device. */
import { defaultDevice, grad, jit, numpy as np, tree } from "@jax-js/jax";
import { expect } from "vitest";
import { rng } from "../../src/core/rng.ts";
import { sizeOf } from "../../src/core/shape.ts";
import type { Tree } from "../../src/frameworks/jax.ts";

/** Doubles from a normal distribution. */
export function doubles(seed: number, ...shape: number[]): np.Array {
  const r = rng(seed);
  return np.array(
    Float64Array.from({ length: sizeOf(shape) }, () => r.normal()),
    { shape },
  );
}

/** The same tree in doubles. */
export function toDoubles<T extends Tree>(arrays: T): T {
  return tree.map((a: np.Array) => a.astype(np.float64), arrays as Tree) as T;
}

/** Makes the interpreting device, where doubles are exact, the default one for what follows. */
export function useDoubles(): void {
  // jax-js asks for this class before it looks at doubles; Node 20 has none.
  (globalThis as { Float16Array?: unknown }).Float16Array ??= class extends Uint16Array {};
  defaultDevice("cpu");
}

/**
 * Compares the gradient of a weighted sum of all outputs with central differences in every parameter.
 * @param f consumes its argument.
 */
export function checkGradient<T extends Tree>(f: (params: T) => np.Array, params: T, tolerance = 1e-7): void {
  const weighted = (p: Tree): np.Array => {
    const y = f(p as T);
    return np.sum(y.mul(doubles(99, ...y.shape)));
  };
  const leaves = tree.leaves(params as Tree) as np.Array[];
  const structure = tree.structure(params as Tree);
  const gradients = tree.leaves(jit(grad(weighted))(tree.ref(params as Tree)) as Tree) as np.Array[];
  const value = jit(weighted);
  const step = 1e-5;
  for (const [i, leaf] of leaves.entries()) {
    const gradient = gradients[i]!.dataSync() as Float64Array;
    const data = leaf.ref.dataSync() as Float64Array<ArrayBuffer>;
    const at = (j: number, moved: number): number => {
      const copy = data.slice();
      copy[j] = moved;
      const swapped = leaves.map((l, k) => (k === i ? np.array(copy, { shape: leaf.shape }) : l.ref));
      return value(tree.unflatten(structure, swapped)).item();
    };
    for (let j = 0; j < data.length; j++) {
      const difference = (at(j, data[j]! + step) - at(j, data[j]! - step)) / (2 * step);
      expect(Math.abs(gradient[j]! - difference), `leaf ${i}, entry ${j}`).toBeLessThan(
        tolerance * (1 + Math.abs(difference)),
      );
    }
  }
  tree.dispose(params);
}
