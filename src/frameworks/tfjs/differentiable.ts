import { customGrad, Tensor, tensor } from "@tensorflow/tfjs-core";
import type { Diagnostics, Layer, Rng } from "../../contracts.ts";
import { checkMethod, checkOptions } from "../../core/check.ts";
import { valueShape } from "../layer-shape.ts";

/** What one evaluation of a layer needs besides θ. */
export interface Draw<Context = unknown> {
  /** Needed by layers that draw noise. */
  readonly rng?: Rng | undefined;
  /** The structure's, where rows differ. */
  readonly context?: Context | undefined;
}

/** A layer as a differentiable function of tensors. */
export interface Differentiable<Context = unknown> {
  (theta: Tensor, draw?: Draw<Context>): Tensor;
  /** The layer's numbers of the last evaluation; complete once its gradient was taken. */
  diagnostics(): Diagnostics | undefined;
}

/**
 * A layer as a function from tensor to tensor that `tf.grad`, `tf.variableGrads` and optimisers differentiate.
 *
 * θ of shape [...rows, ...inputShape] gives z of shape [...rows, ...outputShape], both float32. With S samples dL/dz is
 * multiplied by S on its way into the layer, whose contract is that each sample receives the gradient of its own loss
 * and that the result is the mean over samples: the chain rule holds, and a loss that averages over samples gets what
 * it means. Tensors are read with `dataSync`, so the backend must be able to: cpu, wasm, webgl.
 *
 * @throws Error where θ is no float32 tensor or its shape does not end in the layer's; whatever the layer throws.
 * @example
 * import * as tf from "@tensorflow/tfjs";
 * import { identity, kSubset } from "hardgrad";
 * import { differentiable } from "hardgrad/tfjs";
 * const top = differentiable(identity(kSubset(3, 1)));
 * const loss = (theta: tf.Tensor) => tf.sum(tf.mul(top(theta), [4, 5, 6])) as tf.Scalar;
 * const { value, grad } = tf.valueAndGrad(loss)(tf.tensor2d([[1, 3, 2]]));
 * value.dataSync()[0]; // 5
 * grad.arraySync(); // [[4, 5, 6]]
 */
export function differentiable<Context = unknown>(layer: Layer<Context>): Differentiable<Context> {
  checkMethod("differentiable", "layer", layer, "forward", "a layer");
  let diagnostics: Diagnostics | undefined;
  const { samples = 1 } = layer;

  function evaluate(theta: Tensor, draw: Draw<Context> = {}): Tensor {
    checkOptions(layer.name, draw, ["rng", "context"], "draw");
    const zShape = expectTheta(layer, theta);
    const custom = customGrad((...inputs) => {
      const [x] = inputs as Tensor[];
      const evaluation = layer.forward(floats(x!), draw.rng, draw.context);
      diagnostics = evaluation.diagnostics;
      return {
        value: tensor(evaluation.value as Float32Array, zShape, "float32"),
        gradFunc(dy: Tensor) {
          const cotangent = floats(dy);
          // Scaled as a copy: on some backends the data is the tensor's own.
          const own = samples === 1 ? cotangent : cotangent.map((c) => c * samples);
          const gradient = tensor(evaluation.backward(own) as Float32Array, x!.shape, "float32");
          return onlyOnce(layer.name, gradient, x!, dy);
        },
      };
    });
    return custom(theta);
  }

  return Object.assign(evaluate, { diagnostics: () => diagnostics });
}

/** The gradient, as a function of what it depends on that has none itself: taken as a constant it would be wrong. */
function onlyOnce(name: string, gradient: Tensor, ...inputs: Tensor[]): Tensor {
  return customGrad(() => ({
    value: gradient,
    gradFunc() {
      throw new Error(`${name}: only first derivatives pass through a discrete layer`);
    },
  }))(...inputs);
}

/** Checks θ and returns the shape of its z. */
function expectTheta(layer: Layer<never>, theta: unknown): number[] {
  const expected = `a float32 Tensor of shape [${["...", ...layer.inputShape].join(",")}]`;
  if (!(theta instanceof Tensor))
    throw new TypeError(`${layer.name}: theta expected ${expected}, got ${theta}`);
  const shape = valueShape<number>(layer, theta.shape);
  if (theta.dtype !== "float32" || shape === undefined) {
    throw new TypeError(
      `${layer.name}: theta expected ${expected}, got ${theta.dtype} of shape [${theta.shape}]`,
    );
  }
  return shape;
}

function floats(x: Tensor): Float32Array {
  const data = x.dataSync<"float32">();
  return data instanceof Float32Array ? data : Float32Array.from(data);
}
