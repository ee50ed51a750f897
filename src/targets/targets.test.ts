import { describe, expect, test } from "vitest";
import { expectClose } from "../../test/golden.ts";
import { expectOverlapsSafe } from "../../test/overlap.ts";
import type { Target } from "../contracts.ts";
import { type AdaptiveOptions, type AdaptiveState, adaptive } from "./adaptive.ts";
import { lossOptimum } from "./loss-optimum.ts";
import { type PerturbationOptions, perturbation } from "./perturbation.ts";

const parameters = (
  target: Target,
  theta: readonly number[],
  gradient: readonly number[],
  lambda: Float64Array = new Float64Array(1),
  side?: -1 | 1,
): number[] => {
  const out = new Float64Array(theta.length);
  const [t, g] = [Float64Array.from(theta), Float64Array.from(gradient)];
  target.parameters(t, g, out, lambda, side);
  // What goes in stays as it is.
  expect([Array.from(t), Array.from(g)]).toEqual([theta, gradient]);
  return Array.from(out);
};

const targets: Record<string, () => Target> = { perturbation, lossOptimum, adaptive };

describe.each(Object.entries(targets))("%s", (_, make) => {
  test("excluded elements stay excluded on either side, whatever their gradient", () => {
    for (const side of [-1, 1] as const) {
      const [excluded, other] = parameters(make(), [-Infinity, 1], [3, 4], undefined, side);
      expect(excluded).toBe(-Infinity);
      expect(other).not.toBe(1);
    }
  });

  test("no gradient moves nothing", () => {
    expect(parameters(make(), [1, -Infinity, 2], [0, -0, 0])).toEqual([1, -Infinity, 2]);
  });

  test("no rows are allowed", () => {
    expect(parameters(make(), [], [], new Float64Array(0))).toEqual([]);
  });
});

describe("perturbation", () => {
  test("is θ − λ∇L, with its mirror image, for steps of any size", () => {
    const lambda = new Float64Array(2);
    for (const step of [5e-324, 1e-3, 1, 1e300]) {
      const target = perturbation({ lambda: step });
      expect(parameters(target, [1, 2], [3, -4], lambda)).toEqual([1 - step * 3, 2 + step * 4]);
      expect(parameters(target, [1, 2], [3, -4], lambda, 1)).toEqual([1 + step * 3, 2 - step * 4]);
      expect(Array.from(lambda)).toEqual([step, step]);
    }
  });

  test("refuses settings that are no finite number above 0", () => {
    for (const lambda of [0, -1, Number.NaN, Infinity]) {
      expect(() => perturbation({ lambda })).toThrow(RangeError);
    }
    expect(() => perturbation({ lambda: "1" as unknown as number })).toThrow(TypeError);
    expect(() => perturbation({ lamda: 1 } as PerturbationOptions)).toThrow('unknown option "lamda"');
  });
});

describe("lossOptimum", () => {
  test("is the loss's own optimum where it has an opinion, and θ elsewhere", () => {
    const lambda = Float64Array.of(9);
    expect(parameters(lossOptimum(), [3, 4, 5], [1, 0, -2], lambda)).toEqual([-1, 4, 2]);
    expect(parameters(lossOptimum(), [3, 4, 5], [1, 0, -2], lambda, 1)).toEqual([1, 4, -2]);
    expect(lambda[0]).toBe(1);
  });
});

describe("adaptive", () => {
  test("moves each row by β‖θ‖, whatever the size of its gradient or that of other rows", () => {
    const lambda = new Float64Array(3);
    for (const scale of [1e-300, 1e-160, 1, 1e160, 1e300]) {
      const out = parameters(adaptive({ beta: 2 }), [3, 4, 0.3, 0.4, 0, 0], [scale, 0, 0, 2, 5, 5], lambda);
      expectClose(out, [3 - 10, 4, 0.3, 0.4 - 1, 0, 0], { rel: 1e-14, abs: 0 });
      expectClose(lambda, [10 / scale, 0.5, 0], { rel: 1e-14, abs: 0 });
    }
  });

  test("θ of any size is moved in proportion", () => {
    for (const scale of [1e-300, 1e-200, 1e200, 1e300]) {
      const out = parameters(adaptive({ beta: 0.5 }), [3 * scale, 4 * scale], [0, 1]);
      expectClose(out, [3 * scale, 1.5 * scale], { rel: 1e-14, abs: 0 });
    }
  });

  test("excluded elements count for neither norm", () => {
    const lambda = new Float64Array(1);
    parameters(adaptive(), [-Infinity, 3, 4], [100, 0, 2], lambda);
    expect(lambda[0]).toBe(2.5);
  });

  test("β rises while too few entries change and falls while too many do, never below 0", () => {
    const target = adaptive({ beta: 0.25, step: 0.1, targetNonZeros: 2, decay: 0 });
    target.adapt(1);
    expect(target.state().beta).toBeCloseTo(0.35, 12);
    for (let i = 0; i < 10; i++) target.adapt(3);
    expect(target.state()).toEqual({ beta: 0, nonZeros: 3 });
    target.adapt(0);
    expect(target.state().beta).toBe(0.1);
  });

  test("its state goes through JSON and goes on from there", () => {
    const options = { beta: 1, step: 0.1, targetNonZeros: 2, decay: 0.5 };
    const [one, two] = [adaptive(options), adaptive(options)];
    for (const count of [0, 5, 1, 2]) one.adapt(count);
    two.restore(JSON.parse(JSON.stringify(one.state())));
    for (const target of [one, two]) for (const count of [3, 0, 7]) target.adapt(count);
    expect(two.state()).toEqual(one.state());
  });

  test("refuses settings and states that make no sense, and keeps its own", () => {
    for (const options of [{ beta: -1 }, { step: 0 }, { targetNonZeros: 0 }, { decay: 1 }, { decay: -0.1 }]) {
      expect(() => adaptive(options)).toThrow(RangeError);
    }
    expect(() => adaptive({ decay: "0.5" } as unknown as AdaptiveOptions)).toThrow(TypeError);
    const target = adaptive();
    const restore = (state: unknown) => () => target.restore(state as AdaptiveState);
    expect(restore({ beta: Number.NaN, nonZeros: 1 })).toThrow(RangeError);
    expect(restore({ beta: 2, nonZeros: -1 })).toThrow(RangeError);
    // What JSON makes of a number that is none.
    expect(restore({ beta: null, nonZeros: 1 })).toThrow("adaptive: state.beta expected a number, got null");
    expect(restore({ beta: 2 })).toThrow(TypeError);
    expect(restore(null)).toThrow(TypeError);
    expect(target.state()).toEqual({ beta: 1, nonZeros: 1 });
  });
});

describe("targets write where they read", () => {
  for (const make of [() => perturbation({ lambda: 3 }), lossOptimum, () => adaptive({ beta: 0.5 })]) {
    test(`${make().name}: theta, gradient and out may overlap in any way`, () => {
      const rows = 3;
      const lambda = new Float64Array(rows);
      expectOverlapsSafe({
        inputs: [
          Float64Array.from({ length: 12 }, (_, i) => Math.sin(i)),
          Float64Array.of(1, 0, 2, -1, 0, 1, 3, 1, 0, 0, 2, 5),
        ],
        rows,
        outLength: 12,
        call: ([theta, gradient], out) => make().parameters(theta!, gradient!, out, lambda),
      });
    });
  }
});
