import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, test } from "vitest";
import { noisyArgmax, samplingLayer, squareLayer } from "../../../test/example-layers.ts";
import { expectClose } from "../../../test/golden.ts";
import { rng } from "../../core/rng.ts";
import { imle } from "../../estimators/imle.ts";
import { kSubset } from "../../structures/k-subset.ts";
import { differentiable } from "./differentiable.ts";

beforeAll(() => tf.setBackend("cpu"));

const TOLERANCE = { rel: 1e-5, abs: 1e-6 };

describe("differentiable", () => {
  test("has the engine's own gradient when the layer is an ordinary function", () => {
    const square = differentiable(squareLayer(3));
    const x = tf.tensor2d([0.5, -1, 2, 3, 4, -5], [2, 3]);
    const loss = (f: (theta: tf.Tensor) => tf.Tensor) => (theta: tf.Tensor) =>
      tf.sum(tf.sin(f(tf.mul(theta, 2)))) as tf.Scalar;
    const ours = tf.valueAndGrad(loss((theta) => square(theta)))(x);
    const truth = tf.valueAndGrad(loss((theta) => tf.square(theta)))(x);
    expectClose(ours.value.dataSync(), truth.value.dataSync(), TOLERANCE);
    expectClose(ours.grad.dataSync(), truth.grad.dataSync(), TOLERANCE);
  });

  test("gives the layer's own bits, and its diagnostics after the backward pass", () => {
    const layer = imle(kSubset(5, 2), { samples: 3 });
    const theta = Float32Array.from(
      { length: 20 },
      (
        (r) => () =>
          r.normal()
      )(rng(1)),
    );
    const weights = Float32Array.from(
      { length: 60 },
      (
        (r) => () =>
          r.normal()
      )(rng(2)),
    );
    const discrete = differentiable(layer);
    const { value, grad } = tf.valueAndGrad((x: tf.Tensor) => {
      const z = discrete(x, { rng: rng(3) });
      expect(z.shape).toEqual([4, 3, 5]);
      return tf.sum(tf.mul(z, tf.tensor(weights, [4, 3, 5]))) as tf.Scalar;
    })(tf.tensor(theta, [4, 5]));
    const direct = layer.forward(theta, rng(3));
    const dTheta = direct.backward(weights.map((w) => 3 * w));
    expectClose(value.dataSync(), [weights.reduce((sum, w, i) => sum + w * direct.value[i]!, 0)], TOLERANCE);
    expect(grad.shape).toEqual([4, 5]);
    expect([...grad.dataSync()]).toEqual([...dTheta]);
    expect(discrete.diagnostics()).toEqual(direct.diagnostics);
  });

  test("multiplies the cotangent by the number of samples, and leaves the engine's data alone", () => {
    const sampling = differentiable(samplingLayer(2, 3));
    const r = rng(1);
    const noise = Float32Array.from({ length: 6 }, () => r.normal());
    const weights = tf.tensor3d([1, 2, 3, 4, 5, 6], [1, 3, 2]);
    const x = tf.tensor2d([[1, 2]]);
    const f = (theta: tf.Tensor) => tf.sum(tf.mul(sampling(theta, { rng: rng(1) }), weights)) as tf.Scalar;
    const truth = (theta: tf.Tensor) =>
      tf.sum(
        tf.mul(tf.mul(tf.reshape(theta, [1, 1, 2]), tf.tensor3d(noise, [1, 3, 2])), weights),
      ) as tf.Scalar;
    expectClose(tf.grad(f)(x).dataSync(), tf.grad(truth)(x).dataSync(), TOLERANCE);
    expect([...weights.dataSync()]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test("passes rng and context, takes any axes of rows, and works without a gradient", () => {
    const argmax = differentiable(noisyArgmax(3));
    const z = argmax(tf.tensor4d([0, 9, 0, 9, 0, 0], [1, 2, 1, 3]), { context: { shift: 1 } });
    expect(z.arraySync()).toEqual([[[[0, 0, 1]], [[0, 1, 0]]]]);
    expect(argmax(tf.tensor1d([0, 0, 1])).arraySync()).toEqual([0, 0, 1]);
    expect(argmax(tf.zeros([0, 3])).shape).toEqual([0, 3]);
  });

  test("a second derivative is an error, not a gradient that lacks a term", () => {
    const square = differentiable(squareLayer(2));
    const message = "square: only first derivatives pass through a discrete layer";
    for (const f of [square, (x: tf.Tensor) => tf.mul(x, square(x))]) {
      const gradient = tf.grad((x) => tf.sum(f(x)) as tf.Scalar);
      expect([...gradient(tf.tensor1d([1, 2])).dataSync()]).toEqual(f === square ? [2, 4] : [3, 12]);
      expect(() => tf.grad((x) => tf.sum(gradient(x)) as tf.Scalar)(tf.ones([2]))).toThrow(message);
    }
  });

  test("leaks no tensors", () => {
    const square = differentiable(squareLayer(3));
    const x = tf.ones([2, 3]);
    const step = (): void =>
      tf.tidy(() => {
        tf.grad((theta) => tf.sum(square(theta)) as tf.Scalar)(x);
      });
    step();
    const before = tf.memory();
    for (let i = 0; i < 50; i++) step();
    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
  });

  test("something else than a float32 tensor that ends in the layer's shape is an error", () => {
    const square = differentiable(squareLayer(3));
    expect(() => square(tf.ones([3, 2]))).toThrow(
      new TypeError("square: theta expected a float32 Tensor of shape [...,3], got float32 of shape [3,2]"),
    );
    expect(() => square(tf.ones([2, 3], "int32"))).toThrow(
      new TypeError("square: theta expected a float32 Tensor of shape [...,3], got int32 of shape [2,3]"),
    );
    expect(() => square(tf.ones([3]), { contxt: 3 } as never)).toThrow(
      new TypeError('square: unknown option "contxt" of draw, expected rng, context'),
    );
    expect(() => differentiable(kSubset(3, 1) as never)).toThrow(
      /^differentiable: layer expected a layer, got/,
    );
    expect(() => square([1, 2, 3] as unknown as tf.Tensor)).toThrow(
      new TypeError("square: theta expected a float32 Tensor of shape [...,3], got 1,2,3"),
    );
  });
});
