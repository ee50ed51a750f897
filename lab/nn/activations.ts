/** Functions whose values or gradients jax-js's own lose where e^|x| overflows, at |x| > 88. Each takes any finite x. */
import { numpy as np } from "@jax-js/jax";

/** 1 / (1 + e^−x), by tanh. */
export function sigmoid(x: np.Array): np.Array {
  return np.tanh(x.mul(0.5)).add(1).mul(0.5);
}

/** log(1 + eˣ). */
export function softplus(x: np.Array): np.Array {
  return np.maximum(x.ref, 0).add(tail(x));
}

/** x above 0, eˣ − 1 below; its slope at 0 is 1. */
export function elu(x: np.Array): np.Array {
  return np.where(x.ref.greater(0), x.ref, np.expm1(np.minimum(x, 0)));
}

/** −log p(target) for p = sigmoid(logits) and targets in [0, 1], entry by entry. */
export function binaryCrossEntropy(logits: np.Array, targets: np.Array): np.Array {
  // The tail comes last: beside a large logit its digits would be lost.
  return np.maximum(logits.ref, 0).sub(logits.ref.mul(targets)).add(tail(logits));
}

/** log(1 + e^−|x|). */
function tail(x: np.Array): np.Array {
  return np.log1p(np.exp(np.abs(x).neg()));
}
