import { jit, lax, type numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import { innerProduct, type Tree } from "./tree.ts";

/** θ for the next layer; floats that bypass it to the next piece; arrays without a gradient, for the caller. */
export type Theta<Bypass = Tree, Aux = Tree> =
  | np.Array
  | { readonly theta: np.Array; readonly bypass?: Bypass; readonly aux?: Aux };

/** The scalar to minimise; arrays without a gradient, for the caller. */
export type Loss<Aux = Tree> = np.Array | { readonly loss: np.Array; readonly aux?: Aux };

/**
 * What stands before, between and after the layers: traced by `jit`, and bound by jax-js's ownership. The first
 * piece gets no z and no bypass; the last returns the loss, the others θ.
 */
export type Piece<P, B, Bypass = never> = (params: P, batch: B, z: np.Array, bypass: Bypass) => Theta | Loss;

/** An optimiser's step, traced into the program that makes the gradients. It consumes its arguments. */
export type Update = <P extends Tree>(gradients: P, state: Tree, params: P) => { params: P; state: Tree };

/** What one piece hands to the next; empty before the first. */
export type Carry = { readonly z?: np.Array; readonly bypass?: Tree };

/** θ and bypass, or the loss and nothing. */
export type Outputs = { readonly head: np.Array; readonly bypass: Tree; readonly aux: Tree };

/** What pulling back through a piece makes. */
export type Pulled = {
  /** Gradients, or what the update made of them. */
  readonly params: Tree;
  readonly state: Tree;
  /** Gradients of what came in. */
  readonly carry: Carry;
  /** Of the last piece. */
  readonly loss?: np.Array;
  readonly aux?: Tree;
};

/** A piece, jitted forward and backward. All arguments are consumed. */
export interface Program {
  forward(params: Tree, carry: Carry, batch: Tree): Outputs;
  /** The backward program recomputes the piece. `cotangent` has the form { head, bypass }; the last needs none. */
  pull(params: Tree, carry: Carry, batch: Tree, cotangent: Tree, state: Tree): Pulled;
  step(params: Tree, carry: Carry, batch: Tree, cotangent: Tree, state: Tree): Pulled;
  dispose(): void;
}

/** Jits a piece; `last` is the one that returns the loss. */
export function program(
  piece: Piece<Tree, Tree, Tree>,
  last: boolean,
  update: Update = keepGradients,
): Program {
  const apply = (params: Tree, carry: Carry, batch: Tree): Outputs => {
    const out = piece(params, batch, carry.z as np.Array, carry.bypass as Tree);
    return last ? outputsOfLast(out as Loss) : outputs(out as Theta);
  };
  /** The loss, or ⟨outputs, cotangents⟩, whose gradient is the vector–Jacobian product. */
  const objective = (params: Tree, carry: Carry, batch: Tree, cotangent: Tree): [np.Array, Tree] => {
    const { aux, ...made } = apply(params, carry, batch);
    // jax-js hands a differentiated argument that is returned as it came out as a tracer.
    if (last) return [made.head, tree.map(lax.stopGradient, aux)];
    tree.dispose(aux);
    return [innerProduct(made as Tree, cotangent), {}];
  };
  const differentiate = valueAndGrad(objective, { argnums: [0, 1], hasAux: true });
  const backward =
    (apply: Update) =>
    (params: Tree, carry: Carry, batch: Tree, cotangent: Tree, state: Tree): Pulled => {
      const [[head, aux], [gradients, carried]] = differentiate(tree.ref(params), carry, batch, cotangent);
      if (!last) head.dispose();
      const updated = apply(gradients, state, params);
      return { ...updated, carry: carried, ...(last ? { loss: head, aux } : {}) };
    };
  const forward = jit(apply);
  const pull = jit(backward(keepGradients));
  const step = jit(backward(update));
  return {
    forward,
    pull,
    step,
    dispose() {
      for (const jitted of [forward, pull, step]) jitted.dispose();
    },
  };
}

function outputs(out: Theta): Outputs {
  if (!("theta" in out)) return { head: out, bypass: {}, aux: {} };
  return { head: out.theta, bypass: out.bypass ?? {}, aux: out.aux ?? {} };
}

function outputsOfLast(out: Loss): Outputs {
  if (!("loss" in out)) return outputsOfLast({ loss: out });
  const { loss, aux = {} } = out;
  if (loss.ndim !== 0) {
    throw new TypeError(`the last piece: expected a scalar loss, got shape [${loss.shape}]`);
  }
  return { head: loss, bypass: {}, aux };
}

function keepGradients<P extends Tree>(gradients: P, state: Tree, params: P): { params: P; state: Tree } {
  tree.dispose(params);
  return { params: gradients, state };
}
