import { describe, expect, test } from "vitest";
import { dot, enumerate } from "../../conformance/enumerate.ts";
import { rng } from "../../core/rng.ts";
import { type IlpModel, type IlpVariable, ilp, loadHighs } from "../ilp.ts";

const highs = await loadHighs();

/** The state that a new structure finds for `theta`. */
function solve(model: IlpModel, theta: number[]): { z: number[]; relaxed: number } {
  const structure = ilp(highs, model);
  try {
    const z = new Float64Array(theta.length);
    structure.map(Float64Array.from(theta), z);
    return { z: Array.from(z), relaxed: structure.report!().relaxed! };
  } finally {
    structure.dispose();
  }
}

describe("a relaxation that is nearly whole", () => {
  test("is not rounded over a budget", () => {
    const model = { variables: 1, constraints: [{ terms: [1e7], atMost: 1e7 - 1 }] };
    expect(solve(model, [1])).toEqual({ z: [0], relaxed: 0 });
  });

  test("is not rounded away from under a continuous variable", () => {
    for (const big of [1e5, 1e6, 1e7, 1e8]) {
      const model: IlpModel = {
        variables: [{}, { kind: "continuous", atMost: 1 }],
        constraints: [{ terms: [-big, 1], atMost: 0 }],
      };
      expect(solve(model, [-1, 10]).z).toEqual([1, 1]);
    }
  });

  test("is judged by a row's own coefficients and bounds", () => {
    const structure = ilp(highs, { variables: 1, constraints: [{ terms: [1], atMost: 1 }] });
    const z = new Float64Array(3);
    const context = { coefficients: [1, 1e7, 1e7], atMost: [1, 1e7 - 1, 1e7] };
    structure.map(Float64Array.of(1, 1, 1), z, context);
    expect(Array.from(z)).toEqual([1, 0, 1]);
    structure.map(Float64Array.of(1, 1, 1), z);
    expect(Array.from(z)).toEqual([1, 1, 1]);
    structure.dispose();
  });
});

test("budgets a few units below what would fit are kept, in units up to ten million", () => {
  const r = rng(11);
  for (const unit of [1e3, 1e6, 1e7]) {
    for (let repeat = 0; repeat < 60; repeat++) {
      const size = 4;
      const wanted = 1 + Math.floor(14 * r.uniform());
      const wants = (i: number): number => (wanted >> i) & 1;
      const structure = ilp(highs, {
        variables: size,
        constraints: Array.from({ length: 1 + (repeat % 3) }, () => {
          const terms = Array.from({ length: size }, () => Math.round(unit * (1 + 2 * r.uniform())));
          const weight = terms.reduce((sum, w, i) => sum + w * wants(i), 0);
          return { terms, atMost: weight - 1 - Math.floor(3 * r.uniform()) };
        }),
      });
      const theta = Float64Array.from({ length: size }, (_, i) => (wants(i) ? 1 : 0.1) * (0.5 + r.uniform()));
      const truth = enumerate(structure, theta);
      const z = new Float64Array(size);
      structure.map(theta, z);
      expect(truth.logProbability(z)).toBeGreaterThan(-Infinity);
      expect(dot(z, theta)).toBeCloseTo(truth.mapScore, 9);
      structure.dispose();
    }
  }
});

test("continuous variables may be large, and constraints with them hold", () => {
  const r = rng(9);
  for (const unit of [1e-3, 1, 1e6, 1e9]) {
    for (let repeat = 0; repeat < 10; repeat++) {
      const size = 6;
      const whole = (i: number): boolean => i < 3;
      const constraints = Array.from({ length: 5 }, (_, k) => ({
        terms: Array.from({ length: size }, (_, i) => (whole(i) ? -3 * unit * r.uniform() : r.uniform())),
        atMost: k % 2 ? 0 : unit * r.uniform(),
      }));
      const variables = Array.from(
        { length: size },
        (_, i): IlpVariable => (whole(i) ? {} : { kind: "continuous", atMost: unit * (1 + r.uniform()) }),
      );
      const theta = Array.from({ length: size }, (_, i) => (whole(i) ? -unit * r.uniform() : r.uniform()));
      const { z } = solve({ variables, constraints }, theta);
      expect(z.every((x, i) => !whole(i) || x === 0 || x === 1)).toBe(true);
      for (const { terms, atMost } of constraints) {
        expect(dot(z, terms)).toBeLessThanOrEqual(atMost + 1e-7 + 1e-10 * unit);
      }
    }
  }
});

test("an answer beyond HiGHS's precision is an error that names the constraint and leaves out as it was", () => {
  const structure = ilp(highs, {
    variables: 5,
    constraints: [{ terms: [207778655, 231297235, 164768731, 276982915, 140919034], atMost: 579994923 }],
  });
  const theta = Float64Array.of(
    1.1528277393531576,
    1.1294130864418235,
    0.0533258842496,
    0.0668614447204,
    0.613741151,
  );
  const z = theta.slice();
  expect(() => structure.map(theta, z)).toThrow(
    new Error(
      "ilp: row 0: HiGHS breaks constraint 0, expected a sum in [-Infinity, 579994923], got 579994924: smaller coefficients help",
    ),
  );
  expect(z).toEqual(theta);
  structure.dispose();
});
