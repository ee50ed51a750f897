import { defaultDevice, grad, init, numpy as np, tree } from "@jax-js/jax";
import { beforeAll, describe, expect, test } from "vitest";
import { deviceSlots } from "../../../test/device-slots.ts";
import { noisyArgmax, samplingLayer, squareLayer } from "../../../test/example-layers.ts";
import { expectClose } from "../../../test/golden.ts";
import type { FloatArray, Rng } from "../../contracts.ts";
import { rng } from "../../core/rng.ts";
import { kSubset } from "../../structures/k-subset.ts";
import { chain } from "./chain.ts";
import type { Tree } from "./tree.ts";

beforeAll(async () => {
  await init("wasm");
  defaultDevice("wasm");
});

// Sums of a few dozen float32 products of order 1.
const TOLERANCE = { rel: 1e-5, abs: 1e-6 };

function random(seed: number, ...shape: number[]): np.Array {
  const r = rng(seed);
  const size = shape.reduce((a, b) => a * b, 1);
  return np.array(
    Float32Array.from({ length: size }, () => 0.5 * r.normal()),
    { shape },
  );
}
const parameters = (): [np.Array, np.Array, np.Array] => [random(1, 4, 3), random(2, 3, 2), random(3, 2)];
const numbers = (arrays: readonly np.Array[]): number[] =>
  arrays.flatMap((a) => [...(a.dataSync() as Float32Array)]);

