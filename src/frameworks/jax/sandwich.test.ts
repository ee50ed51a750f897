import { defaultDevice, grad, init, jit, numpy as np, tree } from "@jax-js/jax";
import { beforeAll, describe, expect, test } from "vitest";
import { deviceSlots } from "../../../test/device-slots.ts";
import { noisyArgmax, samplingLayer, squareLayer } from "../../../test/example-layers.ts";
import { expectClose } from "../../../test/golden.ts";
import type { FloatArray, Rng } from "../../contracts.ts";
import { rng } from "../../core/rng.ts";
import { discrete } from "./discrete.ts";
import type { Update } from "./program.ts";
import { type SandwichOptions, sandwich } from "./sandwich.ts";
import type { Tree } from "./tree.ts";

let slots: () => number;
beforeAll(async () => {
  await init("wasm");
  defaultDevice("wasm");
  slots = deviceSlots();
});

type Encoder = { w: np.Array; b: np.Array };
type Decoder = { w: np.Array };
type Batch = { x: np.Array; y: np.Array };

// Sums of a few dozen float32 products of order 1.
const TOLERANCE = { rel: 1e-5, abs: 1e-6 };

function random(seed: number, ...shape: number[]): np.Array {
  const r = rng(seed);
  const size = shape.reduce((a, b) => a * b, 1);
  return np.array(
    Float32Array.from({ length: size }, () => r.normal()),
    { shape },
  );
}
const parameters = (): { encoder: Encoder; decoder: Decoder } => ({
  encoder: { w: random(1, 4, 3), b: random(2, 3) },
  decoder: { w: random(3, 3, 2) },
});
const batch = (rows = 5): Batch => ({ x: random(4, rows, 4), y: random(5, rows, 2) });

function encode(p: Encoder, { x, y }: Batch): np.Array {
  y.dispose();
  return np.dot(x, p.w).add(p.b);
}
function decode(p: Decoder, { x, y }: Batch, z: np.Array): np.Array {
  x.dispose();
  return np.mean(np.square(np.dot(z, p.w).sub(y)));
}

const descend: Update = (gradients, state, params) => ({
  params: tree.map(
    (p: np.Array, g: np.Array) => p.sub(g.mul(0.01)),
    params as Tree,
    gradients,
  ) as typeof params,
  state,
});

function numbers(arrays: unknown): number[] {
  return (tree.leaves(arrays as np.Array[]) as np.Array[]).flatMap((a) => [
    ...(a.dataSync() as Float32Array),
  ]);
}

