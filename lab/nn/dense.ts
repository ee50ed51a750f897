import { numpy as np } from "@jax-js/jax";
import type { Rng } from "../../src/contracts.ts";
import { type Initialiser, uniformByInputs, zeros } from "./initialisers.ts";

/** weight: inputs × outputs. */
export type Dense = { weight: np.Array; bias: np.Array };

export function initDense(
  rng: Rng,
  inputs: number,
  outputs: number,
  weight: Initialiser = uniformByInputs,
  bias: Initialiser = weight === uniformByInputs ? uniformByInputs : zeros,
): Dense {
  return {
    weight: weight(rng, [inputs, outputs], inputs, outputs),
    bias: bias(rng, [outputs], inputs, outputs),
  };
}

/** x W + b over the last axis. */
export function dense({ weight, bias }: Dense, x: np.Array): np.Array {
  return np.dot(x, weight).add(bias);
}
