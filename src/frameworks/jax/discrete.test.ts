import { defaultDevice, grad, init, jit, numpy as np } from "@jax-js/jax";
import { beforeAll, describe, expect, test } from "vitest";
import { deviceSlots } from "../../../test/device-slots.ts";
import { noisyArgmax, samplingLayer, squareLayer } from "../../../test/example-layers.ts";
import type { FloatArray, Layer, SameKind } from "../../contracts.ts";
import { rng } from "../../core/rng.ts";
import { kSubset } from "../../structures/k-subset.ts";
import { type Draw, discrete, discreteAsync } from "./discrete.ts";
import { withPullback } from "./with-pullback.ts";

let slots: () => number;
beforeAll(async () => {
  await init("wasm");
  defaultDevice("wasm");
  slots = deviceSlots();
});

describe("discrete", () => {
  test("returns value and pullback, and consumes its arguments", () => {
    const before = slots();
    const { z, pullback } = discrete(squareLayer(3))(np.array([[1, 2, 3]]));
    expect(z.js()).toEqual([[1, 4, 9]]);
    expect(pullback(np.array([[1, 1, 10]])).js()).toEqual([[2, 4, 60]]);
    expect(pullback(np.array([[0, 0, 1]])).js()).toEqual([[0, 0, 6]]);
    expect(slots()).toBe(before);
  });

  test("takes one instance, rows, or several axes of rows", () => {
    const square = discrete(squareLayer(2));
    for (const shape of [[2], [1, 2], [6, 2], [2, 3, 2], [0, 2]]) {
      const { z, pullback } = square(np.ones(shape).mul(3));
      expect(z.shape).toEqual(shape);
      const gradient = pullback(z);
      expect(gradient.shape).toEqual(shape);
      expect([...(gradient.dataSync() as Float32Array)].every((g) => g === 54)).toBe(true);
    }
  });

  test("multiplies the cotangent by the number of samples, as the layer returns their mean", () => {
    const layer = samplingLayer(2, 3);
    const { z, pullback } = discrete(layer)(np.array([[1, 2]]), { rng: rng(1) });
    expect(z.shape).toEqual([1, 3, 2]);
    const direct = layer.forward(Float32Array.of(1, 2), rng(1));
    const own = direct.backward(Float32Array.of(3, 3, 3, 3, 3, 3));
    expect([...(pullback(np.ones([1, 3, 2])).dataSync() as Float32Array)]).toEqual([...own]);
    z.dispose();
  });

  test("the asynchronous form gives the same bits", async () => {
    const { z, pullback } = await discreteAsync(squareLayer(3))(np.array([[1, 2, 3]]));
    expect(await z.jsAsync()).toEqual([[1, 4, 9]]);
    expect((await pullback(np.array([[1, 1, 10]]))).js()).toEqual([[2, 4, 60]]);
  });

  test("composes by hand with jitted pieces", () => {
    const encode = withPullback((p: np.Array, x: np.Array) => np.dot(x, p), [0]);
    const encoded = encode(np.eye(2), np.array([[1, 2]]));
    const { z, pullback } = discrete(squareLayer(2))(encoded.value);
    const [gradient] = encoded.pullback(pullback(z.mul(0.5)));
    expect(gradient.js()).toEqual([
      [1, 8],
      [2, 16],
    ]);
    encoded.pullback.dispose();
  });

  test("a tracer is an error that says where a layer may stand", () => {
    const square = discrete(squareLayer(2));
    const message =
      /^square: theta expected an array with data, got JaxprTracer.*stands between jitted functions/;
    expect(() => jit((x: np.Array) => square(x).z)(np.ones([2]))).toThrow(message);
    expect(() => grad((x: np.Array) => np.sum(square(x).z))(np.ones([2]))).toThrow(
      /^square: theta expected an array with data/,
    );
  });

  test("what is no layer is an error", () => {
    for (const adapt of [discrete, discreteAsync]) {
      expect(() => adapt(kSubset(3, 1) as never)).toThrow(
        new TypeError(`${adapt.name}: layer expected a layer, got kSubset`),
      );
    }
  });

  test("a misspelt draw is an error", () => {
    const draw = { rgn: rng(0) } as Draw;
    expect(() => discrete(squareLayer(2))(np.ones([2]), draw)).toThrow(
      new TypeError('square: unknown option "rgn" of draw, expected rng, context'),
    );
  });

  test("a layer that returns another number of values than its shapes say is an error", () => {
    const layer = squareLayer(2);
    const short: Layer = {
      ...layer,
      forward: <A extends FloatArray>(theta: A) => layer.forward(theta.subarray(1) as A),
    };
    expect(() => discrete(short)(np.ones([3, 2]))).toThrow(
      new RangeError("square: value expected length 6, got 5"),
    );
    const { pullback } = discrete({
      ...layer,
      forward<A extends FloatArray>(theta: A) {
        const evaluation = layer.forward(theta);
        const backward = (cotangent: FloatArray): SameKind<A> =>
          evaluation.backward(cotangent).subarray(1) as SameKind<A>;
        return { ...evaluation, backward };
      },
    })(np.ones([3, 2]));
    expect(() => pullback(np.ones([3, 2]))).toThrow(
      new RangeError("square: gradient expected length 6, got 5"),
    );
  });

  test("arguments are consumed by an error too", () => {
    const before = slots();
    expect(() => discrete(squareLayer(3))(np.ones([3, 2]).add(1))).toThrow();
    expect(() => discrete(noisyArgmax(2))(np.full([3, 2], NaN).add(1))).toThrow();
    const { z, pullback } = discrete(squareLayer(2))(np.ones([3, 2]).add(1));
    z.dispose();
    expect(() => pullback(np.ones([2, 3]).add(1))).toThrow();
    expect(slots()).toBe(before);
  });

  test("a cotangent of another shape or kind is an error", () => {
    const { z, pullback } = discrete(squareLayer(2))(np.ones([3, 2]));
    z.dispose();
    expect(() => pullback(np.ones([2, 3]))).toThrow(
      new TypeError("square: cotangent expected Array:float32[3,2], got Array:float32[2,3]"),
    );
    expect(() => pullback(np.ones([3, 2], { dtype: np.int32 }))).toThrow(
      new TypeError("square: cotangent expected Array:float32[3,2], got Array:int32[3,2]"),
    );
  });
});
