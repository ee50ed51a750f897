import { defaultDevice, init, numpy as np, tree, vjp } from "@jax-js/jax";
import { beforeAll, describe, expect, test } from "vitest";
import { deviceSlots } from "../../../test/device-slots.ts";
import { withPullback } from "./with-pullback.ts";

let slots: () => number;
beforeAll(async () => {
  await init("wasm");
  defaultDevice("wasm");
  slots = deviceSlots();
});

describe("withPullback", () => {
  test("is the engine's vjp, on trees", () => {
    type Params = { w: np.Array; b: np.Array };
    const f = (p: Params, x: np.Array) => ({ y: np.tanh(np.dot(x.ref, p.w).add(p.b)), sum: np.sum(x) });
    const params = (): Params => ({ w: np.arange(6).mul(0.1).reshape([2, 3]), b: np.array([0.1, 0.2, 0.3]) });
    const x = (): np.Array => np.array([[1, -2]]);
    const cotangent = () => ({ y: np.array([[1, 10, 100]]), sum: np.array(7) });
    const [, reference] = vjp(f, [params(), x()]);
    const { value, pullback } = withPullback(f, [0, 1])(params(), x());
    tree.dispose(value);
    const [dParams, dx] = pullback(cotangent());
    const [wantParams, wantX] = reference(cotangent()) as unknown as [Params, np.Array];
    expect(tree.map((a: np.Array) => a.js(), dParams)).toEqual(tree.map((a: np.Array) => a.js(), wantParams));
    expect(dx.js()).toEqual(wantX.js());
  });

  test("differentiates the named arguments only; others may hold integers", () => {
    const pick = withPullback((index: np.Array, x: np.Array) => np.sum(x.mul(index)), [1]);
    const { value, pullback } = pick(np.array([1, 0, 2], { dtype: np.int32 }), np.array([3, 4, 5]));
    expect(value.js()).toBe(13);
    const [gradient] = pullback(np.array(2));
    expect(gradient.js()).toEqual([2, 0, 4]);
  });

  test("holds its arguments until disposed, and traces once a shape", () => {
    let traces = 0;
    const twice = withPullback(
      (x: np.Array) => {
        traces++;
        return x.mul(2);
      },
      [0],
    );
    const before = slots();
    for (let i = 0; i < 10; i++) {
      const { value, pullback } = twice(np.array([i, 1, 2]));
      value.dispose();
      for (const [gradient] of [pullback(np.ones([3])), pullback(np.ones([3]))]) gradient.dispose();
      pullback.dispose();
    }
    expect(traces).toBe(2);
    expect(slots()).toBe(before);
    twice.dispose();
  });
});
