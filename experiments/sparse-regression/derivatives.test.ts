import { describe, expect, test } from "vitest";
import { expectClose } from "../../test/golden.ts";
import { differenceWeights, spaceDerivatives, timeDerivative } from "./derivatives.ts";
import type { Field } from "./field.ts";

/** u = sin(2x) e^{t} on one period, and its derivatives. */
function wave(points: number, times = 9): Field & { derivative(order: number): Float64Array } {
  const x = Float64Array.from({ length: points }, (_, i) => (2 * Math.PI * i) / points);
  const t = Float64Array.from({ length: times }, (_, j) => j / 10);
  const of = (f: (x: number, t: number) => number) =>
    Float64Array.from({ length: points * times }, (_, p) => f(x[Math.floor(p / times)]!, t[p % times]!));
  return {
    x,
    t,
    u: of((a, b) => Math.sin(2 * a) * Math.exp(b)),
    derivative: (order) => of((a, b) => 2 ** order * Math.sin(2 * a + (order * Math.PI) / 2) * Math.exp(b)),
  };
}

function largestError(got: Float64Array, want: Float64Array): number {
  return got.reduce((most, value, i) => Math.max(most, Math.abs(value - want[i]!)), 0);
}

test("spectral derivatives of a wave are exact", () => {
  const field = wave(16);
  const got = spaceDerivatives(field, "spectral");
  got.forEach((derivative, i) => {
    expectClose(derivative, field.derivative(i + 1), { rel: 1e-11, abs: 1e-11 }, `order ${i + 1}`);
  });
});

test("finite differences converge at second order, ends included", () => {
  const errors = [64, 128].map((points) => {
    const field = wave(points);
    return spaceDerivatives(field, "finite-difference").map((d, i) =>
      largestError(d, field.derivative(i + 1)),
    );
  });
  for (let i = 0; i < 4; i++) {
    const ratio = errors[0]![i]! / errors[1]![i]!;
    expect(ratio, `order ${i + 1}`).toBeGreaterThan(3.3);
  }
});

test("the time derivative converges at the stated order", () => {
  for (const accuracy of [2, 4]) {
    const field = wave(4, 9);
    // Only time matters: e^t on steps of 0.1 against steps of 0.05.
    const fine = { ...wave(4, 17), t: Float64Array.from({ length: 17 }, (_, j) => j / 20) };
    const u = fine.u.map((_, p) => Math.sin(2 * fine.x[Math.floor(p / 17)]!) * Math.exp((p % 17) / 20));
    const coarse = largestError(timeDerivative(field, accuracy), field.u);
    const finer = largestError(timeDerivative({ ...fine, u }, accuracy), u);
    expect(coarse / finer, `accuracy ${accuracy}`).toBeGreaterThan(0.75 * 2 ** accuracy);
  }
});

test("too few points are refused", () => {
  expect(() => timeDerivative(wave(4, 2), 2)).toThrow("t expected 3 grid points or more, got 2");
});

describe("differenceWeights", () => {
  test("are the known stencils", () => {
    const cases: [number[], number, number, number[]][] = [
      [[-1, 0, 1], 0, 1, [-0.5, 0, 0.5]],
      [[-1, 0, 1], 0, 2, [1, -2, 1]],
      [[-2, -1, 0, 1, 2], 0, 3, [-0.5, 1, 0, -1, 0.5]],
      [[-2, -1, 0, 1, 2], 0, 4, [1, -4, 6, -4, 1]],
      [[0, 1, 2], 0, 1, [-1.5, 2, -0.5]],
      [[-2, -1, 0, 1, 2], 0, 1, [1 / 12, -8 / 12, 0, 8 / 12, -1 / 12]],
    ];
    for (const [nodes, at, order, want] of cases) {
      expectClose(differenceWeights(nodes, at, order), want, { rel: 1e-13, abs: 1e-13 }, `order ${order}`);
    }
  });

  test("are exact for polynomials on uneven nodes", () => {
    const nodes = [-1, 0.2, 0.5, 1.7, 2];
    const weights = differenceWeights(nodes, 0.4, 2);
    const value = nodes.reduce((sum, x, i) => sum + weights[i]! * (x ** 4 - 3 * x ** 2), 0);
    expect(value).toBeCloseTo(12 * 0.4 ** 2 - 6, 11);
  });
});