describe("chain", () => {
  test("two layers in a row, with bypasses past each and past both, have the engine's own gradients", () => {
    type Skip = { x: np.Array; first: np.Array };
    const model = chain({
      layers: [squareLayer(3), squareLayer(2)],
      pieces: [
        (p: np.Array, x: np.Array) => {
          const theta = np.dot(x.ref, p);
          return { theta: theta.ref, bypass: { x: np.sum(x), first: theta } };
        },
        (p: np.Array, x: np.Array, z: np.Array, { x: sum, first }: Skip) => {
          x.dispose();
          return { theta: np.dot(z.add(first.ref), p), bypass: { x: sum, first } };
        },
        (p: np.Array, x: np.Array, z: np.Array, { x: sum, first }: Skip) => {
          x.dispose();
          return {
            loss: np
              .mean(np.dot(z, p))
              .add(np.mean(np.sin(first)))
              .mul(sum),
            aux: {},
          };
        },
      ],
    });
    const whole = (p: readonly np.Array[], x: np.Array): np.Array => {
      const first = np.dot(x.ref, p[0]!);
      const z = np.square(np.dot(np.square(first.ref).add(first.ref), p[1]!));
      return np
        .mean(np.dot(z, p[2]!))
        .add(np.mean(np.sin(first)))
        .mul(np.sum(x));
    };
    const { loss, gradients, diagnostics } = model.valueAndGrad(parameters(), random(4, 5, 4));
    expectClose(loss, whole(parameters(), random(4, 5, 4)).item(), TOLERANCE, "loss");
    const truth = grad(whole)(parameters(), random(4, 5, 4)) as np.Array[];
    expectClose(numbers(gradients), numbers(truth), TOLERANCE);
    expect(diagnostics).toHaveLength(2);
    model.dispose();
  });

  test("each layer gets its own noise and context, and each piece its own state", () => {
    const seen: unknown[] = [];
    const spied = (size: number) => {
      const layer = noisyArgmax(size);
      return {
        ...layer,
        forward<A extends FloatArray>(theta: A, draws?: Rng, context?: { shift: number }) {
          seen.push([draws?.uniform(), context]);
          return layer.forward(theta, draws, context);
        },
      };
    };
    const model = chain({
      layers: [spied(3), spied(2)],
      pieces: [
        (p: np.Array, x: np.Array) => np.dot(x, p),
        (p: np.Array, x: np.Array, z: np.Array) => {
          x.dispose();
          return np.dot(z, p);
        },
        (p: np.Array, x: np.Array, z: np.Array) => {
          x.dispose();
          return np.sum(np.dot(z, p));
        },
      ],
      update: <P extends Tree>(gradients: P, state: Tree, params: P) => {
        tree.dispose(params);
        return { params: gradients, state: tree.map((s: np.Array) => s.add(1), state) as Tree };
      },
    });
    const draws = [
      { rng: rng(1), context: { shift: 1 } },
      { rng: rng(2), context: { shift: 0 } },
    ];
    const states = [np.array([1, 1]), {}, [np.array([3, 3])]];
    const stepped = model.step(parameters(), states, random(4, 5, 4), draws);
    expect(seen).toEqual([
      [rng(1).uniform(), { shift: 1 }],
      [rng(2).uniform(), { shift: 0 }],
    ]);
    expect(tree.leaves(stepped.states as Tree).map((s) => (s as np.Array).js())).toEqual([
      [2, 2],
      [4, 4],
    ]);
  });

  test("samples of the first layer are rows of the second", () => {
    const model = chain({
      layers: [samplingLayer(3, 4), squareLayer(2)],
      pieces: [
        (p: np.Array, x: np.Array) => np.dot(x, p),
        (p: np.Array, x: np.Array, z: np.Array) => {
          x.dispose();
          return np.dot(z, p);
        },
        (p: np.Array, x: np.Array, z: np.Array) => {
          x.dispose();
          expect(z.shape).toEqual([5, 4, 2]);
          return np.mean(np.dot(z, p));
        },
      ],
    });
    const r = rng(9);
    const noise = np.array(
      Float32Array.from({ length: 60 }, () => r.normal()),
      { shape: [5, 4, 3] },
    );
    const whole = (p: readonly np.Array[], x: np.Array): np.Array => {
      const z = np.dot(x, p[0]!).reshape([5, 1, 3]).mul(noise.ref);
      return np.mean(np.dot(np.square(np.dot(z, p[1]!)), p[2]!));
    };
    const { gradients } = model.valueAndGrad(parameters(), random(4, 5, 4), [{ rng: rng(9) }, {}]);
    const truth = grad(whole)(parameters(), random(4, 5, 4)) as np.Array[];
    expectClose(numbers(gradients), numbers(truth), TOLERANCE);
  });

  test("1,000 asynchronous steps through samples, two layers, a bypass and auxiliaries leave nothing behind", async () => {
    let traces = 0;
    const model = chain({
      layers: [samplingLayer(3, 3), noisyArgmax(2)],
      pieces: [
        (p: np.Array, x: np.Array) => {
          traces++;
          const theta = np.dot(x, p);
          return { theta: theta.ref, bypass: { theta: theta.ref }, aux: { theta } };
        },
        (p: np.Array, x: np.Array, z: np.Array, bypass: { theta: np.Array }) => {
          x.dispose();
          return { theta: np.dot(z, p), bypass };
        },
        (p: np.Array, x: np.Array, z: np.Array, { theta }: { theta: np.Array }) => {
          x.dispose();
          return { loss: np.mean(np.dot(z, p)).add(np.mean(np.square(theta.ref))), aux: { theta } };
        },
      ],
      update: (gradients, state, params) => {
        const moved = tree.map((p: np.Array, g: np.Array) => p.sub(g.mul(0.01)), params as Tree, gradients);
        return { params: moved as typeof params, state };
      },
    });
    const slots = deviceSlots();
    const x = random(4, 5, 4);
    let params: readonly [np.Array, np.Array, np.Array] = parameters();
    const train = async (steps: number): Promise<void> => {
      for (let i = 0; i < steps; i++) {
        const made = await model.stepAsync(params, [{}, {}, {}], x.ref, [
          { rng: rng(i) },
          { rng: rng(1000 + i) },
        ]);
        tree.dispose(made.aux);
        params = made.params;
      }
    };
    await train(10);
    const before = { slots: slots(), traces };
    await train(990);
    expect({ slots: slots(), traces }).toEqual(before);
  });

  test("without a layer it is the engine's value and gradient", () => {
    const model = chain({ layers: [], pieces: [(p: np.Array, x: np.Array) => np.sum(np.square(p).mul(x))] });
    const { loss, gradients } = model.valueAndGrad([np.array([1, 2])], np.array([3, 4]));
    expect(loss).toBe(19);
    expect(gradients[0].js()).toEqual([6, 16]);
  });

  test("numbers of pieces, trees and states that do not fit are errors", () => {
    const piece = (p: np.Array, x: np.Array) => p.mul(x);
    expect(() => chain(undefined as never)).toThrow("chain: pieces expected a list, got undefined");
    expect(() => chain({ pieces: [piece] } as never)).toThrow("chain: layers expected a list, got undefined");
    expect(() => chain({ layers: [squareLayer(2)], pieces: [piece, 3] as never })).toThrow(
      "chain: pieces at 1 expected a function, got Number",
    );
    expect(() => chain({ layers: [squareLayer(2)], pieces: [piece] })).toThrow(
      new RangeError("chain: pieces expected 2 functions, got 1"),
    );
    const model = chain({ layers: [], pieces: [piece] });
    const none = [] as unknown as [np.Array];
    expect(() => model.valueAndGrad(none, np.array([1]))).toThrow(
      new TypeError("chain: params expected a list of 1 trees, one a piece, got 0"),
    );
    expect(() => model.valueAndGrad([np.array([1])], np.array([1]), [{}])).toThrow(
      new TypeError("chain: draws expected a list of 0 objects, one a layer, got 1"),
    );
    expect(() => chain({ layers: [kSubset(2, 1) as never], pieces: [piece, piece] })).toThrow(
      /^chain: layers at 0 expected a layer, got/,
    );
  });
});
