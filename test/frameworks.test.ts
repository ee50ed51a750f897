/** The same network, weights and noise around a layer in jax-js, in TensorFlow.js and by hand. */
import { defaultDevice, init, numpy as np } from "@jax-js/jax";
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, test } from "vitest";
import type { Layer } from "../src/contracts.ts";
import { rng } from "../src/core/rng.ts";
import { blackBox } from "../src/estimators/black-box.ts";
import { imle } from "../src/estimators/imle.ts";
import { simple } from "../src/estimators/simple.ts";
import { stochasticSoftmax } from "../src/estimators/stochastic-softmax.ts";
import { straightThrough } from "../src/estimators/straight-through.ts";
import { sandwich } from "../src/frameworks/jax.ts";
import { differentiable } from "../src/frameworks/tfjs.ts";
import { neuralSort } from "../src/relaxations/neural-sort.ts";
import { gridPath } from "../src/structures/grid-path.ts";
import { kSubset } from "../src/structures/k-subset.ts";
import { minimizing } from "../src/structures/minimizing.ts";
import { perturbation } from "../src/targets/perturbation.ts";
import { expectClose } from "./golden.ts";

const ROWS = 6;
const FEATURES = 5;
const OUTPUTS = 3;

beforeAll(async () => {
  await init("wasm");
  defaultDevice("wasm");
  await tf.setBackend("cpu");
});

const cases: { title: string; layer: Layer; samples?: number; positive?: boolean }[] = [
  { title: "imle", layer: imle(kSubset(8, 3), { target: perturbation({ lambda: 5 }) }) },
  { title: "imle with four samples", layer: imle(kSubset(8, 3), { samples: 4 }), samples: 4 },
  { title: "imle, averaged", layer: imle(kSubset(8, 3), { samples: 4, average: true }) },
  { title: "simple", layer: simple(kSubset(8, 3)) },
  { title: "straightThrough", layer: straightThrough(kSubset(8, 3)) },
  { title: "stochasticSoftmax with states of another shape than θ", layer: stochasticSoftmax(neuralSort(4)) },
  {
    title: "stochasticSoftmax of that kind with three samples",
    layer: stochasticSoftmax(neuralSort(4), { samples: 3 }),
    samples: 3,
  },
  { title: "blackBox on paths", layer: minimizing(blackBox(gridPath(2, 4))), positive: true },
];

/** Small integers: every sum of the network is exact in float32, so that all three compute the same θ to the bit. */
function integers(seed: number, length: number, low: number, high: number): Float32Array<ArrayBuffer> {
  const r = rng(seed);
  return Float32Array.from({ length }, () => low + Math.floor(r.uniform() * (high - low + 1)));
}

