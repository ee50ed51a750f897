import type { numpy as np } from "@jax-js/jax";
import type { Tree } from "../../src/frameworks/jax.ts";
import type { FloatArray, Layer, Rng, SameKind } from "../../src/index.ts";

/**
 * A part of a network that is a program of its own. jax-js keeps all arrays of a program until it has run, and wasm
 * has 4 GiB: a deep network does not fit in one.
 */
export interface Stage {
  /** Of what it makes of a row. */
  readonly outputShape: readonly number[];
  init(rng: Rng): { params: Tree; statistics: Tree };
  /** Consumes its arguments. Returns running statistics with the batch mixed in where it is for training, else none. */
  apply(params: Tree, statistics: Tree, x: np.Array, training: boolean): { y: np.Array; statistics: Tree };
}

/** A stage with a function of its output. */
export function followedBy(
  stage: Stage,
  outputShape: readonly number[],
  f: (y: np.Array) => np.Array,
): Stage {
  return {
    init: stage.init,
    outputShape,
    apply(...inputs) {
      const { y, statistics } = stage.apply(...inputs);
      return { y: f(y), statistics };
    },
  };
}

/** Between two stages: the identity. */
export function passing(shape: readonly number[]): Layer {
  return {
    name: "passing",
    inputShape: shape,
    outputShape: shape,
    forward: <A extends FloatArray>(theta: A) => ({
      // The network is all singles: θ and cotangents are of one kind.
      value: theta as FloatArray as SameKind<A>,
      backward: (cotangent) => cotangent as SameKind<A>,
      diagnostics: {
        solverCalls: 0,
        zeroGradientShare: Number.NaN,
        meanHammingDistance: Number.NaN,
        lambda: Number.NaN,
        solver: {},
      },
    }),
  };
}
