import type { numpy as np } from "@jax-js/jax";
import type { Diagnostics, Layer } from "../../contracts.ts";
import { checkOptions, describe } from "../../core/check.ts";
import { type ChainGradients, type ChainResult, type ChainStep, chain } from "./chain.ts";
import type { Draw } from "./discrete.ts";
import type { Loss, Piece, Theta, Update } from "./program.ts";
import type { Tree } from "./tree.ts";

/** One thing for each side of the layer. */
export interface Sides<E, D> {
  readonly encoder: E;
  readonly decoder: D;
}

export interface SandwichOptions<E, D, B, Context, Bypass, EncoderAux, DecoderAux> {
  /** θ of shape [...rows, ...inputShape], alone or with what bypasses the layer. */
  readonly encoder: (params: E, batch: B) => Theta<Bypass, EncoderAux>;
  readonly layer: Layer<Context>;
  /** The rest of the model and the scalar loss. z has shape [...rows, ...outputShape]. */
  readonly decoder: (params: D, batch: B, z: np.Array, bypass: Bypass) => Loss<DecoderAux>;
  /** Needed by `step`. */
  readonly update?: Update;
}

export interface SandwichResult<EncoderAux, DecoderAux> {
  readonly loss: number;
  /** What encoder and decoder returned as `aux`, `{}` where nothing. The caller owns the arrays. */
  readonly aux: Sides<EncoderAux, DecoderAux>;
  readonly diagnostics: Diagnostics;
}

export interface SandwichGradients<E, D, EncoderAux, DecoderAux>
  extends SandwichResult<EncoderAux, DecoderAux> {
  readonly gradients: Sides<E, D>;
}

export interface SandwichStep<E, D, EncoderAux, DecoderAux> extends SandwichResult<EncoderAux, DecoderAux> {
  readonly params: Sides<E, D>;
  readonly states: Sides<Tree, Tree>;
}

/** Arrays passed in are consumed, `tree.ref(params)` keeps them; after an error they are still the caller's. */
export interface Sandwich<E, D, B, Context, EA, DA> {
  /** Loss and gradients of both parameter trees. */
  valueAndGrad(params: Sides<E, D>, batch: B, draw?: Draw<Context>): SandwichGradients<E, D, EA, DA>;
  valueAndGradAsync(
    params: Sides<E, D>,
    batch: B,
    draw?: Draw<Context>,
  ): Promise<SandwichGradients<E, D, EA, DA>>;
  /** Loss, updated parameters and optimiser states, with the update fused into the backward programs. */
  step(
    params: Sides<E, D>,
    states: Sides<Tree, Tree>,
    batch: B,
    draw?: Draw<Context>,
  ): SandwichStep<E, D, EA, DA>;
  stepAsync(
    params: Sides<E, D>,
    states: Sides<Tree, Tree>,
    batch: B,
    draw?: Draw<Context>,
  ): Promise<SandwichStep<E, D, EA, DA>>;
  /** Loss alone. */
  evaluate(params: Sides<E, D>, batch: B, draw?: Draw<Context>): SandwichResult<EA, DA>;
  evaluateAsync(params: Sides<E, D>, batch: B, draw?: Draw<Context>): Promise<SandwichResult<EA, DA>>;
  /** Frees the arrays that the jitted functions captured. */
  dispose(): void;
}

/**
 * Encoder → discrete layer → rest of the model and loss, jitted on both sides of the layer: one call returns the
 * loss and the gradients of both parameter trees, or updates them.
 *
 * A call runs three programs: the encoder forward; the decoder with its gradients and dL/dz; the encoder again with
 * the gradient ⟨θ, dL/dθ⟩, where dL/dθ comes from the layer's estimator. What the encoder returns as `bypass` reaches
 * the decoder with ordinary gradients (a KL term on the logits, a skip connection), what either returns as `aux`
 * reaches the caller (running statistics, metrics). With S samples z has an axis of length S after the rows; a
 * decoder that averages its loss over it gets the mean of S estimates.
 *
 * The programs are traced once for each shape of the arguments: pad the last batch or drop it.
 *
 * @throws TypeError where θ does not fit the layer, or for unknown options; whatever the layer throws.
 * @example
 * import { numpy as np, tree } from "@jax-js/jax";
 * import { identity, kSubset } from "hardgrad";
 * import { sandwich } from "hardgrad/jax";
 * const model = sandwich({
 *   encoder: (p: np.Array, x: np.Array) => np.dot(x, p),
 *   layer: identity(kSubset(3, 1)),
 *   decoder: (p: np.Array, x: np.Array, z: np.Array) => (x.dispose(), np.sum(z.mul(p))),
 * });
 * const params = { encoder: np.eye(3), decoder: np.array([4, 5, 6]) };
 * const { loss, gradients } = model.valueAndGrad(params, np.array([[1, 3, 2]]));
 * loss; // 5
 * gradients.encoder.js(); // [[4, 5, 6], [12, 15, 18], [8, 10, 12]]
 * gradients.decoder.js(); // [0, 1, 0]
 */
export function sandwich<
  E extends Tree,
  D extends Tree,
  B extends Tree,
  Context = unknown,
  Bypass extends Tree = Tree,
  EA extends Tree = Tree,
  DA extends Tree = Tree,
>(options: SandwichOptions<E, D, B, Context, Bypass, EA, DA>): Sandwich<E, D, B, Context, EA, DA> {
  checkOptions("sandwich", options, ["encoder", "layer", "decoder", "update"]);
  const { encoder, layer, decoder, update } = options ?? {};
  for (const [what, side] of Object.entries({ encoder, decoder })) {
    if (typeof side === "function") continue;
    throw new TypeError(`sandwich: ${what} expected a function, got ${describe(side)}`);
  }
  const pieces = [encoder, decoder as Piece<D, B>] as const;
  const model = chain({ pieces, layers: [layer], ...(update ? { update } : {}) });

  const list = <X, Y>({ encoder, decoder }: Sides<X, Y>): [X, Y] => [encoder, decoder];
  const sides = <X, Y>([encoder, decoder]: readonly [X, Y]): Sides<X, Y> => ({ encoder, decoder });
  const result = ({ loss, aux, diagnostics }: ChainResult): SandwichResult<EA, DA> => ({
    loss,
    aux: sides(aux as [EA, DA]),
    diagnostics: diagnostics[0]!,
  });
  const withGradients = (made: ChainGradients<readonly [E, D]>): SandwichGradients<E, D, EA, DA> => ({
    ...result(made),
    gradients: sides(made.gradients),
  });
  const withParams = (made: ChainStep<readonly [E, D]>): SandwichStep<E, D, EA, DA> => ({
    ...result(made),
    params: sides(made.params),
    states: sides(made.states as [Tree, Tree]),
  });
  const draws = (draw: Draw<Context> | undefined): Draw[] | undefined => draw && [draw];

  return {
    valueAndGrad: (params, batch, draw) =>
      withGradients(model.valueAndGrad(list(params), batch, draws(draw))),
    valueAndGradAsync: async (params, batch, draw) =>
      withGradients(await model.valueAndGradAsync(list(params), batch, draws(draw))),
    step: (params, states, batch, draw) =>
      withParams(model.step(list(params), list(states), batch, draws(draw))),
    stepAsync: async (params, states, batch, draw) =>
      withParams(await model.stepAsync(list(params), list(states), batch, draws(draw))),
    evaluate: (params, batch, draw) => result(model.evaluate(list(params), batch, draws(draw))),
    evaluateAsync: async (params, batch, draw) =>
      result(await model.evaluateAsync(list(params), batch, draws(draw))),
    dispose: model.dispose,
  };
}
