import type { numpy as np } from "@jax-js/jax";

/** An array's numbers, on any device: a GPU cannot be waited for. Consumes the array. */
export async function read(array: np.Array): Promise<Float32Array> {
  return (await array.data()) as Float32Array;
}
