import { describe, expect, test } from "vitest";
import type { Rng } from "../../contracts.ts";
import { rng } from "../../core/rng.ts";
import { solveLaplacian, solveLaplacianFlows } from "./laplacian.ts";

/** Symmetric weights of a connected graph, 10^−decades … 1, and voltages of its vertices, x[0] = 0. */
function network(r: Rng, n: number, decades: number): { weights: Float64Array; x: Float64Array } {
  const weights = new Float64Array(n * n);
  for (let i = 1; i < n; i++) {
    for (let k = 0; k < i; k++) weights[i * n + k] = 10 ** (-decades * r.uniform());
  }
  return { weights, x: Float64Array.from({ length: n }, (_, i) => (i === 0 ? 0 : r.normal())) };
}

const furthest = (a: Float64Array, b: Float64Array): number =>
  a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i]!)), 0);

describe("solveLaplacian", () => {
  test("finds the voltages that cause given currents", () => {
    const r = rng(1);
    for (let n = 0; n < 9; n++) {
      const { weights, x } = network(r, n, 2);
      const b = new Float64Array(n);
      for (let i = 1; i < n; i++) {
        for (let k = 0; k < i; k++) {
          const current = weights[i * n + k]! * (x[i]! - x[k]!);
          b[i]! += current;
          b[k]! -= current;
        }
      }
      const out = new Float64Array(n);
      solveLaplacian(weights, b, out, n);
      expect(furthest(out, x)).toBeLessThan(1e-11);
    }
  });

  test("vertices that nothing connects to those before them get 0", () => {
    const out = new Float64Array(3).fill(7);
    solveLaplacian(new Float64Array(9), new Float64Array(3), out, 3);
    expect(out).toEqual(new Float64Array(3));
  });
});

describe("solveLaplacianFlows", () => {
  test("finds the voltages that cause given flows, however far apart the weights are", () => {
    const r = rng(2);
    for (const decades of [0, 2, 20, 100, 290]) {
      for (let n = 0; n < 12; n++) {
        const { weights, x } = network(r, n, decades);
        const flows = weights.map((w, at) => (w === 0 ? 0 : w * (x[Math.floor(at / n)]! - x[at % n]!)));
        const out = new Float64Array(n);
        solveLaplacianFlows(weights, flows, out, n);
        expect(furthest(out, x), `${decades} decades, ${n} vertices`).toBeLessThan(1e-12);
      }
    }
  });

  test("voltages stay bounded where the flows of strong edges do not fit together", () => {
    // Around a triangle of weight 1 runs a current that no voltages cause; a fourth vertex hangs on it by 1e-200.
    const weights = new Float64Array(16);
    const flows = new Float64Array(16);
    for (const [i, k, w, voltage] of [
      [2, 1, 1, 0.1],
      [3, 1, 1, 0.7],
      [3, 2, 1, -0.3],
      [1, 0, 1e-200, 2],
    ] as const) {
      weights[i * 4 + k] = w;
      flows[i * 4 + k] = w * voltage;
    }
    const out = new Float64Array(4);
    solveLaplacianFlows(weights, flows, out, 4);
    expect(out[1]).toBeCloseTo(2, 12);
    expect(out[2]! - out[1]!).toBeCloseTo(0.4, 12);
    expect(out[3]! - out[1]!).toBeCloseTo(0.4, 12);
  });
});
