/** Runs in the browser. */
import { type Device, defaultDevice, init, numpy as np } from "@jax-js/jax";
import { type Sandwich, sandwich, type Tree, type Update } from "../../src/frameworks/jax.ts";
import { imle, kSubset, rng } from "../../src/index.ts";
import { deviceSlots } from "../device-slots.ts";

/** Whether the browser has such a device. */
export async function has(device: Device): Promise<boolean> {
  return (await init(device)).includes(device);
}

/** dL/dθ of L = ⟨z, weights⟩ for two rows of θ. */
export async function gradient(
  theta: number[],
  weights: number[],
  device: Device,
  asynchronous: boolean,
): Promise<number[]> {
  await use(device);
  const model = elementwise();
  const params = { encoder: rows(theta), decoder: rows(weights) };
  const { gradients } = asynchronous
    ? await model.valueAndGradAsync(params, np.ones([2, 4]), { rng: rng(7) })
    : model.valueAndGrad(params, np.ones([2, 4]), { rng: rng(7) });
  return [...((await gradients.encoder.data()) as Float32Array)];
}

/** Parameters after steps of gradient descent, and how many arrays the last of them left on the device. */
export async function train(
  theta: number[],
  weights: number[],
  device: Device,
  steps: number,
): Promise<{ encoder: number[]; decoder: number[]; leaked: number }> {
  await use(device);
  const slots = deviceSlots();
  const model = elementwise();
  let params: Params = { encoder: rows(theta), decoder: rows(weights) };
  let states: Sides = { encoder: {}, decoder: {} };
  let [before, after] = [0, 0];
  for (let step = 0; step < steps; step++) {
    ({ params, states } = await model.stepAsync(params, states, np.ones([2, 4]), { rng: rng(step) }));
    [before, after] = [after, slots()];
  }
  const numbers = async (array: np.Array): Promise<number[]> => [...((await array.data()) as Float32Array)];
  return {
    encoder: await numbers(params.encoder),
    decoder: await numbers(params.decoder),
    leaked: after - before,
  };
}

type Params = { readonly encoder: np.Array; readonly decoder: np.Array };
type Sides = { readonly encoder: Tree; readonly decoder: Tree };

/** Each piece has one array of parameters. */
const descend = ((gradient: np.Array, state: Tree, p: np.Array) => ({
  params: p.sub(gradient.mul(0.1)),
  state,
})) as unknown as Update;

/** ⟨z, p⟩ for the states of θ = x · p, all products elementwise. */
function elementwise(): Sandwich<np.Array, np.Array, np.Array, unknown, Tree, Tree> {
  return sandwich({
    encoder: (p: np.Array, x: np.Array) => x.mul(p),
    layer: imle(kSubset(4, 2)),
    decoder: (p: np.Array, x: np.Array, z: np.Array) => {
      x.dispose();
      return np.sum(z.mul(p));
    },
    update: descend,
  });
}

function rows(values: number[]): np.Array {
  return np.array(Float32Array.from(values), { shape: [2, 4] });
}

async function use(device: Device): Promise<void> {
  await init(device);
  defaultDevice(device);
}
