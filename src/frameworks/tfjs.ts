/** hardgrad/tfjs: discrete layers in TensorFlow.js. */
export type { Differentiable, Draw } from "./tfjs/differentiable.ts";
export { differentiable } from "./tfjs/differentiable.ts";
export type { DiscreteLayerArgs, Json, Made } from "./tfjs/discrete-layer.ts";
export { discreteLayer } from "./tfjs/discrete-layer.ts";
