import { defaultDevice, init, jit, numpy as np, tree } from "@jax-js/jax";
import { beforeAll, describe, expect, test } from "vitest";
import type { Tree } from "../../src/frameworks/jax.ts";
import { deviceSlots } from "../../test/device-slots.ts";
import { expectClose } from "../../test/golden.ts";
import { decodeSafetensors, encodeSafetensors } from "../run/safetensors.ts";
import { fromTensors, toTensors } from "./checkpoint.ts";
import { adam, type Optimiser, sgd } from "./optimiser.ts";
import { stepSchedule } from "./schedules.ts";

beforeAll(async () => {
  await init("wasm");
  defaultDevice("wasm");
});

const FLOAT32 = { rel: 1e-4, abs: 1e-6 };
type Params = { a: np.Array; nested: { b: np.Array }[] };
const start = (): Params => ({ a: np.array([1, -2]), nested: [{ b: np.array([[3]]) }] });
/** A gradient that changes with the step. */
const gradient = (t: number): number[] => [Math.cos(t), 0.01 * (t + 1), -5];

function run(optimiser: Optimiser, steps: number): number[] {
  const update = jit((g: Tree, s: Tree, p: Tree) => optimiser.update(g, s, p));
  let params: Tree = start();
  let state = optimiser.init(params);
  for (let t = 0; t < steps; t++) {
    const [a, b, c] = gradient(t) as [number, number, number];
    ({ params, state } = update({ a: np.array([a, b]), nested: [{ b: np.array([[c]]) }] }, state, params));
  }
  tree.dispose(state);
  return (tree.leaves(params) as np.Array[]).flatMap((p) => [...(p.dataSync() as Float32Array)]);
}

describe("optimisers", () => {
  test("adam is Algorithm 1 of Kingma and Ba, with its bias correction", () => {
    const p = [1, -2, 3];
    const m = [0, 0, 0];
    const v = [0, 0, 0];
    for (let t = 1; t <= 20; t++) {
      for (const [i, g] of gradient(t - 1).entries()) {
        m[i] = 0.9 * m[i]! + 0.1 * g;
        v[i] = 0.999 * v[i]! + 0.001 * g * g;
        p[i]! -= (0.1 * (m[i]! / (1 - 0.9 ** t))) / (Math.sqrt(v[i]! / (1 - 0.999 ** t)) + 1e-8);
      }
    }
    expectClose(run(adam({ rate: 0.1 }), 20), p, FLOAT32);
  });

  test("sgd with momentum follows a schedule", () => {
    const p = [1, -2, 3];
    const v = [0, 0, 0];
    for (let t = 0; t < 10; t++) {
      const rate = t < 4 ? 0.1 : t < 8 ? 0.01 : 0.001;
      for (const [i, g] of gradient(t).entries()) {
        v[i] = 0.9 * v[i]! + g;
        p[i]! -= rate * v[i]!;
      }
    }
    expectClose(run(sgd({ rate: stepSchedule(0.1, [4, 8]), momentum: 0.9 }), 10), p, FLOAT32);
  });
});

describe("checkpoints", () => {
  test("a tree goes to safetensors and back to the same bits, with its state", async () => {
    const params = start();
    const state = adam().init(params);
    const bytes = encodeSafetensors(
      { ...(await toTensors(params, "params")), ...(await toTensors(state, "adam")) },
      {},
    );
    const { tensors } = decodeSafetensors(bytes);
    expect(Object.keys(tensors)).toContain("params/nested/0/b");
    const back = fromTensors(tensors, "params", params);
    expect(back.a.js()).toEqual([1, -2]);
    expect(back.nested[0]!.b.js()).toEqual([[3]]);
    const again = fromTensors(tensors, "adam", state);
    expect(tree.structure(again).equals(tree.structure(state))).toBe(true);
  });

  test("a missing tensor, or one of another shape, is an error that names it", async () => {
    const tensors = await toTensors(start(), "p");
    expect(() => fromTensors(tensors, "q", start())).toThrow('checkpoint: tensor "q/a" is missing');
    expect(() => fromTensors(tensors, "p", { ...start(), a: np.zeros([3]) })).toThrow(
      'checkpoint: tensor "p/a" expected float32[3], got float32[2]',
    );
    expect(() => fromTensors(tensors, "p", { ...start(), a: np.zeros([2], { dtype: np.int32 }) })).toThrow(
      'checkpoint: tensor "p/a" expected int32[2], got float32[2]',
    );
  });

  test("a tree that does not fit leaves no array behind", async () => {
    const tensors = await toTensors(start(), "p");
    const other = { ...start(), nested: [{ b: np.zeros([3]) }] };
    const slots = deviceSlots();
    const before = slots();
    expect(() => fromTensors(tensors, "p", other)).toThrow('"p/nested/0/b"');
    expect(slots()).toBe(before);
  });

  test("an empty array comes back", async () => {
    const empty = { z: np.zeros([0, 3]), i: np.zeros([0], { dtype: np.int32 }) };
    const back = fromTensors(await toTensors(empty, "p"), "p", empty);
    expect([back.z.shape, back.i.dtype]).toEqual([[0, 3], np.int32]);
  });
});
