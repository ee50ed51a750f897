/** hardgrad/jax: discrete layers between pieces of a network on jax-js. */
export type {
  AnyPiece,
  Chain,
  ChainGradients,
  ChainOptions,
  ChainResult,
  ChainStep,
  ParamsOf,
} from "./jax/chain.ts";
export { chain } from "./jax/chain.ts";
export type { Discrete, DiscreteAsync, Draw } from "./jax/discrete.ts";
export { discrete, discreteAsync } from "./jax/discrete.ts";
export type { Loss, Piece, Theta, Update } from "./jax/program.ts";
export type {
  Sandwich,
  SandwichGradients,
  SandwichOptions,
  SandwichResult,
  SandwichStep,
  Sides,
} from "./jax/sandwich.ts";
export { sandwich } from "./jax/sandwich.ts";
export type { Tree } from "./jax/tree.ts";
export type { GradientsOf, WithPullback } from "./jax/with-pullback.ts";
export { withPullback } from "./jax/with-pullback.ts";