describe.each(cases)("$title", ({ layer, samples = 1, positive }) => {
  const size = layer.inputShape.reduce((a, b) => a * b, 1);
  /** Of one state. */
  const inner = layer.outputShape.reduce((a, b) => a * b, 1) / samples;
  const x = integers(1, ROWS * FEATURES, positive ? 0 : -3, 3);
  const w = integers(2, FEATURES * size, positive ? 0 : -3, 3);
  const v = integers(3, inner * OUTPUTS, -3, 3);
  const y = integers(4, ROWS * OUTPUTS, -3, 3);

  /** L = Σ (z v − y)² / (2 S), its gradients in w and v, term by term. */
  function byHand(): { loss: number; dw: Float64Array; dv: Float64Array } {
    const theta = new Float32Array(ROWS * size);
    for (let r = 0; r < ROWS; r++) {
      for (let i = 0; i < size; i++) {
        let sum = positive ? 1 : 0;
        for (let f = 0; f < FEATURES; f++) sum += x[r * FEATURES + f]! * w[f * size + i]!;
        theta[r * size + i] = sum;
      }
    }
    const evaluation = layer.forward(theta, rng(5));
    const dv = new Float64Array(v.length);
    const cotangent = new Float32Array(evaluation.value.length);
    let loss = 0;
    for (let r = 0; r < ROWS; r++) {
      for (let s = 0; s < samples; s++) {
        const at = (r * samples + s) * inner;
        for (let o = 0; o < OUTPUTS; o++) {
          let error = -y[r * OUTPUTS + o]!;
          for (let i = 0; i < inner; i++) error += evaluation.value[at + i]! * v[i * OUTPUTS + o]!;
          loss += error ** 2 / (2 * samples);
          for (let i = 0; i < inner; i++) {
            dv[i * OUTPUTS + o]! += (error * evaluation.value[at + i]!) / samples;
            // The layer takes the gradient of each sample's own loss.
            cotangent[at + i]! += error * v[i * OUTPUTS + o]!;
          }
        }
      }
    }
    const dTheta = evaluation.backward(cotangent);
    const dw = new Float64Array(w.length);
    for (let r = 0; r < ROWS; r++) {
      for (let f = 0; f < FEATURES; f++) {
        for (let i = 0; i < size; i++) dw[f * size + i]! += x[r * FEATURES + f]! * dTheta[r * size + i]!;
      }
    }
    return { loss, dw, dv };
  }

  const truth = byHand();
  // Sums of some hundred products of numbers up to about 100 in float32.
  const tolerance = { rel: 1e-5, abs: 1e-3 };
  const lead = [ROWS, ...layer.inputShape];
  const out = [ROWS * samples, inner];

  test("the gradient moves something", () => {
    expect(truth.dw.some((g) => g !== 0)).toBe(true);
  });

  test("jax-js: loss and gradients are those by hand", () => {
    const model = sandwich({
      encoder: (w: np.Array, { x, y }: { x: np.Array; y: np.Array }) => {
        y.dispose();
        return np
          .dot(x, w)
          .add(positive ? 1 : 0)
          .reshape(lead);
      },
      layer,
      decoder: (v: np.Array, { x, y }: { x: np.Array; y: np.Array }, z: np.Array) => {
        x.dispose();
        const error = np.dot(z.reshape(out), v).reshape([ROWS, samples, OUTPUTS]);
        return np.sum(np.square(error.sub(y.reshape([ROWS, 1, OUTPUTS])))).mul(0.5 / samples);
      },
    });
    const { loss, gradients } = model.valueAndGrad(
      {
        encoder: np.array(w, { shape: [FEATURES, size] }),
        decoder: np.array(v, { shape: [inner, OUTPUTS] }),
      },
      { x: np.array(x, { shape: [ROWS, FEATURES] }), y: np.array(y, { shape: [ROWS, OUTPUTS] }) },
      { rng: rng(5) },
    );
    expectClose(loss, truth.loss, tolerance, "loss");
    expectClose(gradients.encoder.dataSync() as Float32Array, truth.dw, tolerance, "encoder");
    expectClose(gradients.decoder.dataSync() as Float32Array, truth.dv, tolerance, "decoder");
  });

  test("TensorFlow.js: loss and gradients are those by hand", () => {
    const discrete = differentiable(layer);
    const network = (w: tf.Tensor, v: tf.Tensor): tf.Tensor => {
      const theta = tf.add(tf.matMul(tf.tensor2d(x, [ROWS, FEATURES]), w as tf.Tensor2D), positive ? 1 : 0);
      const z = discrete(tf.reshape(theta, lead), { rng: rng(5) });
      const error = tf.reshape(tf.matMul(tf.reshape(z, out), v as tf.Tensor2D), [ROWS, samples, OUTPUTS]);
      const squares = tf.square(tf.sub(error, tf.tensor3d(y, [ROWS, 1, OUTPUTS])));
      return tf.mul(tf.sum(squares), 0.5 / samples);
    };
    const { value, grads } = tf.valueAndGrads(network as (...inputs: tf.Tensor[]) => tf.Tensor)([
      tf.tensor2d(w, [FEATURES, size]),
      tf.tensor2d(v, [inner, OUTPUTS]),
    ]);
    expectClose(value.dataSync(), [truth.loss], tolerance, "loss");
    expectClose(grads[0]!.dataSync(), truth.dw, tolerance, "encoder");
    expectClose(grads[1]!.dataSync(), truth.dv, tolerance, "decoder");
  });
});
