import { numpy as np } from "@jax-js/jax";
import type { Diagnostics, FloatArray, Layer, Rng } from "../../contracts.ts";
import { checkLength, checkMethod, checkOptions } from "../../core/check.ts";
import { valueShape } from "../layer-shape.ts";
import { type Reading, readLater, readNow } from "./reading.ts";

/** What one evaluation of a layer needs besides θ. */
export interface Draw<Context = unknown> {
  /** Needed by layers that draw noise. */
  readonly rng?: Rng | undefined;
  /** The structure's, where rows differ. */
  readonly context?: Context | undefined;
}

/** z, its pullback dL/dz → dL/dθ, and the layer's numbers, which are complete after the pullback. */
export interface Discrete {
  readonly z: np.Array;
  readonly pullback: (cotangent: np.Array) => np.Array;
  readonly diagnostics: Diagnostics;
}

/** The same on a device that cannot be read synchronously. */
export interface DiscreteAsync {
  readonly z: np.Array;
  readonly pullback: (cotangent: np.Array) => Promise<np.Array>;
  readonly diagnostics: Diagnostics;
}

/** One evaluation, with reads left open. */
export interface Crossing {
  readonly z: np.Array;
  readonly diagnostics: Diagnostics;
  readonly backward: (cotangent: np.Array) => Reading<np.Array>;
}

/**
 * A layer as a function of a jax-js array that returns its value with its pullback.
 *
 * θ of shape [...rows, ...inputShape] gives z of shape [...rows, ...outputShape]. The cotangent is autodiff's dL/dz.
 * With S samples it is multiplied by S on its way into the layer, whose contract is that each sample receives the
 * gradient of its own loss and that the result is the mean over samples: the chain rule holds, and a decoder that
 * averages its loss over samples gets what it means.
 *
 * It stands between jitted functions: θ must hold data, so it cannot be called under `jit`, `grad` or `vmap`.
 * Arguments are consumed, as everywhere in jax-js; the pullback may be called more than once.
 *
 * @throws TypeError for a tracer, a dtype other than float32 and float64, or a shape that does not end in the
 * layer's; and what the layer throws.
 * @example
 * import { numpy as np } from "@jax-js/jax";
 * import { identity, kSubset } from "hardgrad";
 * import { discrete } from "hardgrad/jax";
 * const { z, pullback } = discrete(identity(kSubset(3, 1)))(np.array([[1, 3, 2]]));
 * z.js(); // [[0, 1, 0]]
 */
export function discrete<Context>(
  layer: Layer<Context>,
): (theta: np.Array, draw?: Draw<Context>) => Discrete {
  checkMethod("discrete", "layer", layer, "forward", "a layer");
  return (theta, draw) => {
    const { z, diagnostics, backward } = readNow(cross(layer, theta, draw));
    return { z, diagnostics, pullback: (cotangent) => readNow(backward(cotangent)) };
  };
}

/** `discrete` for devices that cannot be read synchronously. */
export function discreteAsync<Context>(
  layer: Layer<Context>,
): (theta: np.Array, draw?: Draw<Context>) => Promise<DiscreteAsync> {
  checkMethod("discreteAsync", "layer", layer, "forward", "a layer");
  return async (theta, draw) => {
    const { z, diagnostics, backward } = await readLater(cross(layer, theta, draw));
    return { z, diagnostics, pullback: (cotangent) => readLater(backward(cotangent)) };
  };
}

/** Evaluates the layer, wherever its arrays are read. θ and cotangent are consumed, also by an error. */
export function* cross<Context>(
  layer: Layer<Context>,
  theta: np.Array,
  draw: Draw<Context> = {},
): Reading<Crossing> {
  const shape = orDispose(theta, () => {
    checkOptions(layer.name, draw, ["rng", "context"], "draw");
    return expectTheta(layer, theta);
  });
  const zShape = valueShape(layer, shape)!;
  const kind = theta.dtype;
  const { samples = 1 } = layer;
  const [data] = yield [theta];
  const evaluation = layer.forward(data!, draw.rng, draw.context);
  return {
    z: toArray(layer, "value", evaluation.value, zShape),
    diagnostics: evaluation.diagnostics,
    *backward(cotangent) {
      orDispose(cotangent, () => expectCotangent(layer, cotangent, `Array:${kind}[${zShape.join(",")}]`));
      const [gradient] = yield [cotangent];
      // What was read from a device is a copy, ours to scale.
      if (samples !== 1) for (let i = 0; i < gradient!.length; i++) gradient![i]! *= samples;
      return toArray(layer, "gradient", evaluation.backward(gradient!), shape);
    },
  };
}

function orDispose<T>(array: np.Array, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (array instanceof np.Array) array.dispose();
    throw error;
  }
}

/** Checks that θ is an array with data, of a kind and shape that the layer takes, and returns its shape. */
function expectTheta(layer: Layer<never>, theta: unknown): number[] {
  const { name, inputShape } = layer;
  if (!(theta instanceof np.Array)) {
    throw new TypeError(
      `${name}: theta expected an array with data, got ${describe(theta)}; a discrete layer stands between jitted functions, not inside`,
    );
  }
  const float = theta.dtype === np.float32 || theta.dtype === np.float64;
  if (!float || valueShape(layer, theta.shape) === undefined) {
    throw new TypeError(
      `${name}: theta expected Array:float32[${["...", ...inputShape].join(",")}] or float64, got ${describe(theta)}`,
    );
  }
  return theta.shape;
}

function expectCotangent({ name }: Layer<never>, cotangent: unknown, expected: string): void {
  if (!(cotangent instanceof np.Array) || cotangent.toString() !== expected) {
    throw new TypeError(`${name}: cotangent expected ${expected}, got ${describe(cotangent)}`);
  }
}

function toArray(
  { name }: Layer<never>,
  what: string,
  values: FloatArray,
  shape: readonly number[],
): np.Array {
  const size = shape.reduce((a, b) => a * b, 1);
  checkLength(name, what, values, size);
  // np.array cannot take an empty buffer.
  if (size === 0) {
    return np.zeros([...shape], { dtype: values instanceof Float32Array ? np.float32 : np.float64 });
  }
  return np.array(values as Float32Array<ArrayBuffer>, { shape: [...shape] });
}

/** A template string would read the data of an array, and consume it. */
function describe(value: unknown): string {
  return value instanceof np.Array ? value.toString() : String(value);
}
