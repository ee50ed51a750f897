import { numpy as np, tree } from "@jax-js/jax";
import type { Tree, Update } from "../../src/frameworks/jax.ts";
import type { Schedule } from "./schedules.ts";

/** First state, and the update that `sandwich` and `chain` fuse into their programs. */
export interface Optimiser {
  /** Does not consume the parameters. */
  init(params: Tree): Tree;
  readonly update: Update;
}

export interface AdamOptions {
  /** 1e-3 by default. */
  readonly rate?: number | Schedule;
  /** Decay of the mean gradient, 0.9 by default. */
  readonly beta1?: number;
  /** Decay of the mean square, 0.999 by default. */
  readonly beta2?: number;
  /** Added to the root, 1e-8 by default. */
  readonly epsilon?: number;
}

type AdamState = { step: np.Array; mean: Tree; square: Tree };

/** Adam with bias correction (Kingma and Ba 2015, Algorithm 1). */
export function adam({
  rate = 1e-3,
  beta1 = 0.9,
  beta2 = 0.999,
  epsilon = 1e-8,
}: AdamOptions = {}): Optimiser {
  return {
    init: (params) => ({ step: np.zeros([]), mean: zerosLike(params), square: zerosLike(params) }),
    update(gradients, state, params) {
      const { step: before, mean: oldMean, square: oldSquare } = state as AdamState;
      const step = before.add(1);
      const mean = map((m, g) => m.mul(beta1).add(g.mul(1 - beta1)), oldMean, tree.ref(gradients));
      const square = map((s, g) => s.mul(beta2).add(np.square(g).mul(1 - beta2)), oldSquare, gradients);
      // rate · √(1 − β₂ᵗ) / (1 − β₁ᵗ), with ε scaled alike: Algorithm 1 written with one factor for all entries.
      const power = (beta: number): np.Array => np.exp(step.ref.mul(Math.log(beta)));
      const root = np.sqrt(power(beta2).neg().add(1));
      const factor = rateAt(rate, step.ref).mul(root.ref).div(power(beta1).neg().add(1));
      const change = map(
        (m, s) => m.mul(factor.ref).div(np.sqrt(s).add(root.ref.mul(epsilon))),
        tree.ref(mean),
        tree.ref(square),
      );
      factor.dispose();
      root.dispose();
      return { params: map((p, c) => p.sub(c), params, change), state: { step, mean, square } };
    },
  };
}

export interface SgdOptions {
  readonly rate: number | Schedule;
  /** 0 by default. */
  readonly momentum?: number;
}

type SgdState = { step: np.Array; velocity: Tree };

/** v ← momentum · v + g, p ← p − rate · v: stochastic gradient descent with PyTorch's momentum. */
export function sgd({ rate, momentum = 0 }: SgdOptions): Optimiser {
  return {
    init: (params) => ({ step: np.zeros([]), velocity: zerosLike(params) }),
    update(gradients, state, params) {
      const { step, velocity: before } = state as SgdState;
      const velocity = map((v, g) => v.mul(momentum).add(g), before, gradients);
      const now = rateAt(rate, step.ref);
      const moved = map((p, v) => p.sub(v.mul(now.ref)), params, tree.ref(velocity));
      now.dispose();
      return { params: moved, state: { step: step.add(1), velocity } };
    },
  };
}

function rateAt(rate: number | Schedule, step: np.Array): np.Array {
  if (typeof rate !== "number") return rate(step);
  step.dispose();
  return np.full([], rate);
}

function zerosLike(params: Tree): Tree {
  return tree.map((p: np.Array) => np.zeros(p.shape, { dtype: p.dtype }), params) as Tree;
}

/** Over the leaves of trees of one structure. */
function map<T extends Tree>(f: (a: np.Array, b: np.Array) => np.Array, first: T, second: Tree): T {
  return tree.map(f, first as Tree, second) as T;
}
