import { numpy as np } from "@jax-js/jax";
import type { Rng } from "../../src/contracts.ts";
import { sigmoid } from "./activations.ts";
import { uniform } from "./initialisers.ts";

/** Gates in the order input, forget, cell, output: weight (inputs + hidden) × 4·hidden. */
export type Lstm = { weight: np.Array; bias: np.Array };

/** Uniform in ±1/√hidden as in PyTorch. */
export function initLstm(rng: Rng, inputs: number, hidden: number): Lstm {
  const limit = 1 / Math.sqrt(hidden);
  return {
    weight: uniform(rng, [inputs + hidden, 4 * hidden], limit),
    bias: uniform(rng, [4 * hidden], limit),
  };
}

/**
 * A long short-term memory over series × steps × inputs, unrolled: the program grows with the steps.
 *
 * @param mask series × steps, 1 for words and 0 for padding, which leaves the state as it is.
 * @param reverse from the last step to the first; outputs stay at their steps.
 * @returns series × steps × hidden.
 */
export function lstm({ weight, bias }: Lstm, x: np.Array, mask: np.Array, reverse = false): np.Array {
  const [series, steps, inputs] = x.shape as [number, number, number];
  const hidden = bias.shape[0]! / 4;
  // The inputs' share of all steps' gates is one product.
  const fromInputs = np
    .dot(x, weight.ref.slice([0, inputs], []))
    .add(bias)
    .reshape([series, steps, 4 * hidden]);
  const recurrent = weight.slice([inputs], []);
  let h = np.zeros([series, hidden], { dtype: fromInputs.dtype });
  let c = np.zeros([series, hidden], { dtype: fromInputs.dtype });
  const outputs: np.Array[] = [];
  for (let n = 0; n < steps; n++) {
    const t = reverse ? steps - 1 - n : n;
    const gates = fromInputs.ref.slice([], t, []).add(np.dot(h.ref, recurrent.ref));
    const gate = (i: number): np.Array => gates.ref.slice([], [i * hidden, (i + 1) * hidden]);
    const candidate = sigmoid(gate(0)).mul(np.tanh(gate(2)));
    const cell = sigmoid(gate(1)).mul(c.ref).add(candidate);
    const output = sigmoid(gate(3)).mul(np.tanh(cell.ref));
    gates.dispose();
    const keep = mask.ref.slice([], [t, t + 1]);
    c = blend(keep.ref, cell, c);
    h = blend(keep, output, h);
    outputs[t] = h.ref;
  }
  for (const rest of [fromInputs, recurrent, mask, h, c]) rest.dispose();
  return np.stack(outputs, 1);
}

/** keep · now + (1 − keep) · before. */
function blend(keep: np.Array, now: np.Array, before: np.Array): np.Array {
  return before.ref.add(keep.mul(now.sub(before)));
}