describe("sandwich", () => {
  test("returns the engine's own gradients when the layer is an ordinary function", () => {
    const model = sandwich({ encoder: encode, layer: squareLayer(3), decoder: decode });
    const whole = (p: ReturnType<typeof parameters>, b: Batch): np.Array =>
      decode(p.decoder, tree.ref(b), np.square(encode(p.encoder, b)));
    const { loss, gradients } = model.valueAndGrad(parameters(), batch());
    const truth = grad(whole)(parameters(), batch());
    expectClose(loss, whole(parameters(), batch()).item(), TOLERANCE, "loss");
    expectClose(numbers(gradients.encoder), numbers(truth.encoder), TOLERANCE, "encoder");
    expectClose(numbers(gradients.decoder), numbers(truth.decoder), TOLERANCE, "decoder");
  });

  test("carries a bypass with gradients and auxiliary values without", () => {
    const encoder = (p: Encoder, b: Batch) => {
      const theta = encode(p, b);
      return { theta: theta.ref, bypass: { logits: theta.ref }, aux: { mean: np.mean(theta) } };
    };
    const decoder = (p: Decoder, b: Batch, z: np.Array, { logits }: { logits: np.Array }) => {
      const error = decode(p, b, z);
      return { loss: error.ref.add(np.sum(np.exp(logits))), aux: { error } };
    };
    const whole = (p: ReturnType<typeof parameters>, b: Batch): np.Array => {
      const theta = encode(p.encoder, tree.ref(b));
      return decode(p.decoder, b, np.square(theta.ref)).add(np.sum(np.exp(theta)));
    };
    const model = sandwich({ encoder, layer: squareLayer(3), decoder });
    const { loss, gradients, aux } = model.valueAndGrad(parameters(), batch());
    const truth = grad(whole)(parameters(), batch());
    expectClose(loss, whole(parameters(), batch()).item(), TOLERANCE, "loss");
    expectClose(numbers(gradients.encoder), numbers(truth.encoder), TOLERANCE, "encoder");
    expectClose(numbers(gradients.decoder), numbers(truth.decoder), TOLERANCE, "decoder");
    expectClose(
      numbers(aux.encoder.mean),
      [np.mean(encode(parameters().encoder, batch())).item()],
      TOLERANCE,
    );
    const error = decode(parameters().decoder, batch(), np.square(encode(parameters().encoder, batch())));
    expectClose(numbers(aux.decoder.error), [error.item()], TOLERANCE);
  });

  test("S samples stand on an axis after the rows, and a loss that averages over them obeys the chain rule", () => {
    const samples = 4;
    const noise = Float32Array.from(
      { length: 5 * samples * 3 },
      (
        (r) => () =>
          r.normal()
      )(rng(7)),
    );
    const decodeSamples = (p: Decoder, { x, y }: Batch, z: np.Array): np.Array => {
      x.dispose();
      expect(z.shape).toEqual([5, samples, 3]);
      return np.mean(np.square(np.dot(z, p.w).sub(y.reshape([5, 1, 2]))));
    };
    const whole = (p: ReturnType<typeof parameters>, b: Batch): np.Array => {
      const theta = encode(p.encoder, tree.ref(b)).reshape([5, 1, 3]);
      return decodeSamples(p.decoder, b, theta.mul(np.array(noise, { shape: [5, samples, 3] })));
    };
    const model = sandwich({ encoder: encode, layer: samplingLayer(3, samples), decoder: decodeSamples });
    const { gradients } = model.valueAndGrad(parameters(), batch(), { rng: rng(7) });
    const truth = grad(whole)(parameters(), batch());
    expectClose(numbers(gradients.encoder), numbers(truth.encoder), TOLERANCE, "encoder");
    expectClose(numbers(gradients.decoder), numbers(truth.decoder), TOLERANCE, "decoder");
  });

  test("gives the layer's own bits: the same θ and noise as calling it directly", () => {
    const layer = noisyArgmax(3);
    const seen: { z: number[]; dTheta: number[] }[] = [];
    const spy = {
      ...layer,
      forward<A extends FloatArray>(theta: A, draws?: Rng, context?: { shift: number }) {
        const evaluation = layer.forward(theta, draws, context);
        return {
          ...evaluation,
          backward(cotangent: FloatArray) {
            const dTheta = evaluation.backward(cotangent);
            seen.push({ z: [...evaluation.value], dTheta: [...dTheta] });
            return dTheta;
          },
        };
      },
    };
    const model = sandwich({ encoder: encode, layer: spy, decoder: decode });
    const draw = { rng: rng(3), context: { shift: 1 } };
    numbers(model.valueAndGrad(parameters(), batch(), draw).gradients as never);

    const theta = jit(encode)(parameters().encoder, batch());
    const { z, pullback } = discrete(layer)(theta.ref, { rng: rng(3), context: { shift: 1 } });
    const direct = layer.forward(theta.dataSync() as Float32Array, rng(3), { shift: 1 });
    expect(seen[0]!.z).toEqual([...direct.value]);
    expect(numbers(z.ref)).toEqual([...direct.value]);
    const dz = jit(grad((z: np.Array) => decode(parameters().decoder, batch(), z)))(z);
    expect(seen[0]!.dTheta).toEqual([...direct.backward(dz.ref.dataSync() as Float32Array)]);
    expect(numbers(pullback(dz))).toEqual(seen[0]!.dTheta);
  });

  test("an update fused into the programs is the update applied to the gradients", () => {
    const update = <P extends Tree>(gradients: P, state: Tree, params: P): { params: P; state: Tree } => {
      const rate = (state as { rate: np.Array }).rate;
      const moved = tree.map((p: np.Array, g: np.Array) => p.sub(g.mul(rate.ref)), params as Tree, gradients);
      return { params: moved as P, state: { rate: rate.mul(0.5) } };
    };
    const model = sandwich({ encoder: encode, layer: noisyArgmax(3), decoder: decode, update });
    const states = { encoder: { rate: np.array(0.1) }, decoder: { rate: np.array(0.2) } };
    const stepped = model.step(parameters(), states, batch(), { rng: rng(1) });
    const { loss, gradients } = model.valueAndGrad(parameters(), batch(), { rng: rng(1) });
    expect(stepped.loss).toBe(loss);
    expectClose(
      numbers(stepped.params.decoder),
      numbers(parameters().decoder.w.sub(gradients.decoder.w.mul(0.2))),
      TOLERANCE,
    );
    expectClose(
      numbers(stepped.params.encoder.w),
      numbers(parameters().encoder.w.sub(gradients.encoder.w.mul(0.1))),
      TOLERANCE,
    );
    expectClose(numbers([stepped.states.encoder, stepped.states.decoder]), [0.05, 0.1], TOLERANCE);
  });

  test("asynchronous calls give the same bits", async () => {
    const update = <P extends Tree>(gradients: P, state: Tree, params: P) => {
      tree.dispose(params);
      return { params: gradients, state };
    };
    const model = sandwich({ encoder: encode, layer: noisyArgmax(3), decoder: decode, update });
    const draw = { rng: rng(1) };
    const states = { encoder: {}, decoder: {} };
    const now = model.valueAndGrad(parameters(), batch(), draw);
    const later = await model.valueAndGradAsync(parameters(), batch(), { rng: rng(1) });
    const stepped = await model.stepAsync(parameters(), states, batch(), { rng: rng(1) });
    const evaluated = await model.evaluateAsync(parameters(), batch(), { rng: rng(1) });
    expect(later.loss).toBe(now.loss);
    expect(evaluated.loss).toBe(now.loss);
    const bits = numbers([now.gradients.encoder, now.gradients.decoder]);
    expect(numbers([later.gradients.encoder, later.gradients.decoder])).toEqual(bits);
    expect(numbers([stepped.params.encoder, stepped.params.decoder])).toEqual(bits);
  });

  test("evaluates the loss without gradients", () => {
    const model = sandwich({ encoder: encode, layer: noisyArgmax(3), decoder: decode });
    const { loss } = model.evaluate(parameters(), batch(), { rng: rng(1) });
    expect(loss).toBe(model.valueAndGrad(parameters(), batch(), { rng: rng(1) }).loss);
  });

  test("runs in float64", () => {
    // jax-js asks for this class before it looks at doubles; Node 20 has none.
    (globalThis as { Float16Array?: unknown }).Float16Array ??= class extends Uint16Array {};
    const model = sandwich({
      encoder: (p: np.Array, x: np.Array) => x.mul(p),
      layer: squareLayer(2),
      decoder: (p: np.Array, x: np.Array, z: np.Array) => np.sum(z.mul(p).mul(x)),
    });
    const double = (...values: number[]): np.Array => np.array(Float64Array.from(values));
    const { loss, gradients } = model.valueAndGrad(
      { encoder: double(1 / 3, 2), decoder: double(3, 5) },
      double(1, 7).reshape([1, 2]),
    );
    expectClose(loss, 3 / 9 + 5 * 7 * 14 * 14, { rel: 1e-15, abs: 0 });
    expect(gradients.encoder.dtype).toBe(np.float64);
    expectClose(numbers(gradients.encoder), [2, 5 * 7 * 2 * 2 * 49], { rel: 1e-15, abs: 0 });
  });

  test("10,000 steps neither retrace, nor hold device buffers, nor grow the heap", {
    timeout: 60_000,
  }, async () => {
    const { setFlagsFromString } = await import("node:v8");
    const { runInNewContext } = await import("node:vm");
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const heap = (): number => {
      collect();
      collect();
      return process.memoryUsage().heapUsed;
    };
    let traces = 0;
    const model = sandwich({
      encoder(p: Encoder, b: Batch) {
        traces++;
        const theta = encode(p, b);
        return { theta: theta.ref, bypass: { theta: theta.ref }, aux: { theta } };
      },
      layer: noisyArgmax(3),
      decoder(p: Decoder, b: Batch, z: np.Array, bypass: { theta: np.Array }) {
        traces++;
        return decode(p, b, z).add(np.mean(np.square(bypass.theta)));
      },
      update: descend,
    });
    const data = batch();
    const r = rng(1);
    let params = parameters();
    const train = (steps: number): void => {
      for (let i = 0; i < steps; i++) {
        const { aux, ...out } = model.step(params, { encoder: {}, decoder: {} }, tree.ref(data), {
          rng: r.split(i),
        });
        tree.dispose(aux.encoder);
        params = out.params;
      }
    };
    train(5000);
    const before = { traces, slots: slots(), heap: heap() };
    train(5000);
    expect(traces).toBe(before.traces);
    expect(slots()).toBe(before.slots);
    // A graph kept would be kilobytes a step, an array some hundred bytes; warming up and collection leave noise.
    expect(heap() - before.heap).toBeLessThan(5000 * 500);
    tree.dispose([params.encoder, params.decoder, data] as Tree);
  });

  test.each<
    [string, RegExp, Partial<SandwichOptions<Encoder, Decoder, Batch, { shift: number }, Tree, Tree, Tree>>]
  >([
    [
      "in the layer",
      /^noisyArgmax: theta expected finite numbers, got NaN$/,
      { encoder: (p, b) => encode(p, b).mul(NaN) },
    ],
    [
      "in the layer's pullback",
      /^no way back$/,
      {
        layer: {
          ...noisyArgmax(3),
          forward: (...inputs) => ({
            ...noisyArgmax(3).forward(...inputs),
            backward: () => {
              throw new Error("no way back");
            },
          }),
        },
      },
    ],
    ["of θ's shape", /^noisyArgmax: theta expected/, { encoder: (p, b) => encode(p, b).reshape([3, 5]) }],
    [
      "in the encoder",
      /^no encoder$/,
      {
        encoder: () => {
          throw new Error("no encoder");
        },
      },
    ],
    [
      "in the decoder",
      /^no decoder$/,
      {
        decoder: () => {
          throw new Error("no decoder");
        },
      },
    ],
    [
      "of the loss's shape",
      /^the last piece: expected a scalar loss, got shape \[5,3\]$/,
      {
        decoder: (p, b, z) => {
          tree.dispose([p, b]);
          return z;
        },
      },
    ],
    [
      "in the update",
      /^no update$/,
      {
        update: () => {
          throw new Error("no update");
        },
      },
    ],
  ])(
    "an error %s leaves the arguments with the caller, and nothing else on the device",
    (where, message, wrong) => {
      const model = sandwich({
        encoder: encode,
        layer: noisyArgmax(3),
        decoder: decode,
        update: descend,
        ...wrong,
      });
      const owned = { params: parameters(), states: { encoder: {}, decoder: {} }, data: batch() };
      const leaves = tree.leaves(owned) as np.Array[];
      const calls = [
        () => model.step(owned.params, owned.states, owned.data),
        ...(where === "in the update" ? [] : [() => model.valueAndGrad(owned.params, owned.data)]),
        ...(/update|pullback/.test(where) ? [] : [() => model.evaluate(owned.params, owned.data)]),
      ];
      for (const call of [...calls, ...calls]) expect(call).toThrow(message);
      const before = slots();
      for (const call of calls) expect(call).toThrow(message);
      expect(slots()).toBe(before);
      expect(leaves.map((leaf) => leaf.refCount)).toEqual(leaves.map(() => 1));
      tree.dispose(owned);
    },
  );

  test("θ of another shape or kind is an error in the framework's words", () => {
    const wrong = (encoder: (p: Encoder, b: Batch) => np.Array): (() => unknown) => {
      const model = sandwich({ encoder, layer: squareLayer(4), decoder: decode });
      return () => model.valueAndGrad(parameters(), batch());
    };
    expect(wrong(encode)).toThrow(
      new TypeError("square: theta expected Array:float32[...,4] or float64, got Array:float32[5,3]"),
    );
    expect(wrong((p, b) => encode(p, b).astype(np.int32))).toThrow(
      new TypeError("square: theta expected Array:float32[...,4] or float64, got Array:int32[5,3]"),
    );
  });

  test("misspelt options and a step without an update are errors", () => {
    expect(() => sandwich({ layer: squareLayer(2) } as never)).toThrow(
      "sandwich: encoder expected a function, got undefined",
    );
    const options = { encoder: encode, layer: squareLayer(3), decoder: decode };
    const misspelt = { ...options, updates: () => {} };
    expect(() => sandwich(misspelt)).toThrow(
      new TypeError('sandwich: unknown option "updates", expected encoder, layer, decoder, update'),
    );
    const states = { encoder: {}, decoder: {} };
    expect(() => sandwich(options).step(parameters(), states, batch())).toThrow(
      new TypeError("step: expected the option update, got none"),
    );
  });
});
