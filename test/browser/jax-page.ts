/** Runs in the browser. */
import { defaultDevice, init, numpy as np } from "@jax-js/jax";
import { sandwich } from "../../src/frameworks/jax.ts";
import { imle, kSubset, rng } from "../../src/index.ts";

/** dL/dθ of L = ⟨z, weights⟩ for two rows of θ. */
export async function gradient(theta: number[], weights: number[], asynchronous: boolean): Promise<number[]> {
  await init("wasm");
  defaultDevice("wasm");
  const model = sandwich({
    encoder: (p: np.Array, x: np.Array) => x.mul(p),
    layer: imle(kSubset(4, 2)),
    decoder: (p: np.Array, x: np.Array, z: np.Array) => {
      x.dispose();
      return np.sum(z.mul(p));
    },
  });
  const rows = (values: number[]): np.Array => np.array(Float32Array.from(values), { shape: [2, 4] });
  const params = { encoder: rows(theta), decoder: rows(weights) };
  const { gradients } = asynchronous
    ? await model.valueAndGradAsync(params, np.ones([2, 4]), { rng: rng(7) })
    : model.valueAndGrad(params, np.ones([2, 4]), { rng: rng(7) });
  return [...((await gradients.encoder.data()) as Float32Array)];
}
